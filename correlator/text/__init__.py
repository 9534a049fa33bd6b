"""The symptom of a ticket from its words."""

from correlator.text.classifier import SymptomClassifier
from correlator.text.clusters import MOST_CLUSTERS, PROVISIONAL, SymptomClusters, Text
from correlator.text.words import normalise

__all__ = [
    "MOST_CLUSTERS",
    "PROVISIONAL",
    "SymptomClassifier",
    "SymptomClusters",
    "Text",
    "normalise",
]
