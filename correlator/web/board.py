"""The board: all that is live, in memory, so that an answer and a row of the queue cost no SQL.

Changed on the event loop only. Loaded in one transaction together with its number of the last
change, then kept up by `following`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from correlator.model import (
    ANNOUNCED,
    HOUR,
    ApprovedText,
    Audience,
    Band,
    Figures,
    Incident,
    Maintenance,
    Millis,
    State,
    band_of,
)
from correlator.ports import ENGINE, FeedStatus
from topology import Scope, Topology

if TYPE_CHECKING:
    from correlator.adapters.sql import BoardRows, HeldRow

ENDED_KEPT: Millis = 12 * HOUR
"""How long (engine time, ms) what is over stays on the board."""

REGION = "region"
"""The column of customers.csv that says where a line is."""

_EXPLAINING = ANNOUNCED | {State.RESOLVED}


@dataclass(slots=True)
class Entry:
    """An incident on the board.

    `scope`: which customers its cause has, all where it is outside; None where the inventory does
    not know it. `above`: all domains that take it along. `region`: where most of its lines are.
    `texts`: those in force, by audience.
    """

    incident: Incident
    scope: Scope | None
    above: frozenset[int]
    band: Band
    region: str = ""
    figures: Figures | None = None
    texts: dict[Audience, ApprovedText] = field(default_factory=dict)
    held: HeldRow | None = None

    @property
    def domain(self) -> int:
        """The domain that holds all its customers, `*` where the cause is outside; −1 for none."""
        return -1 if self.scope is None else self.scope.domain

    @property
    def explains(self) -> bool:
        """Whether it explains calls: announced, or resolved and not closed."""
        return self.incident.state in _EXPLAINING


class Board:
    """Incidents by id and by domain, works, feeds, what waits in the inbox."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.seq = 0
        self.loaded = False
        self.feeds: tuple[FeedStatus, ...] = ()
        self.in_force: dict[str, str] = {}
        self.held: tuple[HeldRow, ...] = ()
        self._entries: dict[str, Entry] = {}
        self._on: dict[int, list[Entry]] = {}
        self._works: dict[str, Maintenance] = {}
        self._works_on: dict[int, list[Maintenance]] = {}
        self._shared: frozenset[int] = frozenset()
        self._regions: dict[int, str] = {}

    # -------------------------------------------------------------------------------- reading

    @property
    def now(self) -> Millis:
        """The engine's time (ms), as of its last commit."""
        return max((feed.latest for feed in self.feeds if feed.topic == ENGINE), default=0)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, incident: str) -> Entry | None:
        """Return an incident on the board, or None."""
        return self._entries.get(incident)

    def entries(self) -> list[Entry]:
        """Return all incidents on the board."""
        return list(self._entries.values())

    def on(self, domains: Iterable[int]) -> list[Entry]:
        """Return the live incidents whose scope holds a customer in all of these domains.

        Candidates included, oldest first; the engine asks the same function.
        """
        within = tuple(domains)
        found = (entry for domain in within for entry in self._on.get(domain, ()))
        return [entry for entry in found if entry.scope is not None and entry.scope.holds(within)]

    def works_on(self, domains: Iterable[int]) -> list[Maintenance]:
        """Return the works planned on these domains."""
        return [work for domain in domains for work in self._works_on.get(domain, ())]

    def works(self) -> list[Maintenance]:
        """Return all works that are not over."""
        return list(self._works.values())

    def nearest_below(self, domains: Sequence[int]) -> tuple[Entry, int] | None:
        """Return the announced incident that shares the smallest of these domains, and which."""
        shared = self._shared.intersection(domains)
        if not shared:
            return None
        smallest = min(shared, key=self.topology.sizes.__getitem__)
        near = [e for e in self._entries.values() if smallest in e.above]
        announced = [e for e in near if e.incident.state in ANNOUNCED]
        return (max(announced, key=lambda e: e.incident.created), smallest) if announced else None

    # --------------------------------------------------------------------------------- writing

    def load(self, rows: BoardRows) -> None:
        """Take all that is live over, in the place of what was there."""
        self._entries = {}
        self.update(rows)
        self.loaded = True

    def update(self, rows: BoardRows) -> None:
        """Take some incidents over, and all else as it stands."""
        self.seq = max(self.seq, rows.seq)
        self.feeds, self.in_force = rows.feeds, rows.in_force
        figures = {one.incident: one for one in rows.figures}
        for incident in rows.incidents:
            self._entries[incident.id] = self.entry_of(incident, figures.get(incident.id))
        for incident_id, text in rows.texts:
            self._entries[incident_id].texts[text.wording.audience] = text
        self._take_works(rows.works)
        self._forget()
        self.hold(rows.held)
        self._index()

    def stand(self, feeds: tuple[FeedStatus, ...], held: tuple[HeldRow, ...]) -> None:
        """Take over how the feeds stand and what waits in the inbox."""
        self.feeds = feeds
        self.hold(held)

    def hold(self, held: tuple[HeldRow, ...]) -> None:
        """Take over what waits in the inbox."""
        self.held = held
        waiting = {row.incident: row for row in held}
        for entry in self._entries.values():
            entry.held = waiting.get(entry.incident.id)

    def rebuild(self, topology: Topology) -> None:
        """Go on with another inventory."""
        self.topology = topology
        self._regions = {}
        for entry in self._entries.values():
            entry.scope, entry.above = self._place(entry.incident)
            entry.region = self.region_of(entry.domain)
        self._take_works(tuple(self._works.values()))
        self._index()

    def entry_of(self, incident: Incident, figures: Figures | None = None) -> Entry:
        """Return an incident as the board would hold it."""
        scope, above = self._place(incident)
        region = "" if scope is None else self.region_of(scope.domain)
        return Entry(incident, scope, above, band_of(incident), region, figures)

    def region_of(self, domain: int) -> str:
        """Return the region that holds most lines of a domain, else its site; "" for neither."""
        if domain not in self._regions:
            self._regions[domain] = self._find_region(domain)
        return self._regions[domain]

    def _find_region(self, domain: int) -> str:
        topology = self.topology
        if domain < 0 or domain == topology.domain_count - 1:
            return ""
        regions = [int(region) for region in topology.types.get(REGION, ())]
        best = max(regions, key=lambda region: topology.shared(region, domain), default=None)
        if best is not None:
            return topology.name(best).partition("=")[2]
        known = topology.attributes_of(topology.name(domain))
        return known.get(REGION) or known.get("site", "")

    def _place(self, incident: Incident) -> tuple[Scope | None, frozenset[int]]:
        """Return the scope of a cause (None: not in this inventory) and the domains above it."""
        topology = self.topology
        outside = Scope(topology.domain_count - 1)
        scope = topology.scope(incident.domain) if incident.domain else outside
        if scope is None:
            return None, frozenset()
        return scope, frozenset.intersection(*map(topology.above, scope.parts))

    def _take_works(self, works: tuple[Maintenance, ...]) -> None:
        self._works = {work.id: work for work in works}
        self._works_on = {}
        for work in works:
            for name in work.objects:
                domain = self.topology.domain(name)
                if domain is not None:
                    self._works_on.setdefault(domain, []).append(work)

    def _forget(self) -> None:
        oldest = self.now - ENDED_KEPT
        over = [
            key
            for key, entry in self._entries.items()
            if entry.band is Band.OVER and entry.incident.changed < oldest
        ]
        for key in over:
            del self._entries[key]

    def _index(self) -> None:
        self._on = {}
        shared: set[int] = set()
        for entry in sorted(self._entries.values(), key=lambda e: e.incident.created):
            if entry.band is not Band.OVER:
                self._on.setdefault(entry.domain, []).append(entry)
            if entry.incident.state in ANNOUNCED:
                shared |= entry.above
        self._shared = frozenset(shared)
