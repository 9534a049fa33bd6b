"""What people do that is no action on an incident: reading the flash, handing a shift over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from correlator.formats.times import to_rfc3339
from correlator.web.acting import Outcome
from correlator.web.console import in_thread
from correlator.web.fields import Fields, WrongFieldError, whole
from correlator.web.pages.flash import key_of, texts_of
from correlator.web.pages.handover import handover_view, shift
from correlator.web.pages.reported import RESOURCE
from correlator.web.tmf.problems import changed_body
from correlator.web.views import OutcomeView
from correlator.web.visits import Visit
from correlator.web.words import say

_VIEW_NAME = 60


class ReportedStatus(StrEnum):
    """What somebody makes of what is reported."""

    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


async def read_flash(visit: Visit, _fields: Fields) -> list[Outcome]:
    """Record that somebody has read the texts in force."""
    console, actor = visit.console, visit.who.actor
    if not visit.who.may("read-flash"):
        return [_outcome(403, say(visit.lang, "do.forbidden", what="read"))]
    keys = [key_of(entry, text) for entry, text in texts_of(console)]
    now = console.clock()
    for key in keys:
        await in_thread(lambda key=key: console.writes.read_flash(key, actor, now))  # type: ignore[misc]
    return [_outcome(200, say(visit.lang, "do.read"))]


async def hand_over(visit: Visit, fields: Fields) -> list[Outcome]:
    """Save the notes of a shift, or sign its hand-over, which freezes it."""
    console, lang, actor = visit.console, visit.lang, visit.who.actor
    if not visit.who.may("handover"):
        return [_outcome(403, say(lang, "do.forbidden", what="handover"))]
    try:
        notes, sign = fields.text("notes"), fields.one("sign") == "1"
    except WrongFieldError as error:
        return [Outcome(OutcomeView("", "", 422, error.sentence), field=error.field)]
    found = await in_thread(lambda: shift(console.reads, console.board.now))
    signed = console.board.now if sign else None
    view = handover_view(console, found._replace(notes=notes), actor, lang)
    frozen = msgspec.structs.replace(view, signed=signed)
    row: dict[str, object] = {
        "begins": view.begin,
        "ends": view.end,
        "outgoing": view.outgoing,
        "incoming": actor if sign else "",
        "notes": notes,
        "body": msgspec.json.encode(frozen).decode() if sign else "",
        "signed": signed or 0,
    }
    await in_thread(lambda: console.writes.keep_handover(row))
    return [_outcome(200, say(lang, "do.signed" if sign else "do.saved"))]


async def save_view(visit: Visit, fields: Fields) -> list[Outcome]:
    """Save the filters of a queue under a name."""
    console, actor = visit.console, visit.who.actor
    try:
        name, query = fields.needed("name")[:_VIEW_NAME], fields.text("query")
    except WrongFieldError as error:
        return [Outcome(OutcomeView("", "", 422, error.sentence), field=error.field)]
    now = console.clock()
    await in_thread(lambda: console.writes.save_view(actor, name, query, now))
    return [_outcome(200, say(visit.lang, "do.saved"))]


async def take_up(visit: Visit, fields: Fields) -> list[Outcome]:
    """Change the status of what another system reports."""
    console, lang = visit.console, visit.lang
    if not visit.who.may("declare"):
        return [_outcome(403, say(lang, "do.forbidden", what="reported"))]
    try:
        key, rev = fields.needed("id"), whole(fields.one("rev"))
        status = fields.choice("status", ReportedStatus)
    except WrongFieldError as error:
        return [Outcome(OutcomeView("", "", 422, error.sentence), field=error.field)]
    kept = await in_thread(lambda: console.documents.one(RESOURCE, key))
    now = console.clock()
    if kept is None or kept.incident or kept.rev != rev:
        return [_outcome(412, say(lang, "do.moved", id=key))]
    actor = visit.who.actor
    body = changed_body(kept.body, {"status": status.value}, to_rfc3339(now), actor)
    changed = kept._replace(body=body, changed=now)
    done = await in_thread(lambda: console.documents.change(changed))
    return [
        _outcome(200, say(lang, "do.saved"))
        if done
        else _outcome(412, say(lang, "do.moved", id=key))
    ]


def _outcome(status: int, sentence: str) -> Outcome:
    return Outcome(OutcomeView("", "", status, sentence))


OWN: dict[str, Callable[[Visit, Fields], Awaitable[list[Outcome]]]] = {
    "read": read_flash,
    "handover": hand_over,
    "save-view": save_view,
    "reported": take_up,
}
"""By verb: what is carried out here, without the engine."""
