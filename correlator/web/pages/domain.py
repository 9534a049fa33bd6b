"""A failure domain: what it is, what happens there, what happened before."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

from correlator.adapters.sql import ConsoleReads, SpanRow
from correlator.formats.wording import Language
from correlator.model import DAY, HOUR, Incident, Millis
from correlator.web.board import Board
from correlator.web.console import Console
from correlator.web.pages.rows import row_of
from correlator.web.views import DomainView, NetworkView, NodeView, RowView, SpanView, WorkView

_EARLIER = 30
_ALARMS = 50
_NODES = 40


class Past(NamedTuple):
    """What the store knows of a domain."""

    incidents: list[Incident]
    spans: list[SpanRow]


def past(reads: ConsoleReads, domain: str, now: Millis) -> Past:
    """Read what happened on a domain; blocks."""
    return Past(
        reads.on_domain(domain, _EARLIER), reads.spans([domain], now - DAY, now + HOUR, _ALARMS)
    )


def domain_view(console: Console, name: str, found: Past, lang: Language) -> DomainView:
    """Return a domain; one that the inventory does not have with spellings like it."""
    board, topology = console.board, console.board.topology
    domain = topology.domain(name)
    if domain is None:
        near = (
            get_close_matches(name, topology.names, 5, 0.7) if len(topology.names) < 50_000 else []
        )
        return DomainView(name, "", known=False, near=tuple(near))
    now = board.now
    here = [e for e in board.entries() if e.domain == domain]
    live = [row_of(e, now, lang) for e in here if e.band != "over"]
    earlier = [
        row_of(board.entry_of(incident), now, lang)
        for incident in found.incidents
        if board.entry_of(incident).band == "over"
    ]
    worst: RowView | None = live[0] if live else None
    return DomainView(
        domain=name,
        type=topology.type_of(domain),
        known=True,
        region=board.region_of(domain),
        site=topology.attributes_of(name).get("site", ""),
        lines=int(topology.sizes[domain]),
        observed=worst.observed if worst is not None else 0,
        expected=worst.expected if worst is not None else 0.0,
        minutes=worst.minutes if worst is not None else 60,
        network=_network(board, domain),
        incidents=tuple(live),
        earlier=tuple(earlier),
        alarms=tuple(
            SpanView(s.alarm, s.managed_object, s.cause, s.raised, s.cleared) for s in found.spans
        ),
        works=tuple(WorkView(w.id, w.start, w.end, w.title) for w in board.works_on([domain])),
        symptoms=tuple((s.id, getattr(s.name, lang)) for s in console.catalog.symptoms if s.fault),
    )


def _network(board: Board, domain: int) -> NetworkView:
    """Return a domain with its parents and children, and which of them fail."""
    topology = board.topology
    failing = {entry.domain for entry in board.entries() if entry.explains}
    children = topology.children(domain)
    nodes = [_node(board, domain, "cause", failing)]
    nodes += [_node(board, parent, "parent", failing) for parent in topology.parents(domain)]
    shown = sorted(children, key=lambda child: child not in failing)[:_NODES]
    nodes += [_node(board, child, "child", failing) for child in shown]
    return NetworkView(tuple(nodes), healthy_children=max(0, len(children) - len(shown)))


def _node(board: Board, domain: int, relation: str, failing: set[int]) -> NodeView:
    topology = board.topology
    return NodeView(
        domain=topology.name(domain),
        type=topology.type_of(domain),
        relation=relation,
        health=_health(board, domain, failing),
        lines=int(topology.sizes[domain]),
        observed=0,
        expected=0.0,
    )


def _health(board: Board, domain: int, failing: set[int]) -> str:
    """Return what is known of a domain: without an incident nobody has counted its calls."""
    if domain in failing:
        return "failing"
    now = board.now
    under_way = any(work.start <= now < work.end for work in board.works_on([domain]))
    return "works" if under_way else "unknown"
