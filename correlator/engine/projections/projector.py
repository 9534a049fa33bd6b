"""The projector: what the console shows of live incidents, as effects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from correlator.engine.incidents import LiveIncident, Registry
from correlator.engine.projections.figures import FigureReader
from correlator.engine.projections.neighbours import NeighbourReader
from correlator.engine.projections.views import (
    About,
    AlarmsOn,
    Calls,
    Rates,
    Strength,
    TicketsAlive,
    Waiting,
    WorksOn,
)
from correlator.model import (
    ANNOUNCED,
    HOUR,
    MINUTE,
    Effect,
    FiguresChanged,
    IncidentChanged,
    Millis,
    NeighboursSeen,
    RateCounted,
    State,
)
from topology import Topology

_EVERY: Millis = 5 * MINUTE  # a large neighbourhood, and figures of what is not announced
_BEFORE: Millis = HOUR  # calls by minute before the onset
_MOST: Millis = 6 * HOUR  # of minutes counted at once: what the window of calls holds


class Projector:
    """Projects live incidents; reads the owners and changes nothing."""

    def __init__(
        self, incidents: Registry, figures: FigureReader, neighbours: NeighbourReader
    ) -> None:
        self._incidents = incidents
        self._figures = figures
        self._neighbours = neighbours

    def project(self, effects: Sequence[Effect], since: Millis, now: Millis) -> list[Effect]:
        """Return the projections after these effects; `since`: when it was called before.

        Figures of every incident that changed; once a minute those of all announced ones, their
        calls by minute; every five minutes the rest.
        """
        changed = {e.incident.id: e for e in effects if isinstance(e, IncidentChanged)}
        minute = now // MINUTE * MINUTE
        last = since // MINUTE * MINUTE
        found: list[Effect] = []
        for live in self._incidents:
            fresh = changed.get(live.id)
            announced = live.state in ANNOUNCED
            due = minute > last and (announced or minute // _EVERY > last // _EVERY)
            if fresh is not None or due:
                found.append(FiguresChanged(self._figures.figures(live)))
            if live.announced is not None:
                told = live.announced > since or (fresh is not None and live.announced == since)
                found += self._minutes(live, last, minute, told=told)
            if self._is_drawn(live, fresh, last, minute):
                found.append(NeighboursSeen(self._neighbours.neighbourhood(live)))
        return found

    def _minutes(
        self, live: LiveIncident, last: Millis, minute: Millis, *, told: bool
    ) -> Iterable[Effect]:
        """Return the calls of the minutes that passed; once it is `told`, those of before too."""
        begin = (live.onset - _BEFORE) // MINUTE * MINUTE if told else last
        begin = max(begin, minute - _MOST)
        return map(RateCounted, self._figures.minutes(live, begin, minute))

    def _is_drawn(
        self, live: LiveIncident, fresh: IncidentChanged | None, last: Millis, minute: Millis
    ) -> bool:
        if live.state is State.RESOLVED:
            return False
        if fresh is not None and fresh.kind != "attributes":
            return True
        if minute == last or live.state not in ANNOUNCED:
            return False
        return minute // _EVERY > last // _EVERY or self._neighbours.is_small(live)


def projector_of(  # noqa: PLR0913, PLR0917 - all that is shown of
    topology: Topology,
    incidents: Registry,
    rates: Rates,
    calls: Calls,
    strength: Strength,
    about: About,
    waiting: Waiting,
    feeds: TicketsAlive,
    alarms: AlarmsOn,
    works: WorksOn,
) -> Projector:
    """Put a projector together."""
    figures = FigureReader(rates, calls, strength, about, waiting, feeds)
    neighbours = NeighbourReader(topology, rates, calls, about, alarms, works)
    return Projector(incidents, figures, neighbours)
