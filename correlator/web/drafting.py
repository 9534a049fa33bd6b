"""From the fields of a form to an action, without its incident: each verb with its own."""

from __future__ import annotations

from correlator.model import (
    Action,
    Audience,
    External,
    ExternalState,
    Phase,
    RejectCode,
    Restore,
    Told,
    Verb,
    Wording,
)
from correlator.web.console import in_thread
from correlator.web.fields import MOST_OF_A_FIELD, Fields, WrongFieldError, whole
from correlator.web.hours import clock, typed
from correlator.web.visits import Visit
from correlator.web.words import say


async def draft_of(visit: Visit, fields: Fields, verb: Verb) -> Action:
    """Return the action that a form asks for, without its incident; raises `WrongFieldError`."""
    tickets = fields.list("tickets")
    if verb in {Verb.LINK, Verb.SPLIT, Verb.UNLINK, Verb.NOT_THIS}:
        await _check_tickets(visit, tickets)
    return Action(
        id="",
        arrived=0,
        event_id="",
        actor="",
        verb=verb,
        incident="",
        reason=fields.text("reason"),
        tickets=tickets,
        into=fields.needed("into", MOST_OF_A_FIELD) if verb is Verb.MERGE else "",
        domain=_domain(visit, fields, verb),
        text=fields.needed("text") if verb is Verb.NOTE else fields.text("text"),
        code=fields.choice("code", RejectCode) if verb is Verb.REJECT else None,
        symptom=fields.one("symptom"),
        to=fields.needed("to", MOST_OF_A_FIELD) if verb is Verb.ASSIGN else "",
        restore=_restore(visit, fields) if verb is Verb.PROMISE else None,
        wording=_wording(fields) if verb is Verb.SAY else None,
        external=_external(fields) if verb is Verb.EXTERNAL else None,
        told=_told(fields) if verb is Verb.TOLD else None,
    )


def _domain(visit: Visit, fields: Fields, verb: Verb) -> str:
    if verb not in {Verb.SCOPE, Verb.SPLIT, Verb.DECLARE}:
        return ""
    domain = fields.needed("domain", MOST_OF_A_FIELD)
    if visit.console.board.topology.scope(domain) is None:
        raise WrongFieldError("domain", say(visit.lang, "preview.unknown", what=domain))
    return domain


def _wording(fields: Fields) -> Wording:
    audience, phase = fields.choice("audience", Audience), fields.choice("phase", Phase)
    return Wording(audience, phase, fields.needed("fr"), fields.text("en"))


def _external(fields: Fields) -> External:
    state = fields.choice("state", ExternalState)
    return External(fields.needed("owner", MOST_OF_A_FIELD), fields.one("number") or "–", state)


def _told(fields: Fields) -> Told:
    n = whole(fields.one("promise")) or 0
    return Told(
        fields.needed("customer", MOST_OF_A_FIELD), fields.one("ticket"), fields.one("channel"), n
    )


def _restore(visit: Visit, fields: Fields) -> Restore:
    console, lang = visit.console, visit.lang
    text = fields.needed("restore")
    time = typed(text, console.board.now, console.zone)
    if time is None:
        raise WrongFieldError("restore", say(lang, "do.wrong_time", text=text))
    if time <= console.board.now:
        at = clock(time, console.zone)
        raise WrongFieldError("restore", say(lang, "do.past_time", at=at))
    return Restore(time, fields.one("source"), fields.one("confidence"))


async def _check_tickets(visit: Visit, tickets: tuple[str, ...]) -> None:
    """Raise `WrongFieldError` for tickets that do not exist: the engine would link any string."""
    if not tickets:
        missing = say(visit.lang, "do.missing", field=say(visit.lang, "needed.tickets"))
        raise WrongFieldError("tickets", missing)
    known = await in_thread(lambda: visit.console.reads.known_tickets(tickets))
    unknown = [ticket for ticket in tickets if ticket not in known]
    if unknown:
        ids = ", ".join(unknown[:5])
        raise WrongFieldError("tickets", say(visit.lang, "do.unknown_ticket", ids=ids))
