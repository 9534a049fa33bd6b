"""The page of an agent: whether it is us, and what to tell the customer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from correlator.adapters.sql import ConsoleReads, ToldRow
from correlator.formats.wording import Language, number
from correlator.model import (
    Answer,
    Audience,
    Link,
    LinkState,
    State,
    TicketKept,
    Verdict,
)
from correlator.web.answers import Found
from correlator.web.board import Entry
from correlator.web.console import Console
from correlator.web.hours import clock
from correlator.web.pages.rows import promise_of, title_of
from correlator.web.views import AgentView, ChangeView
from correlator.web.words import say

_TOLD = 5
_LINE = 40


class Known(NamedTuple):
    """What the store knows of a ticket and a customer."""

    ticket: TicketKept | None = None
    verdict: Verdict | None = None
    links: tuple[Link, ...] = ()
    told: tuple[ToldRow, ...] = ()


class Asked(NamedTuple):
    """What an agent asks: a ticket or a customer, perhaps both, perhaps a symptom."""

    key: str
    customer: str
    symptom: str


def known(reads: ConsoleReads, asked: Asked, *, is_customer: bool) -> Known:
    """Read what the store knows; blocks. A customer alone needs no ticket looked for."""
    found = None if is_customer else reads.ticket(asked.key)
    ticket, verdict, links = found if found is not None else (None, None, [])
    customer = asked.customer or (ticket.ticket.customer if ticket is not None else "") or ""
    if not customer and is_customer:
        customer = asked.key
    told = reads.told(customer, _TOLD) if customer else []
    return Known(ticket, verdict, tuple(links), tuple(told))


def agent_view(console: Console, asked: Asked, found: Known, lang: Language) -> AgentView:
    """Return the answer. A link wins over what the board alone would say."""
    board = console.board
    ticket = found.ticket
    is_ticket = ticket is not None
    customer = asked.customer or (ticket.ticket.customer if ticket is not None else "") or ""
    if not is_ticket and not customer:
        customer = asked.key
    symptom = asked.symptom or (ticket.symptom if ticket is not None else "")
    linked = _linked_entry(console, found.links)
    answer = console.answerer.answer(customer, symptom, board.now)
    if linked is not None and linked[0].explains:
        answer = answer._replace(word=_word_of(linked[0]), entry=linked[0])
    if answer.entry is not None and answer.entry.held is not None and answer.word is Answer.YES:
        answer = answer._replace(word=Answer.PROBABLE)
    if console.blind and answer.word is Answer.NO:
        answer = answer._replace(word=Answer.UNKNOWN)
    incident = answer.entry.incident if answer.entry is not None else None
    because = _because(answer, console, asked, found, lang)
    if linked is not None:
        because += " · " + say(lang, "ans.linked", at=clock(linked[1].time, console.zone))
    return AgentView(
        key=asked.key,
        ticket=asked.key if is_ticket or asked.customer else "",
        customer=customer if board.topology.domains_of(customer) is not None else "",
        word=answer.word,
        say=_say(answer, console, lang),
        because=because,
        avoid=_avoid(answer.word, lang),
        next=_next(answer.word, lang),
        symptom=symptom or (incident.symptom if incident is not None else ""),
        symptoms=_symptoms(console, symptom or (incident.symptom if incident else ""), lang),
        assumed=not symptom,
        at=board.now,
        incident=incident.id if incident is not None else "",
        title=title_of(incident, lang) if incident is not None else "",
        rev=incident.rev if incident is not None else 0,
        since=incident.onset if incident is not None else None,
        promise=promise_of(incident, board.now) if incident is not None else None,
        told=tuple(_told(row, lang) for row in found.told),
        earlier=found.verdict.answer if found.verdict is not None else None,
        earlier_at=found.verdict.time if found.verdict is not None else None,
        linked=linked is not None,
        procedure=incident.procedure if incident is not None else "",
        waiting=bool(asked.customer) and not is_ticket,
        near=_near(console, asked, found),
    )


def _linked_entry(console: Console, links: Iterable[Link]) -> tuple[Entry, Link] | None:
    """Return the incident that a ticket is linked to now, the latest of several."""
    for link in reversed(tuple(links)):
        entry = console.board.get(link.incident)
        if link.state is LinkState.LINKED and entry is not None:
            return entry, link
    return None


def _word_of(entry: Entry) -> Answer:
    return Answer.RESTORED if entry.incident.state is State.RESOLVED else Answer.YES


# ---------------------------------------------------------------------------------- sentences


def _say(answer: Found, console: Console, lang: Language) -> str:
    """Return what to say: an approved text, else what the rule says, or what holds the line."""
    zone = console.zone
    if answer.word is Answer.MAINTENANCE and answer.works is not None:
        return say(lang, "ans.say.works", until=clock(answer.works.end, zone))
    if answer.entry is None or answer.word in {Answer.NO, Answer.UNKNOWN}:
        return ""
    approved = _approved(answer.entry, lang)
    if answer.word is Answer.PROBABLE or answer.entry.held is not None:
        return say(lang, "ans.say.hold")
    if approved:
        return approved
    if answer.word is Answer.RESTORED:
        return say(lang, "ans.say.restored")
    incident = answer.entry.incident
    return incident.message or incident.wordings.get(lang, "")


def _approved(entry: Entry, lang: Language) -> str:
    text = entry.texts.get(Audience.AGENT) or entry.texts.get(Audience.N1)
    if text is None:
        return ""
    return text.wording.en or text.wording.fr if lang == "en" else text.wording.fr


def _because(answer: Found, console: Console, asked: Asked, found: Known, lang: Language) -> str:
    if answer.word in {Answer.YES, Answer.PROBABLE, Answer.RESTORED}:
        return _because_of(answer, console, lang)
    if answer.word is Answer.MAINTENANCE and answer.works is not None:
        begin, end = clock(answer.works.start, console.zone), clock(answer.works.end, console.zone)
        return say(lang, "ans.works", id=answer.works.id, at=begin, until=end)
    if answer.word is Answer.NO:
        return _because_no(answer, lang)
    return _because_unknown(answer, console, asked, found, lang)


def _because_unknown(
    answer: Found, console: Console, asked: Asked, found: Known, lang: Language
) -> str:
    if answer.silent:
        return say(lang, f"ans.silent.{answer.silent}")
    if console.inventories.differs:
        return say(lang, "ans.changing")
    if console.blind and answer.paths:
        return say(lang, "ans.stopped")
    if found.ticket is not None and not found.ticket.ticket.customer:
        return say(lang, "ans.no_customer")
    if found.ticket is not None or asked.customer:
        return say(lang, "ans.unknown_customer")
    return say(lang, "ans.unknown_key", key=asked.key)


def _because_of(answer: Found, console: Console, lang: Language) -> str:
    entry = answer.entry
    if entry is None:
        return ""
    incident = entry.incident
    cause = incident.domain or say(lang, "ans.outside")
    if answer.word is Answer.RESTORED:
        at = clock(incident.resolved or incident.changed, console.zone)
        return say(lang, "ans.restored", cause=cause, at=at)
    if incident.state is State.CANDIDATE:
        return say(lang, "ans.candidate", cause=cause)
    figures = entry.figures
    observed = figures.observed if figures is not None else incident.observed
    expected = figures.expected if figures is not None else incident.expected
    return say(
        lang,
        "ans.yes",
        cause=cause,
        n=observed,
        at=clock(incident.onset, console.zone),
        expected=number(float(f"{expected:.2g}"), lang),
    )


def _because_no(answer: Found, lang: Language) -> str:
    if answer.near is None:
        return say(lang, "ans.no", n=answer.paths)
    incident = answer.near.incident
    cause = incident.domain or say(lang, "ans.outside")
    key = "ans.no_symptom" if answer.near_on_path else "ans.no_near"
    return say(lang, key, n=answer.paths, cause=cause)


def _avoid(word: Answer, lang: Language) -> str:
    if word in {Answer.YES, Answer.MAINTENANCE}:
        return say(lang, "ans.avoid.yes")
    return say(lang, "ans.avoid.wait") if word is Answer.PROBABLE else ""


def _next(word: Answer, lang: Language) -> str:
    if word in {Answer.NO, Answer.UNKNOWN}:
        return say(lang, "ans.next.no")
    return say(lang, "ans.next.restored") if word is Answer.RESTORED else ""


def _symptoms(console: Console, first: str, lang: Language) -> tuple[tuple[str, str], ...]:
    """Return the catalog's symptoms, the assumed one first."""
    named = {s.id: getattr(s.name, lang) for s in console.catalog.symptoms}
    faults = {s.id: s.fault for s in console.catalog.symptoms}
    order = sorted(named, key=lambda symptom: (symptom != first, not faults[symptom]))
    return tuple((symptom, named[symptom]) for symptom in order)


def _told(row: ToldRow, lang: Language) -> ChangeView:
    what = f"n° {row.promise}" if row.promise else say(lang, "ans.told.none")
    return ChangeView(row.at, row.by, "told", "", what)


def _near(console: Console, asked: Asked, found: Known) -> tuple[str, ...]:
    """Return spellings like an unknown id: other capitals, or without what is around it."""
    if found.ticket is not None or asked.customer:
        return ()
    tried = {asked.key.upper(), asked.key.strip().upper(), asked.key.lower()} - {asked.key}
    known_ = console.board.topology.domains_of
    return tuple(sorted(one for one in tried if known_(one) is not None))[:_LINE]
