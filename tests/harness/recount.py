"""Count a world's truth again from its other files, to trust both."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from correlator.tools.worldfiles import Outage, first_arrivals, read_truth, seconds, table

if TYPE_CHECKING:
    from pathlib import Path

TWO_HOURS = 7200.0


class Call(NamedTuple):
    """A ticket. Times are seconds since 1970."""

    arrival: str
    created: float
    customer: str


class Counted(NamedTuple):
    """What the files say of one outage."""

    callers: int
    within2h: int
    fourth: str | None
    due: bool


def recount(world: Path) -> list[str]:
    """Return every disagreement of truth.json with the world's other files, one a line."""
    truth = read_truth(world)
    calls = {
        ticket.id: Call(arrival, seconds(ticket.created), ticket.customer)
        for arrival, ticket in first_arrivals(world)
    }
    under = customers_of(world / "topology", {outage.cause for outage in truth.outages})
    rate = len(calls) / (truth.customers * truth.days * 24)
    found = [
        f"external: ticket {ticket} does not exist"
        for ticket in truth.external
        if ticket not in calls
    ]
    for outage in truth.outages:
        missing = [ticket for ticket in outage.tickets if ticket not in calls]
        found += [f"{outage.id}: ticket {ticket} does not exist" for ticket in missing]
        own = [calls[ticket] for ticket in outage.tickets if ticket in calls]
        counted = _count(outage, own, under[outage.cause], rate)
        if inside_wider(outage, truth.outages, under):
            counted = counted._replace(due=False)
        for name, value in counted._asdict().items():
            told = getattr(outage, name)
            if told != value:
                found.append(f"{outage.id}: {name} is {told!r}, counted {value!r}")
    return found


def _count(outage: Outage, own: list[Call], placed: set[str], rate: float) -> Counted:
    """Count distinct callers, named and placed under the cause by the inventory."""
    created: dict[str, float] = {}
    arrived: dict[str, str] = {}
    for call in sorted(own, key=lambda call: (seconds(call.arrival), call.created)):
        if call.customer in placed:
            arrived.setdefault(call.customer, call.arrival)
            first = created.get(call.customer, call.created)
            created[call.customer] = min(first, call.created)
    begin = min(created.values(), default=0.0)
    within = sum(time <= begin + TWO_HOURS for time in created.values())
    arrivals = list(arrived.values())
    enough = within >= 4 + 5 * (outage.customers * rate * 2) ** 0.5
    return Counted(
        callers=len(created),
        within2h=within,
        fourth=arrivals[3] if len(arrivals) > 3 else None,
        due=enough and not outage.planned,
    )


def inside_wider(outage: Outage, others: tuple[Outage, ...], under: dict[str, set[str]]) -> bool:
    """Whether it began inside a live outage of the network with nearly all of its customers.

    The files do not say whom a partial outage struck: its share of its domain stands in for it.
    """
    own = under[outage.cause]
    return any(
        seconds(other.start) <= seconds(outage.start) < seconds(other.end)
        and other.customers > outage.customers
        and other.kind in {"equipment", "cable"}
        and len(own & under[other.cause]) * _struck(other, under) > 0.9 * len(own)
        for other in others
        if other.id != outage.id
    )


def _struck(outage: Outage, under: dict[str, set[str]]) -> float:
    """Return the share of an outage's domain that it struck."""
    return min(1.0, outage.customers / max(1, len(under[outage.cause])))


def customers_of(folder: Path, causes: set[str]) -> dict[str, set[str]]:
    """Return the customers whom the inventory places under each cause."""
    web = _Web(folder)
    causes_of: dict[str, list[str]] = defaultdict(list)
    values = {cause: set(cause.split("&")) for cause in causes if "=" in cause}
    for cause in sorted(causes - set(values)):
        for name in web.failed_with(cause.split("+")):
            causes_of[name].append(cause)
    attributes = sorted({part.partition("=")[0] for parts in values.values() for part in parts})
    found: dict[str, set[str]] = {cause: set() for cause in causes}
    wanted = ("customer_id", "depends_on", *attributes)
    for customer, hangs_on, *cells in table(folder / "customers.csv", wanted):
        hit = {cause for name in hangs_on.split() for cause in causes_of.get(name, ())}
        told = {f"{column}={value}" for column, value in zip(attributes, cells, strict=True)}
        for cause in hit | {cause for cause, parts in values.items() if parts <= told}:
            found[cause].add(customer)
    return found


class _Web:
    """What depends on what and what is linked with what, as the files tell."""

    def __init__(self, folder: Path) -> None:
        self.uplinks: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.children: dict[str, list[str]] = defaultdict(list)
        self.links: dict[str, set[str]] = defaultdict(set)
        path = folder / "dependencies.csv"
        with path.open(encoding="utf-8") as file:
            kinds = ["kind"] if "kind" in file.readline().strip().split(",") else []
        columns = ("id", "depends_on", "redundancy_group", *kinds)
        for name, parent, group, *kind in table(path, columns):
            if kind != ["management"]:
                self.uplinks[name].append((parent, group))
                self.children[parent].append(name)
        if (folder / "links.csv").exists():
            for one, other in table(folder / "links.csv", ("a", "b")):
                self.links[one].add(other)
                self.links[other].add(one)
        types = dict(table(folder / "equipment.csv", ("id", "type")))
        self.cores = {name for name in self.links if types[name] == "core-router"}

    def failed_with(self, names: list[str]) -> set[str]:
        """Return what fails with some equipment: what a group or the links still reach does not."""
        failed = set(names)
        while True:
            more = {
                child
                for name in failed
                for child in self.children.get(name, ())
                if child not in failed and self._is_down(child, failed)
            }
            more |= set(self.links) - failed - self._reached(failed)
            if not more:
                return failed
            failed |= more

    def _is_down(self, name: str, failed: set[str]) -> bool:
        groups: dict[str, list[bool]] = defaultdict(list)
        for parent, group in self.uplinks[name]:
            groups[group or f"alone {parent}"].append(parent in failed)
        return any(all(down) for down in groups.values())

    def _reached(self, failed: set[str]) -> set[str]:
        """Return what has a way over links to a core router."""
        reached = self.cores - failed
        queue = list(reached)
        while queue:
            for other in self.links[queue.pop()] - failed - reached:
                reached.add(other)
                queue.append(other)
        return reached
