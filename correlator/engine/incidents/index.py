"""Index of the live incidents: on a domain, below it and above it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from correlator.engine.incidents.incident import LiveIncident
from correlator.model import ANNOUNCED, State
from topology import Topology

_EXPLAINING = ANNOUNCED | {State.RESOLVED}
_NONE: frozenset[int] = frozenset()


class Nearby(NamedTuple):
    """The live incidents near a call, on its domains.

    `explaining`: incidents that explain calls there; `candidates` not yet announced, oldest first;
    `shared`: those of the domains with an announced incident on equipment below.
    """

    explaining: list[LiveIncident]
    candidates: list[LiveIncident]
    shared: list[int]

    def only(self, domains: tuple[int, ...]) -> Nearby:
        """Return those of them whose scope holds a customer in these domains."""
        explaining = [live for live in self.explaining if live.scope.holds(domains)]
        candidates = [live for live in self.candidates if live.scope.holds(domains)]
        return Nearby(explaining, candidates, self.shared)


class LiveIndex:
    """The live incidents by domain; rebuilt whenever one changes its state or domain."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._explaining: dict[int, list[LiveIncident]] = {}
        self._candidates: dict[int, list[LiveIncident]] = {}
        self._below: dict[int, list[LiveIncident]] = {}
        self._naming: dict[int, list[LiveIncident]] = {}
        self._nearby = _NONE  # domains about which `nearby` has something to say
        self._all_single = True  # every live incident is on one domain

    def rebuild(self, lives: Iterable[LiveIncident]) -> None:
        """Index these incidents, in the order in which they began, a reopened one last."""
        self._explaining, self._candidates, self._below, self._naming = {}, {}, {}, {}
        self._all_single = True
        for live in lives:
            self._all_single = self._all_single and live.scope.single
            if live.state in ANNOUNCED:
                parts = live.scope.among or (live.scope.domain,)
                for part in parts:
                    self._naming.setdefault(part, []).append(live)
                for above in frozenset.intersection(*map(self._topology.above, parts)):
                    self._below.setdefault(above, []).append(live)
            if live.state in _EXPLAINING:
                self._explaining.setdefault(live.scope.domain, []).append(live)
            elif live.state is State.CANDIDATE:
                self._candidates.setdefault(live.scope.domain, []).append(live)
        self._nearby = frozenset((*self._explaining, *self._candidates, *self._below))

    def on(self, domain: int) -> list[LiveIncident]:
        """Return the incidents on exactly this domain that explain calls."""
        return self._explaining.get(domain, [])

    def naming(self, domain: int) -> list[LiveIncident]:
        """Return the announced incidents on this domain, or on several of which it is one."""
        return self._naming.get(domain, [])

    def explaining(self, domains: Iterable[int]) -> list[LiveIncident]:
        """Return the incidents on one of these domains that explain calls.

        Of several domains, those whose own is one of them.
        """
        found = self._explaining
        if not found:
            return []
        return [live for domain in domains if domain in found for live in found[domain]]

    def nearby(self, domains: tuple[int, ...]) -> Nearby:
        """Return the live incidents whose customers include one on all of these domains."""
        near = [domain for domain in domains if domain in self._nearby]
        if not near:
            return Nearby([], [], [])
        below, waiting = self._below, self._candidates
        candidates = [live for domain in near for live in waiting.get(domain, ())]
        candidates.sort(key=lambda live: live.number)
        shared = [domain for domain in near if domain in below]
        found = Nearby(self.explaining(near), candidates, shared)
        return found if self._all_single else found.only(domains)

    def latest_below(self, domain: int) -> LiveIncident:
        """Return the newest announced incident on equipment below a domain that is `shared`."""
        return self._below[domain][-1]

    def announced_above(self, domain: int) -> list[LiveIncident]:
        """Return the announced incidents on equipment that takes this domain along, by domain."""
        if not self._explaining:
            return []
        above = sorted(self._topology.above(domain))
        return [live for live in self.explaining(above) if live.state in ANNOUNCED]
