"""Detection of bursts: a statistic per stream, a stream per rule and failure domain.

Owner: `Detector` (streams, burst statistic, thresholds, symptom profiles, cool-downs). The package
knows nothing of causes: it detects that calls come faster than expected, and by how much.
"""

from correlator.engine.detection.detector import Detector
from correlator.engine.detection.kernels.usual import UsualColumns, factors_of
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
    "UsualColumns",
    "UsualRates",
    "factors_of",
]
