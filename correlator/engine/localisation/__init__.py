"""Localisation: which one cause explains recent calls best, and the decision that follows.

Pure: reads calls, rates, alarms and incidents through narrow views, and returns decisions that
`handlers.alerts` carries out. Changes nothing.
"""

from correlator.engine.localisation.alarm_prior import AlarmPrior
from correlator.engine.localisation.cause import FIT_TAU, Cause, Query
from correlator.engine.localisation.decision import (
    Alert,
    Announce,
    Decision,
    Keep,
    Replace,
    Replacement,
    Split,
    Suppress,
    Undecided,
)
from correlator.engine.localisation.description import Describer
from correlator.engine.localisation.diagnosis import Diagnosis
from correlator.engine.localisation.evidence import EvidenceRecorder
from correlator.engine.localisation.likelihood import Localiser
from correlator.engine.localisation.narrowing import Narrowing
from correlator.engine.localisation.revision import Revision
from correlator.engine.localisation.selection import Selection

__all__ = [
    "FIT_TAU",
    "AlarmPrior",
    "Alert",
    "Announce",
    "Cause",
    "Decision",
    "Describer",
    "Diagnosis",
    "EvidenceRecorder",
    "Keep",
    "Localiser",
    "Narrowing",
    "Query",
    "Replace",
    "Replacement",
    "Revision",
    "Selection",
    "Split",
    "Suppress",
    "Undecided",
]
