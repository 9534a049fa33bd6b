"""Alarms of the last minutes that by themselves tell nothing, and are in no group yet."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from correlator.engine.alarms.relations import Relations
from correlator.engine.alarms.standing import Standing
from correlator.engine.alarms.tuning import TUNING
from correlator.model import Millis


class DoubtfulAlarms:
    """Keeps them for two minutes, and finds those that hang together."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._alarms: dict[str, Standing] = {}  # in the order they came
        self._at: dict[int, dict[str, None]] = {}  # place → alarms there

    def add(self, alarm: Standing) -> None:
        """Keep an alarm, as it came: the book's own may change."""
        self._alarms[alarm.id] = msgspec.structs.replace(alarm)
        for place in self._relations.places(alarm.domain):
            self._at.setdefault(place, {})[alarm.id] = None

    def drop(self, alarm: str) -> None:
        """Drop an alarm, if it is one of them."""
        known = self._alarms.pop(alarm, None)
        if known is None:
            return
        for place in self._relations.places(known.domain):
            at = self._at[place]
            del at[alarm]
            if not at:
                del self._at[place]

    def around(self, alarm: Standing) -> list[Standing]:
        """Return those just before an alarm that hang together with it, on other equipment.

        Those near it, those near one of these, and so on.
        """
        self._expire(alarm.arrived - TUNING.at_once)
        found: dict[str, Standing] = {}
        edge = [alarm.domain] if self._alarms else []
        while edge:
            near = [
                one
                for one in self._near(edge.pop())
                if one.id not in found and one.domain != alarm.domain
            ]
            found.update((one.id, one) for one in near)
            edge += [one.domain for one in near]
        return list(found.values())

    def _near(self, domain: int) -> list[Standing]:
        """Return those near a domain, in the order they came."""
        ids = {one for place in self._relations.places(domain) for one in self._at.get(place, ())}
        for link in self._relations.links(domain):
            ids.update(one for one in self._at.get(link, ()) if self._alarms[one].domain == link)
        return sorted(map(self._alarms.__getitem__, ids), key=lambda one: (one.arrived, one.id))

    def _expire(self, before: Millis) -> None:
        while self._alarms:
            oldest = next(iter(self._alarms.values()))
            if oldest.arrived >= before:
                return
            self.drop(oldest.id)

    def state(self) -> list[Standing]:
        """Return all of them, for a snapshot."""
        return list(self._alarms.values())

    def restore(self, state: Sequence[Standing]) -> None:
        """Restore what `state` returned."""
        self._alarms, self._at = {}, {}
        for alarm in state:
            self.add(alarm)
