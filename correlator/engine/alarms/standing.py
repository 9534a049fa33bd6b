"""A standing alarm, and the bounds of the weight of alarms."""

from __future__ import annotations

import msgspec

from correlator.engine.alarms.tuning import TUNING
from correlator.model import Millis

CHILD_WINDOW = TUNING.child_window


class Standing(msgspec.Struct):
    """An alarm that was raised and has not cleared. `domain` and `rule` are indexes.

    `due`: when it is to be shown as a predicted incident, by `rule`.
    """

    id: str
    domain: int
    cause: str
    severity: str
    raised: Millis
    arrived: Millis
    tau: float
    rule: int = 0
    due: Millis = 0


def clip(nats: float) -> float:
    """Return a weight within the bounds for alarms."""
    return min(max(nats, TUNING.weight_range[0]), TUNING.weight_range[1])
