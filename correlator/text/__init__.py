"""The symptom of a ticket from its words."""

from correlator.text.classifier import Guess, SymptomClassifier
from correlator.text.clusters import MOST_CLUSTERS, PROVISIONAL, SymptomClusters, Text
from correlator.text.lessons import Begin, Beginning, Fit, begin
from correlator.text.libraries import import_libraries
from correlator.text.vocabulary import masked

__all__ = [
    "MOST_CLUSTERS",
    "PROVISIONAL",
    "Begin",
    "Beginning",
    "Fit",
    "Guess",
    "SymptomClassifier",
    "SymptomClusters",
    "Text",
    "begin",
    "import_libraries",
    "masked",
]
