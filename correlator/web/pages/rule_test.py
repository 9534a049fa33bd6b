"""An incident as a rule test: its network in small, its calls and alarms, what must come of them.

Nobody can be told from it. Customers become `G1-1`, grouped by what their service needs of the
network around the cause; the words of tickets stay away, the symptom they were taken for stands in
their place. What is not linked to the incident is not there: ordinary calls are the test's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import yaml

from correlator.adapters.sql import ConsoleReads, LinkedTicket, SpanRow
from correlator.formats.wording import Language
from correlator.model import MINUTE, Figures, Incident, LinkState, Millis, State
from correlator.web.board import Entry
from correlator.web.console import Console
from correlator.web.hours import local
from correlator.web.pages.incident import Stored
from correlator.web.words import say
from rules.schema import SEVERITIES
from topology import Topology

_BEFORE: Millis = 10 * MINUTE
_AFTER: Millis = 30 * MINUTE
_MOST_TICKETS = 300
_MOST_PAGES = 10
_NEAR, _FAR = 6_000, 8_000  # lines of the neighbourhood, and of everywhere else
_PEERS = 8  # places like the one above the cause, with what is below each
_MOST_SIBLINGS = 60
_ELSEWHERE = "ELSEWHERE"
_ORDINARY = 0.0002  # calls per line and opening hour about a symptom of which nothing is known
_OPEN = 2.0  # a rate over all hours → over those of a hotline that is open half of the time
_OUTSIDE = "*"
_MAP = "tag:yaml.org,2002:map"


class Call(NamedTuple):
    """A ticket that a test repeats."""

    at: Millis
    customer: str
    symptom: str


class _Row(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes rows on one line each."""


_Dumper.add_representer(
    _Row, lambda dumper, row: dumper.represent_mapping(_MAP, row, flow_style=True)
)


def calls_of(reads: ConsoleReads, topology: Topology, incident: Incident) -> list[Call]:
    """Read its tickets up to half an hour after the announcement; blocks.

    A rejected incident has lost them: those that were unlinked are taken.
    """
    begin, end = _window(incident)
    state = LinkState.UNLINKED if incident.state is State.REJECTED else LinkState.LINKED
    found = [
        Call(kept.ticket.occurred, kept.ticket.customer, kept.symptom)
        for _, kept, _ in _listed(reads, incident.id, state)
        if kept is not None
        and kept.ticket.customer is not None
        and begin <= kept.ticket.occurred < end
        and topology.domains_of(kept.ticket.customer) is not None
    ]
    return sorted(found)[:_MOST_TICKETS]


def _listed(reads: ConsoleReads, incident: str, state: LinkState) -> Iterator[LinkedTicket]:
    """Yield the tickets of an incident page by page, newest link first, and not without end."""
    after: tuple[Millis, str] | None = None
    for _ in range(_MOST_PAGES):
        some = reads.linked(incident, state.value, after, _MOST_TICKETS)
        yield from some
        if len(some) < _MOST_TICKETS:
            return
        after = (some[-1].link.time, some[-1].link.ticket)


def can_be_told(entry: Entry) -> bool:
    """Return whether a test can name the cause: one domain of the inventory, and no range."""
    return entry.scope is not None and entry.scope.single and "{" not in entry.incident.domain


def rule_test(
    console: Console, entry: Entry, found: Stored, calls: list[Call], lang: Language
) -> str:
    """Return the file; it is made from memory, but of many lines: not on the event loop."""
    incident, topology = entry.incident, console.board.topology
    begin, end = _window(incident)
    spans = [span for span in found.spans if span.raised < end]
    world = _World(topology, entry, {call.customer for call in calls}, spans)
    symptoms = [symptom.id for symptom in console.catalog.symptoms]
    rules = {rule.id for rule in console.catalog.rules}
    test: dict[str, Any] = {"name": f"{incident.id}: {incident.domain or _OUTSIDE}"}
    if incident.rule in rules:
        test["rule"] = incident.rule
    test["events"] = list(_events(begin, end, calls, spans, world))
    test["until"] = _after(end - begin)
    test["expect"] = [_expected(incident, begin, end, rules)]
    file = {
        "start": local(begin, console.zone).isoformat(),
        "topology": world.told(),
        "background": {"history": "3d", "rates": _rates(symptoms, entry.figures)},
        "tests": [test],
    }
    text = yaml.dump(file, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    state = say(lang, f"state.{incident.state}")
    said = say(lang, "test.from", incident=incident.id, state=state), say(lang, "test.ordinary")
    return "".join(f"# {line}\n" for line in said) + "\n" + text


def _window(incident: Incident) -> tuple[Millis, Millis]:
    """Return when the test begins and ends: around the onset and the announcement."""
    begin = (incident.onset - _BEFORE) // MINUTE * MINUTE
    known = incident.announced if incident.announced is not None else incident.changed
    return begin, max(known, incident.onset) // MINUTE * MINUTE + _AFTER


def _after(span: Millis) -> str:
    return f"{max(0, span) // 1000}s"


def _rates(symptoms: Iterable[str], figures: Figures | None) -> dict[str, float]:
    """Return calls per line and opening hour: the usual below the cause, where that is known."""
    known = {} if figures is None else figures.symptoms
    return {
        symptom: float(f"{_OPEN * known[symptom].usual:.3g}")
        if symptom in known and known[symptom].usual > 0
        else _ORDINARY
        for symptom in symptoms
    }


def _expected(incident: Incident, begin: Millis, end: Millis, rules: set[str]) -> dict[str, Any]:
    """Return what must come of it: that nothing does, where a person rejected it or nothing did."""
    cause = incident.domain
    if incident.announced is None or incident.state is State.REJECTED:
        return {"not_announced": _Row(domain=cause) if cause else "any"}
    if not cause:
        return {"external": True}
    wanted = _Row(cause=cause, by=_after(end - begin))
    rule = {"rule": incident.rule} if incident.rule in rules else {}
    return {"announced": _Row(wanted, **rule)}


def _events(
    begin: Millis, end: Millis, calls: list[Call], spans: list[SpanRow], world: _World
) -> Iterator[dict[str, Any]]:
    happened: list[tuple[Millis, dict[str, Any]]] = []
    for number, (at, who, symptom) in enumerate(calls, 1):
        ticket = _Row(id=f"T{number}", customer=world.names[who], symptom=symptom)
        happened.append((at, {"ticket": ticket}))
    for number, span in enumerate(spans, 1):
        if span.managed_object not in world.equipment:
            continue
        alarm = _Row(id=f"A{number}", object=span.managed_object, cause=span.cause or "unknown")
        raised = _Row(alarm, severity=span.severity) if span.severity in SEVERITIES else alarm
        happened.append((max(span.raised, begin), {"alarm": raised}))
        if span.cleared is not None and begin <= span.cleared < end:
            happened.append((span.cleared, {"alarm": _Row(alarm, state="cleared")}))
    for at, event in sorted(happened, key=lambda one: one[0]):
        yield {"at": _after(at - begin), **event}


class _World:
    """The network of a test: the cause with what is above, beside and below, and its lines."""

    def __init__(
        self, topology: Topology, entry: Entry, callers: set[str], spans: list[SpanRow]
    ) -> None:
        self._topology = topology
        self._outside = topology.domain_count - 1
        self._cause = entry.domain
        self._peers = self._like_its_place()
        self._columns = self._attributes(entry.incident)
        self._kept = self._around(entry.incident, callers, spans)
        self._above = {one: self._topology.above(one) for one in self._kept}
        groups: dict[tuple[tuple[int, ...], tuple[str, ...]], list[str]] = {}
        for who in sorted(callers):
            groups.setdefault(self._place(who), []).append(who)
        for who in self._others(callers):
            groups.setdefault(self._place(who), []).append(who)
        self._groups = groups
        self.names = {
            who: f"G{number}-{place}"
            for number, members in enumerate(groups.values(), 1)
            for place, who in enumerate(members, 1)
            if who in callers
        }

    @property
    def equipment(self) -> dict[str, str]:
        """The type of each equipment."""
        topology = self._topology
        return {topology.name(one): topology.type_of(one) for one in sorted(self._kept)}

    def told(self) -> dict[str, Any]:
        """Return the network as the file has it."""
        topology = self._topology
        rows = [
            _Row(id=topology.name(one), on=topology.name(parent))
            for one in sorted(self._kept)
            for parent in topology.parents(one)
            if parent in self._kept
        ]
        return {
            "equipment": {**self.equipment, _ELSEWHERE: "elsewhere"},
            **({"dependencies": rows} if rows else {}),
            "customers": [
                self._row(number, key, len(members))
                for number, (key, members) in enumerate(self._groups.items(), 1)
            ],
        }

    def _row(
        self, number: int, key: tuple[tuple[int, ...], tuple[str, ...]], count: int
    ) -> dict[str, Any]:
        places, values = key
        needs = [self._topology.name(one) for one in places] or [_ELSEWHERE]
        row = _Row(count=count, prefix=f"G{number}-", on=needs)
        given = dict(value.split("=", 1) for value in values)
        return _Row(row, attributes=given) if given else row

    def _is_equipment(self, domain: int) -> bool:
        return self._topology.name(domain) in self._topology.graph

    def _attributes(self, incident: Incident) -> frozenset[str]:
        """Return the columns that were weighed: the cause's own, and those of its rivals."""
        named = [incident.domain, *(rival.domain for rival in incident.rivals)]
        found = (self._topology.domain(name) for name in named if name)
        return frozenset(
            self._topology.type_of(one)
            for one in found
            if one is not None and one != self._outside and not self._is_equipment(one)
        )

    def _around(
        self, incident: Incident, callers: set[str], spans: list[SpanRow]
    ) -> frozenset[int]:
        topology, cause = self._topology, self._cause
        names = [span.managed_object for span in spans]
        names += [rival.domain for rival in incident.rivals if rival.domain]
        near = {one for name in names if (one := topology.domain(name)) is not None}
        if 0 <= cause < self._outside:
            near |= {cause, *topology.siblings(cause)[:_MOST_SIBLINGS]}
            near |= set(topology.children(cause)[:_MOST_SIBLINGS])
            for peer in self._peers:
                near |= {peer, *topology.children(peer)[:_MOST_SIBLINGS]}
        for who in callers:
            near |= {one for one in topology.domains_of(who) or () if self._matters(one)}
        found = {one for one in near if self._is_equipment(one) and "{" not in topology.name(one)}
        for one in tuple(found):
            found |= self._topology.above(one)
        return frozenset(found)

    def _like_its_place(self) -> list[int]:
        """Return some domains of the type of the one above the cause, evenly spread."""
        topology = self._topology
        if not 0 <= self._cause < self._outside:
            return []
        place = self._near if self._near != self._outside else self._cause
        alike = topology.types[topology.type_of(place)].tolist()
        return [one for one in alike[:: math.ceil(len(alike) / _PEERS)] if one != place]

    @property
    def _near(self) -> int:
        """The smallest domain above the cause."""
        above = self._topology.parents(self._cause) if 0 <= self._cause < self._outside else ()
        return min(above, key=self._topology.sizes.__getitem__, default=self._outside)

    def _matters(self, domain: int) -> bool:
        """Return whether a caller's equipment is below the cause or, without one, is large."""
        if 0 <= self._cause < self._outside and self._is_equipment(self._cause):
            return self._is_equipment(domain) and self._cause in self._topology.above(domain)
        return int(self._topology.sizes[domain]) * 50 >= self._topology.customer_count

    def _place(self, customer: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return what a customer needs of the network here, and the attributes that count."""
        topology = self._topology
        domains = topology.domains_of(customer) or ()
        here = [one for one in domains if one in self._kept]
        above = set().union(*(self._above[one] for one in here))
        values = (
            topology.name(one)
            for one in domains
            if one not in self._kept and topology.type_of(one) in self._columns
        )
        return tuple(one for one in here if one not in above), tuple(values)

    def _others(self, callers: set[str]) -> Iterator[str]:
        """Yield lines near the cause, thinned where they are many, and some of everywhere."""
        topology = self._topology
        near = self._near
        if near == self._outside and self._cause >= 0:
            near = self._cause
        seen = set(callers)
        scopes = [(near, _NEAR), *((peer, _FAR // _PEERS) for peer in self._peers)]
        for scope, most in (*scopes, (self._outside, _FAR)):
            step = max(1, math.ceil(int(topology.sizes[scope]) / most))
            for who in islice(topology.customers_under(scope), 0, None, step):
                if who not in seen:
                    seen.add(who)
                    yield who
