"""The alarms and tickets of a world as others can take them: flat, with the node written on each.

The others know no network: whose line hangs on which DSLAM or OLT, and under which of them a card
or a port is, is looked up for them, before anything is measured.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from correlator.model import Alarm, Ticket
from correlator.tools.feeds import feeds_in, merged
from correlator.tools.worldfiles import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from correlator.model import Event, Millis
    from correlator.ports import DeadLetter

NODE_TYPES = frozenset({"dslam", "olt"})
NOTHING = "-"
"""What a record does not have."""


class Item(NamedTuple):
    """A record of a feed. No value has a blank in it."""

    at: Millis
    """Arrival."""
    kind: str
    """`alarm` or `ticket`."""
    state: str
    """Of an alarm `raised`, `updated` or `cleared`, of a ticket `created`, `changed`, or `unplaced`
    where nobody knows its customer."""
    id: str
    node: str
    """The DSLAM or OLT; of alarms above these, the equipment itself."""
    object: str
    """The equipment that an alarm is about."""
    severity: str

    @property
    def counts(self) -> bool:
        """Whether it is new: what rules count."""
        return self.state in {"raised", "created"}


class Places:
    """Which node equipment and customers are under, of an inventory in files."""

    def __init__(self, folder: Path) -> None:
        self._above: dict[str, list[str]] = {}
        for name, parent in table(folder / "dependencies.csv", ("id", "depends_on")):
            self._above.setdefault(name, []).append(parent)
        kinds = table(folder / "equipment.csv", ("id", "type"))
        self._nodes = {name for name, kind in kinds if kind in NODE_TYPES}
        self._known: dict[str, str | None] = {}
        self._customers = dict(table(folder / "customers.csv", ("customer_id", "depends_on")))

    def of_equipment(self, name: str) -> str:
        """Return the node of equipment; itself where it is below none."""
        return self._node(name) or name

    def of_customer(self, customer: str | None) -> str:
        """Return the node of a customer, or `NOTHING`."""
        found = map(self._node, self._customers.get(customer or "", "").split())
        return next((node for node in found if node is not None), NOTHING)

    def _node(self, name: str) -> str | None:
        if name not in self._known:
            self._known[name] = self._climb(name)
        return self._known[name]

    def _climb(self, name: str) -> str | None:
        queue, seen = deque([name]), {name}
        while queue:
            one = queue.popleft()
            if one in self._nodes:
                return one
            fresh = [parent for parent in self._above.get(one, ()) if parent not in seen]
            seen.update(fresh)
            queue.extend(fresh)
        return None


def items_of(world: Path) -> list[Item]:
    """Return the alarms and tickets of a world in arrival order."""
    return list(flat(merged(feeds_in(world), _refuse), Places(world / "topology")))


def flat(events: Iterable[Event], places: Places) -> Iterator[Item]:
    """Yield events as items; what is neither alarm nor ticket is left out."""
    seen: set[str] = set()
    for event in events:
        if isinstance(event, Alarm):
            where = event.managed_object
            yield Item(
                event.arrived, "alarm", str(event.state), event.id,
                places.of_equipment(where), where, event.severity,
            )  # fmt: skip
        elif isinstance(event, Ticket):
            node = places.of_customer(event.customer)
            new = "unplaced" if node == NOTHING else "created"
            state = "changed" if event.id in seen else new
            seen.add(event.id)
            yield Item(event.arrived, "ticket", state, event.id, node, NOTHING, NOTHING)


def as_json(item: Item) -> str:
    """Return an item as a JSON object."""
    return json.dumps(item._asdict(), separators=(",", ":"))


def as_line(item: Item) -> str:
    """Return an item as a line of a log, its time in milliseconds first."""
    return " ".join(map(str, item))


def _refuse(letter: DeadLetter) -> None:
    raise ValueError(letter.error)
