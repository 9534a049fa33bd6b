"""What people's labels say of a change: better, worse, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from math import sqrt
from statistics import median

import msgspec

from correlator.model import DAY, Millis, State
from correlator.tools.backtest.history import Decided
from correlator.tools.backtest.matching import Change, Kind

_Z = 1.96  # of 95 %


class Label(StrEnum):
    """What the cell said of an incident."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    NONE = "none"


class Verdict(StrEnum):
    """What a change is worth, by the labels."""

    BETTER = "better"
    WORSE = "worse"
    UNKNOWN = "unknown"
    NEUTRAL = "neutral"


class Share(msgspec.Struct, frozen=True):
    """A share `part` of `whole`, with a 95 % confidence interval (Wilson 1927)."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0


class Side(msgspec.Struct, frozen=True):
    """One run in figures: `right` of the labelled, tickets that people said are not of them."""

    incidents: int
    a_week: float
    right: Share
    unlabelled: int
    not_this: int
    tickets: int


class Totals(msgspec.Struct, frozen=True):
    """A comparison in figures.

    `median_minutes`: by how much confirmed incidents are announced later (below 0: earlier), over
    `compared` of them.
    """

    days: float
    before: Side
    after: Side
    kinds: dict[str, int]
    verdicts: dict[str, int]
    median_minutes: float
    compared: int


def wilson(part: int, whole: int) -> Share:
    """Return a share with its confidence interval (Wilson 1927, JASA 22)."""
    if not whole:
        return Share(0, 0, 0.0, 1.0)
    share, square = part / whole, _Z * _Z
    middle = share + square / (2 * whole)
    spread = _Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    scale = 1 + square / whole
    low, high = max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
    return Share(part, whole, round(low, 4), round(high, 4))


def label_of(one: Decided) -> Label:
    """Return what the cell said of an incident."""
    if one.incident.state is State.REJECTED:
        return Label.REJECTED
    return Label.CONFIRMED if one.incident.confirmed_by else Label.NONE


def label_of_change(change: Change) -> Label:
    """Return what the cell said of what a change is about: of what was really raised."""
    labels = [label_of(one) for one in change.raised]
    if Label.CONFIRMED in labels:
        return Label.CONFIRMED
    return Label.REJECTED if Label.REJECTED in labels else Label.NONE


_OF_CONFIRMED = {
    Kind.LOST: Verdict.WORSE,
    Kind.LATER: Verdict.WORSE,
    Kind.SPLIT: Verdict.WORSE,
    Kind.EARLIER: Verdict.BETTER,
    Kind.MERGED: Verdict.BETTER,
    Kind.RENAMED: Verdict.WORSE,
}
_OF_REJECTED = {
    Kind.LOST: Verdict.BETTER,
    Kind.SPLIT: Verdict.WORSE,
    Kind.MERGED: Verdict.BETTER,
    Kind.RENAMED: Verdict.UNKNOWN,
}


def verdict_of(change: Change) -> Verdict:
    """Return what a change is worth: only where the cell has said what it is about.

    A confirmed cause that is named otherwise is worse; of a rejected one nobody can say.
    """
    if change.kind is Kind.SAME:
        return Verdict.NEUTRAL
    label = label_of_change(change)
    if label is Label.NONE:
        return Verdict.UNKNOWN
    of = _OF_CONFIRMED if label is Label.CONFIRMED else _OF_REJECTED
    return of.get(change.kind, Verdict.NEUTRAL)


def judge(changes: Sequence[Change], since: Millis, until: Millis) -> Totals:
    """Return a comparison of [since, until) in figures.

    A label is of what was raised, so that an incident of the other run has that of its match.
    """
    days = max((until - since) / DAY, 1e-9)
    confirmed = [
        change.minutes
        for change in changes
        if change.minutes is not None and label_of_change(change) is Label.CONFIRMED
    ]
    return Totals(
        days=round(days, 2),
        before=_side(changes, days, after=False),
        after=_side(changes, days, after=True),
        kinds=dict(sorted(Counter(str(change.kind) for change in changes).items())),
        verdicts=dict(sorted(Counter(str(verdict_of(change)) for change in changes).items())),
        median_minutes=round(median(confirmed), 1) if confirmed else 0.0,
        compared=len(confirmed),
    )


def _side(changes: Sequence[Change], days: float, *, after: bool) -> Side:
    some = [
        (one, label_of_change(change))
        for change in changes
        for one in (change.after if after else change.before)
    ]
    labels = Counter(label for _, label in some)
    labelled = labels[Label.CONFIRMED] + labels[Label.REJECTED]
    wrong = {t for change in changes for one in change.raised for t in one.not_this}
    tickets = {ticket for one, _ in some for ticket in one.tickets}
    return Side(
        incidents=len(some),
        a_week=round(7 * len(some) / days, 2),
        right=wilson(labels[Label.CONFIRMED], labelled),
        unlabelled=labels[Label.NONE],
        not_this=len(wrong & tickets),
        tickets=len(tickets),
    )
