"""The tickets of an incident and its journal, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from correlator.adapters.sql import ConsoleReads, LinkedTicket
from correlator.formats.wording import Language, reason_prose
from correlator.model import CORRELATOR
from correlator.web.pages.journal import change_view
from correlator.web.paging import place_of
from correlator.web.views import PageOf, TicketView

PAGE = 50


def tickets_page(
    reads: ConsoleReads, incident: str, after: str, lang: Language, *, customers: bool
) -> PageOf:
    """Return fifty tickets, those linked first; blocks. `after`: as the page before said.

    `customers`: whether their ids and words may be shown.
    """
    state, _, place = after.partition("~")
    states = ("linked", "suggested") if state != "suggested" else ("suggested",)
    found: list[LinkedTicket] = []
    for one in states:
        key = place_of(place) if one == state else None
        found += reads.linked(incident, one, key, PAGE + 1 - len(found))
        if len(found) > PAGE:
            break
    shown = found[:PAGE]
    last = shown[-1].link if shown else None
    more = f"{last.state.value}~{last.time}~{last.ticket}" if last and len(found) > PAGE else ""
    views = tuple(_ticket(one, lang, customers=customers) for one in shown)
    return PageOf(tickets=views, after=more)


def _ticket(one: LinkedTicket, lang: Language, *, customers: bool) -> TicketView:
    link, kept = one.link, one.ticket
    ticket = None if kept is None else kept.ticket
    return TicketView(
        id=link.ticket,
        state=link.state.value,
        probability=link.probability,
        why=reason_prose(link.reason, lang),
        customer=(ticket.customer or "") if ticket is not None and customers else "",
        text=ticket.text if ticket is not None and customers else "",
        symptom=kept.symptom if kept is not None else "",
        occurred=ticket.occurred if ticket is not None else link.time,
        answer=one.answer,
        by_person=link.actor != CORRELATOR,
    )


def journal_page(
    reads: ConsoleReads, incident: str, asked: Mapping[str, str], lang: Language, zone: ZoneInfo
) -> PageOf:
    """Return fifty rows of the journal, newest first; blocks. `asked`: `after`, and `par` whom."""
    after, actor = asked.get("after", ""), asked.get("par", "")[:60]
    before = int(after) if after.isdigit() else None
    found = reads.journal("incident", incident, before, PAGE + 1, actor)
    shown = found[:PAGE]
    more = str(shown[-1][0]) if len(found) > PAGE else ""
    return PageOf(changes=tuple(change_view(change, lang, zone) for _, change in shown), after=more)
