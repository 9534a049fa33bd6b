"""A day that somebody learns on: what they decided, beside the cell of then and the truth."""

from __future__ import annotations

from enum import StrEnum

from correlator.model.base import Frozen, Millis


class Did(StrEnum):
    """What somebody who learns did with an incident."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    ACKNOWLEDGED = "acknowledged"
    NOTHING = "nothing"


class CellSaid(StrEnum):
    """What the cell of then said of the same: no word, not raised then, or no cell to ask."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    NOTHING = "nothing"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class TruthSaid(StrEnum):
    """What was true: an outage of this cause or another one, planned works, nothing; or unknown."""

    OUTAGE = "outage"
    OTHER = "other"
    PLANNED = "planned"
    NONE = "none"
    UNKNOWN = "unknown"


class Judged(StrEnum):
    """What a decision is worth: not taken yet, or nothing to compare it with, are no fault."""

    AGREED = "agreed"
    DIFFERS = "differs"
    UNDECIDED = "undecided"
    UNJUDGED = "unjudged"


class TrainingLine(Frozen, frozen=True):
    """An incident that was raised. `domain` is empty for outside the network.

    `code` and `cell_code`: why it was rejected. `minutes` of event time from the announcement to
    what the learner `did`, None for nothing. `cause`: the true one, where there is one.
    """

    id: str
    domain: str
    announced: Millis
    did: Did
    judged: Judged
    names: dict[str, str] = {}
    code: str = ""
    minutes: float | None = None
    cell: CellSaid = CellSaid.UNKNOWN
    cell_code: str = ""
    truth: TruthSaid = TruthSaid.UNKNOWN
    cause: str = ""


class TrainingMiss(Frozen, frozen=True):
    """What was never raised: an outage of the truth, or (`cell`) what the cell of then confirmed.

    `begin`: of the outage, in ms. `cause` is empty for outside the network.
    """

    cause: str
    begin: Millis
    cell: bool = False


class TrainingReport(Frozen, frozen=True):
    """A comparison, as of `now` (ms of event time); the day is played from `begin` on.

    `has_cell`, `has_truth`: what there is to compare with.
    """

    begin: Millis
    now: Millis
    has_cell: bool
    has_truth: bool
    lines: tuple[TrainingLine, ...] = ()
    missed: tuple[TrainingMiss, ...] = ()
