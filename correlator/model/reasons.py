"""Why something was decided: a code and numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from correlator.model.base import Frozen


class ReasonCode(StrEnum):
    """Why something was decided. The words for people are in `correlator.formats.wording`."""

    BURST = "burst"
    BURST_WITH_ALARM = "burst-with-alarm"
    EXTERNAL_SURGE = "external-surge"
    PREDICTED = "predicted"
    ALARMS_TOGETHER = "alarms-together"
    BELOW_DIAL = "below-dial"
    IN_DOUBT = "in-doubt"
    EXPLAINED = "explained"
    PERHAPS_EXPLAINED = "perhaps-explained"
    TOO_IMPROBABLE = "too-improbable"
    TICKET_CHANGED = "ticket-changed"
    SAME_CUSTOMER = "same-customer"
    NO_CUSTOMER = "no-customer"
    UNKNOWN_CUSTOMER = "unknown-customer"
    TICKETS_SILENT = "tickets-silent"
    ALARMS_SILENT = "alarms-silent"
    NO_INCIDENT = "no-incident"
    OTHER_SYMPTOM = "other-symptom"
    NOT_BELOW = "not-below"
    BEFORE_ONSET = "before-onset"
    AFTER_END = "after-end"
    IN_MAINTENANCE = "in-maintenance"
    WEAK_CAUSE = "weak-cause"
    BETTER_CAUSE = "better-cause"
    ABSORBED = "absorbed"
    EXCESS_GONE = "excess-gone"
    FAILS_AGAIN = "fails-again"
    FADED = "faded"
    ALARM_CLEARED = "alarm-cleared"
    CLOSED_AFTER_HOLD = "closed-after-hold"
    EQUIPMENT_GONE = "equipment-gone"
    PERSON = "person"


ALARMS_ALONE = frozenset({ReasonCode.PREDICTED, ReasonCode.ALARMS_TOGETHER})
"""Reasons of candidates that nobody has called about."""


class Reason(Frozen, frozen=True):
    """A code and the numbers that were on the table when it was decided."""

    code: ReasonCode
    numbers: dict[str, Any] = {}
