"""The fixed threshold to compare with: five customers of one DSLAM or OLT within an hour."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from correlator.tools.worldfiles import first_arrivals, seconds, table

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH = 5
"""Customers of one node within the window."""
WINDOW = 3600.0
"""Seconds: of the count, and of the quiet that ends an incident."""
NODE_TYPES = frozenset({"dslam", "olt"})


@dataclass(eq=False)
class _Node:
    """The last hour of one DSLAM or OLT, and its live incident."""

    recent: deque[tuple[float, str, str]] = field(default_factory=deque)
    last: float = float("-inf")
    live: dict[str, Any] | None = None


def threshold_baseline(world: Path) -> list[dict[str, Any]]:
    """Return the incidents of the fixed-threshold rule over a world, sorted by creation and id.

    An incident takes the tickets of its first hour and all later ones until an hour of quiet.
    """
    node_of = _nodes_of_customers(world / "topology")
    nodes: dict[str, _Node] = {}
    incidents = []
    for time, ticket in first_arrivals(world):
        if ticket.customer in node_of:
            name = node_of[ticket.customer]
            call = (seconds(time), ticket.customer, ticket.id)
            raised = _count(nodes.setdefault(name, _Node()), name, call)
            incidents += [raised] if raised else []
    return sorted(incidents, key=lambda one: (one["creationDate"], one["id"]))


def _count(node: _Node, name: str, call: tuple[float, str, str]) -> dict[str, Any] | None:
    """Count one ticket; return the incident it raises, if any."""
    now, _, ticket = call
    if now - node.last >= WINDOW:
        node.live = None
    node.last = now
    node.recent.append(call)
    while node.recent[0][0] <= now - WINDOW:
        node.recent.popleft()
    if node.live is not None:
        node.live["troubleTicket"].append({"id": ticket})
        return None
    if len({customer for _, customer, _ in node.recent}) < ENOUGH:
        return None
    node.live = _incident(name, now, [recent for _, _, recent in node.recent])
    return node.live


def _incident(name: str, now: float, tickets: list[str]) -> dict[str, Any]:
    moment = datetime.fromtimestamp(now, UTC)
    digest = hashlib.sha256(f"{tickets[-1]}|{name}".encode()).hexdigest()[:8]
    return {
        "id": f"GI-{moment:%Y%m%d}-{digest}",
        "creationDate": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": "closed",
        "rootCauseResource": [{"id": name}],
        "troubleTicket": [{"id": ticket} for ticket in tickets],
        "characteristic": [],
    }


def _nodes_of_customers(folder: Path) -> dict[str, str]:
    """Map a customer to the DSLAM or OLT above the line."""
    parents: dict[str, list[str]] = {}
    for row in table(folder / "dependencies.csv", ("id", "depends_on")):
        parents.setdefault(row[0], []).append(row[1])
    nodes = {
        name for name, kind in table(folder / "equipment.csv", ("id", "type")) if kind in NODE_TYPES
    }
    found: dict[str, str | None] = {}
    customers = {}
    for customer, hangs_on in table(folder / "customers.csv", ("customer_id", "depends_on")):
        for name in hangs_on.split():
            if name not in found:
                found[name] = _climb(name, nodes, parents)
            node = found[name]
            if node is not None:
                customers[customer] = node
                break
    return customers


def _climb(name: str, nodes: set[str], parents: dict[str, list[str]]) -> str | None:
    queue, seen = deque([name]), {name}
    while queue:
        one = queue.popleft()
        if one in nodes:
            return one
        fresh = [parent for parent in parents.get(one, ()) if parent not in seen]
        seen.update(fresh)
        queue.extend(fresh)
    return None
