"""Detection of bursts: a statistic per stream, a stream per rule and failure domain.

Owner: `Detector` (streams, burst statistic, thresholds, symptom profiles, cool-downs). Knows
nothing of incidents or causes: it says that something is called about too often, and how surely.
"""

from correlator.engine.detection.detector import Detector
from correlator.engine.detection.profiles import Lesson, ProfileCounts, SymptomProfiles
from correlator.engine.detection.records import (
    CANDIDATE_SHARE,
    ObservedCall,
    Reading,
    Stream,
    Symptom,
)
from correlator.engine.detection.usual import UsualRates

__all__ = [
    "CANDIDATE_SHARE",
    "Detector",
    "Lesson",
    "ObservedCall",
    "ProfileCounts",
    "Reading",
    "Stream",
    "Symptom",
    "SymptomProfiles",
    "UsualRates",
]
