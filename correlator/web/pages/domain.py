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
from topology import Scope, Topology

_EARLIER = 30
_ALARMS = 50
_NODES = 40


class Past(NamedTuple):
    """What the store knows of a domain."""

    incidents: list[Incident]
    spans: list[SpanRow]


def past(reads: ConsoleReads, topology: Topology, name: str, now: Millis) -> Past:
    """Read what happened on a domain, or on the parts of a scope; blocks."""
    scope = topology.scope(name)
    if scope is None:
        return Past([], [])
    parts = [topology.name(part) for part in scope.parts]
    return Past(
        reads.on_domain(topology.scope_name(scope), _EARLIER),
        reads.spans(parts, now - DAY, now + HOUR, _ALARMS),
    )


def domain_view(console: Console, name: str, found: Past, lang: Language) -> DomainView:
    """Return a domain; one that the inventory does not have with spellings like it."""
    board, topology = console.board, console.board.topology
    scope = topology.scope(name)
    if scope is None:
        near = (
            get_close_matches(name, topology.names, 5, 0.7) if len(topology.names) < 50_000 else []
        )
        return DomainView(name, "", known=False, near=tuple(near))
    now = board.now
    here = [entry for entry in board.entries() if _is_on(entry.scope, scope)]
    live = [row_of(e, now, lang) for e in here if e.band != "over"]
    earlier = [
        row_of(board.entry_of(incident), now, lang)
        for incident in found.incidents
        if board.entry_of(incident).band == "over"
    ]
    worst: RowView | None = live[0] if live else None
    return DomainView(
        domain=topology.scope_name(scope),
        type=topology.scope_type(scope),
        known=True,
        region=board.region_of(scope.domain),
        site=topology.attributes_of(name).get("site", ""),
        lines=topology.lines(scope),
        observed=worst.observed if worst is not None else 0,
        expected=worst.expected if worst is not None else 0.0,
        minutes=worst.minutes if worst is not None else 60,
        network=_network(board, scope),
        incidents=tuple(live),
        earlier=tuple(earlier),
        alarms=tuple(
            SpanView(s.alarm, s.managed_object, s.cause, s.raised, s.cleared) for s in found.spans
        ),
        works=tuple(WorkView(w.id, w.start, w.end, w.title) for w in board.works_on(scope.parts)),
        symptoms=tuple((s.id, getattr(s.name, lang)) for s in console.catalog.symptoms if s.fault),
    )


def _is_on(cause: Scope | None, scope: Scope) -> bool:
    """Return whether a cause is a scope, or several equals of which it is one."""
    if cause is None:
        return False
    return cause == scope or (scope.single and scope.domain in cause.among)


def _network(board: Board, scope: Scope) -> NetworkView:
    """Return the parts of a scope with parents and children, and which of them fail."""
    topology = board.topology
    scopes = (entry.scope for entry in board.entries() if entry.explains)
    # Of a combination, no value fails by itself.
    failing = {part for one in scopes if one is not None and not one.also for part in one.parts}
    parents = {one for part in scope.parts for one in topology.parents(part)}
    children = () if scope.also else [c for part in scope.parts for c in topology.children(part)]
    nodes = [_node(board, part, "cause", failing) for part in scope.parts[:_NODES]]
    nodes += [_node(board, parent, "parent", failing) for parent in sorted(parents)]
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
