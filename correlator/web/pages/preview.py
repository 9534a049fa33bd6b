"""What a scope, a merge, a split or a link would move, counted before it is done."""

from __future__ import annotations

from collections.abc import Mapping

from correlator.adapters.sql import ConsoleReads
from correlator.formats.wording import Language
from correlator.model import Ticket
from correlator.web.console import Console, in_thread
from correlator.web.words import say
from topology import Scope, Topology

_MOST = 5_000


async def preview_of(console: Console, asked: Mapping[str, str], lang: Language) -> str:
    """Return the sentence that says what an action would do."""
    verb, keys = asked.get("verb", ""), asked.get("incident", "").split(",")
    key = keys[0]
    if verb == "link":
        return await _link(console, asked.get("tickets", ""), lang)
    if verb == "merge":
        return _merge(console, keys, asked.get("into", ""), lang)
    entry = console.board.get(key)
    if entry is None:
        return say(lang, "preview.unknown", what=key)
    scope = console.board.topology.scope(asked.get("domain", ""))
    if scope is None:
        return say(lang, "preview.unknown", what=asked.get("domain", ""))
    topology = console.board.topology
    lines = topology.lines(scope)
    if verb == "split":
        moved = len(asked.get("tickets", "").replace(",", " ").split())
        stay = max(0, entry.incident.linked - moved)
        name = asked["domain"]
        return say(lang, "preview.split", moved=moved, domain=name, lines=lines, stay=stay)
    stay, leave = await in_thread(lambda: _inside(console.reads, topology, key, scope))
    before = entry.incident.customers
    return say(lang, "preview.scope", lines=lines, before=before, stay=stay, leave=leave)


def _inside(
    reads: ConsoleReads, topology: Topology, incident: str, scope: Scope
) -> tuple[int, int]:
    """Count the linked tickets of customers in a scope, and of others."""
    stay = leave = 0
    for one in reads.linked(incident, "linked", None, _MOST):
        told = None if one.ticket is None else one.ticket.ticket
        if told is not None and scope.holds(_domains_of(topology, told)):
            stay += 1
        else:
            leave += 1
    return stay, leave


def _domains_of(topology: Topology, ticket: Ticket) -> tuple[int, ...]:
    """Return the domains of who called; of somebody unknown, those of the place that is named."""
    known = topology.domains_of(ticket.customer or "")
    return topology.domains_at(ticket.place) if known is None else known


def _merge(console: Console, keys: list[str], into: str, lang: Language) -> str:
    """Count what follows from one incident, or from all that were chosen in the queue."""
    entries = [console.board.get(key) for key in keys]
    found = [entry.incident for entry in entries if entry is not None]
    if len(found) < len(keys):
        return say(lang, "preview.unknown", what=", ".join(keys))
    if console.board.get(into) is None or into in keys:
        return say(lang, "preview.unknown", what=into)
    tickets = sum(incident.linked for incident in found)
    return say(lang, "preview.merge", tickets=tickets, into=into, id=", ".join(keys))


async def _link(console: Console, text: str, lang: Language) -> str:
    tickets = text.replace(",", " ").split()[:500]
    known = await in_thread(lambda: console.reads.known_tickets(tickets))
    unknown = [ticket for ticket in tickets if ticket not in known]
    if unknown:
        return say(lang, "preview.unknown", what=", ".join(unknown[:5]))
    return say(lang, "preview.link", n=len(known))
