"""How good the answers at call time are, against what really happened."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import topology
from correlator.formats.decode import TICKETS
from correlator.model import Ticket
from correlator.tools.feeds import Feed, read_feed
from correlator.tools.worldfiles import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from correlator.model import Event
    from correlator.tools.worldfiles import Outage, Truth, Verdict
    from topology import Topology

_BEFORE = 60.0
"""Seconds before its start from which an outage hits: clocks differ."""
_LONGEST = 131_072
"""Bytes of a line of an inventory file."""


class Caller(NamedTuple):
    """Who opened a ticket: the names of the domains above the line, and when it arrived.

    `time`: seconds since 1970.
    """

    domains: frozenset[str]
    time: float


def callers_in(world: Path) -> dict[str, Caller] | None:
    """Return who opened each ticket of a world; None where it has no tickets or no inventory."""
    tickets, inventory = world / "tickets.jsonl", world / "topology"
    if not tickets.is_file() or not inventory.is_dir():
        return None
    events = read_feed(Feed(TICKETS.topic, tickets), lambda _letter: None)
    return callers_of(events, topology.load(inventory, attribute_columns(inventory)))


def attribute_columns(inventory: Path) -> list[str] | None:
    """Return all attribute columns of customers.csv; None where its header cannot be read."""
    plain = inventory / "customers.csv"
    path = plain if plain.is_file() else inventory / "customers.csv.gz"
    try:
        with gzip.open(path) if path != plain else path.open("rb") as file:
            header = next(csv.reader([file.readline(_LONGEST).decode("utf-8-sig")]), [])
    except (OSError, EOFError, ValueError, zlib.error, csv.Error):
        return None  # and whoever loads it tells why
    return [name for name in header if name and name not in {"customer_id", "depends_on"}]


def callers_of(events: Iterable[Event], inventory: Topology) -> dict[str, Caller]:
    """Return who opened each ticket, by its first record."""
    found: dict[str, Caller] = {}
    names = inventory.name
    for event in events:
        if isinstance(event, Ticket) and event.id not in found:
            domains = inventory.domains_of(event.customer or "") or ()
            found[event.id] = Caller(frozenset(map(names, domains)), event.arrived / 1000)
    return found


def share_of(part: float, whole: float) -> float | None:
    """Return a share; None of nothing."""
    return part / whole if whole else None


def answers(
    truth: Truth, verdicts: Sequence[Verdict], callers: Mapping[str, Caller] | None
) -> dict[str, Any]:
    """Return the measures of the answers, by the names of `Measures`."""
    unplanned = [outage for outage in truth.outages if not outage.planned]
    owner = {ticket: outage for outage in unplanned for ticket in outage.tickets}
    external = frozenset(truth.external)
    # The last line about a ticket is its answer; a ticket has one in a well-formed file.
    answer = {verdict.ticket: verdict for verdict in verdicts}
    told = Counter(
        (verdict.verdict, verdict.cause in owner[ticket].right)
        for ticket, verdict in answer.items()
        if ticket in owner
    )
    inside = [verdict for ticket, verdict in answer.items() if ticket not in external]
    others = [verdict for verdict in inside if verdict.ticket not in owner]
    wrong = sum(verdict.verdict == "yes" for verdict in others)
    return {
        "verdicts": len(verdicts),
        "outage_tickets": len(owner),
        "right_answers": told["yes", True],
        "right_answer": share_of(told["yes", True], len(owner)),
        "wrong_cause_yes": told["yes", False],
        "probable_share": share_of(told["probable", True] + told["probable", False], len(owner)),
        "wrong_yes": wrong,
        "wrong_yes_share": share_of(wrong, len(others)),
        **({} if callers is None else _harm(truth, inside, callers)),
    }


def _harm(
    truth: Truth, verdicts: Sequence[Verdict], callers: Mapping[str, Caller]
) -> dict[str, Any]:
    harmful = sum(
        verdict.verdict == "yes"
        and not any(_hits(outage, verdict, callers.get(verdict.ticket)) for outage in truth.outages)
        for verdict in verdicts
    )
    return {"harmful_yes": harmful, "harmful_yes_share": share_of(harmful, len(verdicts))}


def _hangs_on(cause: str, domains: frozenset[str]) -> bool:
    """Return whether a customer under these domains is under a cause.

    Under a combination is who has all of its values, under an arc who hangs on one of its switches.
    """
    if "=" in cause:
        return domains.issuperset(cause.split("&"))
    return cause in domains or not domains.isdisjoint(cause.split("+"))


def _hits(outage: Outage, verdict: Verdict, caller: Caller | None) -> bool:
    """Return whether an outage of the cause that was named hit that customer at that moment."""
    return (
        caller is not None
        and verdict.cause in outage.right
        and any(_hangs_on(cause, caller.domains) for cause in outage.right)
        and seconds(outage.start) - _BEFORE <= caller.time <= seconds(outage.end)
    )
