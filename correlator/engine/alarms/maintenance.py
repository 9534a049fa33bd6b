"""Planned maintenance: explains calls and suppresses alarms until it overruns."""

from __future__ import annotations

from typing import Any

import msgspec

from correlator.engine.alarms.tuning import TUNING
from correlator.engine.state.carry import Renumbering
from correlator.model import Maintenance, Millis, works_rate
from topology import Topology


class MaintenanceWindow(msgspec.Struct):
    """Planned works on some domains, from `start` (included) to `end` (excluded)."""

    id: str
    domains: tuple[int, ...]
    start: Millis
    end: Millis


class MaintenanceCalendar:
    """All works that are planned, under way, or over for less than twelve hours."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._works: dict[str, MaintenanceWindow] = {}
        self._by_domain: dict[int, list[str]] = {}
        self.planned = False
        """Whether there are any."""

    def take(self, maintenance: Maintenance) -> bool:
        """Plan, change or cancel works; returns whether all their objects are known."""
        self._works.pop(maintenance.id, None)
        found = [self._topology.domain(name) for name in maintenance.objects]
        domains = tuple(d for d in found if d is not None)
        if domains and not maintenance.cancelled:
            self._works[maintenance.id] = MaintenanceWindow(
                maintenance.id, domains, maintenance.start, maintenance.end
            )
        self._index()
        return len(domains) == len(found)

    def _index(self) -> None:
        self._by_domain = {}
        for work in self._works.values():
            for domain in work.domains:
                self._by_domain.setdefault(domain, []).append(work.id)
        self.planned = bool(self._works)

    def on(self, domains: tuple[int, ...], time: Millis) -> tuple[str, float]:
        """Return the works that explain a call under `domains` and their call rate, or ("", 0).

        During the works the rate is full; after their end it halves every five minutes, for half
        an hour.
        """
        best, name = 0.0, ""
        if self._by_domain:
            for domain in domains:
                for work_id in self._by_domain.get(domain, ()):
                    work = self._works[work_id]
                    rate = works_rate(work.start, work.end, time)
                    if rate > best:
                        best, name = rate, work_id
        return name, best

    def ended(self, since: Millis, now: Millis) -> tuple[int, ...]:
        """Return the domains of works that were planned to end in (since, now]."""
        return tuple(d for w in self._works.values() if since < w.end <= now for d in w.domains)

    def covers(self, domain: int, time: Millis) -> str:
        """Return the works under way on `domain` or on what it needs, or ""."""
        for work in self._works.values():
            if work.start <= time < work.end and any(
                domain == d or domain in self._topology.equipment_under(d) for d in work.domains
            ):
                return work.id
        return ""

    def forget(self, now: Millis) -> None:
        """Drop works that were over long ago."""
        old = [w.id for w in self._works.values() if w.end < now - TUNING.works_forgotten]
        for work_id in old:
            del self._works[work_id]
        if old:
            self._index()

    def state(self) -> dict[str, Any]:
        """Return all works, for a snapshot."""
        return {"works": list(self._works.values())}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._works = {w.id: w for w in msgspec.convert(state["works"], list[MaintenanceWindow])}
        self._index()

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Keep works on equipment that another inventory has as well."""
        kept = []
        for work in msgspec.convert(state["works"], list[MaintenanceWindow]):
            domains = tuple(d for old in work.domains if (d := moved.domain(old)) is not None)
            if domains:
                kept.append(msgspec.structs.replace(work, domains=domains))
        self._works = {work.id: work for work in kept}
        self._index()
