"""The symptom of a ticket from its words."""

from correlator.text.classifier import SymptomClassifier
from correlator.text.words import normalise

__all__ = ["SymptomClassifier", "normalise"]
