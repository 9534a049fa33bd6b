"""What the truth of a made-up world says of an incident, and which of its outages nobody saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from correlator.formats.times import to_millis
from correlator.model import Incident, Millis, TrainingMiss, TruthSaid
from correlator.tools.backtest import Decided
from correlator.tools.evaluate import AFTER, BEFORE
from correlator.tools.worldfiles import Outage, Truth


class Said(NamedTuple):
    """What is true of an incident; `outage`: the one it is on, if any."""

    truth: TruthSaid
    outage: Outage | None = None

    @property
    def cause(self) -> str:
        """The true cause, empty where there is none in the network."""
        return "" if self.outage is None else self.outage.cause


def said_of(truth: Truth, one: Decided) -> Said:
    """Return what is true of an incident: the outages at the time of its announcement decide.

    One of its cause; else one whose neighbour it names, or that half of its tickets are of.
    """
    live = [outage for outage in truth.outages if _is_live(outage, one.announced)]
    cause = _cause_of(one.incident)
    right = next((outage for outage in live if cause in outage.right), None)
    if right is not None:
        return Said(TruthSaid.PLANNED if right.planned else TruthSaid.OUTAGE, right)
    outside = len(frozenset(truth.external).intersection(one.tickets))
    if not cause and 2 * outside > len(one.tickets):
        return Said(TruthSaid.OUTAGE)
    other = next((outage for outage in live if cause in outage.near), None)
    other = other or _by_tickets(live, one.tickets)
    return Said(TruthSaid.NONE) if other is None else Said(TruthSaid.OTHER, other)


def unseen(
    truth: Truth, said: Iterable[Said], begin: Millis, now: Millis
) -> Iterator[TrainingMiss]:
    """Yield the outages since `begin` that enough people called about by `now`, and none is on."""
    seen = {one.outage.id for one in said if one.outage is not None}
    for outage in truth.outages:
        expected = outage.due and not outage.planned and outage.fourth is not None
        if not expected or outage.id in seen or _millis(outage.start) < begin:
            continue
        if _millis(outage.fourth or outage.end) <= now:
            yield TrainingMiss(outage.cause, _millis(outage.start))


def _cause_of(incident: Incident) -> str:
    """Return the cause as the truth writes it: several objects joined with `+`, in order."""
    return "+".join(sorted(incident.among)) or incident.domain


def _is_live(outage: Outage, announced: Millis) -> bool:
    return _millis(outage.start) - BEFORE * 1000 <= announced <= _millis(outage.end) + AFTER * 1000


def _by_tickets(live: Iterable[Outage], tickets: tuple[str, ...]) -> Outage | None:
    owner = {ticket: outage for outage in live for ticket in outage.tickets}
    shares = Counter(owner[ticket].id for ticket in tickets if ticket in owner)
    for name, count in shares.most_common(1):
        if count >= 2 and 2 * count >= len(tickets):
            return next(outage for outage in owner.values() if outage.id == name)
    return None


def _millis(time: str) -> Millis:
    return to_millis(datetime.fromisoformat(time))
