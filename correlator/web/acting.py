"""What people do: from a form to actions in the inbox, and what became of each.

An action waits at most two seconds for its outcome; then the page goes on, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from correlator.adapters.sql import ActionResult, Standing
from correlator.model import (
    Action,
    Millis,
    Verb,
)
from correlator.ports import ServerUnreachableError
from correlator.web.console import Console, in_thread
from correlator.web.drafting import draft_of
from correlator.web.fields import Fields, WrongFieldError, whole
from correlator.web.hours import clock
from correlator.web.pages.closing import conditions
from correlator.web.pages.journal import field_name
from correlator.web.views import OutcomeView
from correlator.web.visits import Visit
from correlator.web.who import CANCEL
from correlator.web.words import say

HOLD: Millis = 30_000
"""How long (clock, ms) what has no inverse may be taken back."""
HELD = frozenset({Verb.REJECT, Verb.MERGE, Verb.SPLIT})
INVERSE = {
    Verb.ACKNOWLEDGE: Verb.UNACKNOWLEDGE,
    Verb.UNACKNOWLEDGE: Verb.ACKNOWLEDGE,
    Verb.CONFIRM: Verb.UNCONFIRM,
    Verb.UNCONFIRM: Verb.CONFIRM,
    Verb.LINK: Verb.UNLINK,
    Verb.UNLINK: Verb.LINK,
    Verb.NOT_THIS: Verb.LINK,
    Verb.RESOLVE: Verb.REOPEN,
    Verb.CLOSE: Verb.REOPEN,
}
"""By verb: the one that takes it back."""

UNBOUND = frozenset({Verb.LINK, Verb.UNLINK, Verb.NOT_THIS, Verb.TOLD, Verb.NOTE})
"""What an agent says of a ticket has nothing to do with how the incident is handled meanwhile."""

_VERBS = frozenset(verb.value for verb in Verb) | {CANCEL}
_PATIENCE = 2.0
_LOOK_EVERY = 0.04
_MOST_AT_ONCE = 200
_MOST_OF_AN_ID = 500  # and a number behind it
_STATUS = {
    Standing.DONE: 200,
    Standing.HELD: 202,
    Standing.WAITING: 202,
    Standing.REFUSED: 409,
    Standing.STALE: 412,
    Standing.UNKNOWN: 409,
}


class Outcome(NamedTuple):
    """What became of one action, for a script: see `OutcomeView`."""

    view: OutcomeView
    undo: dict[str, object] | None = None
    field: str | None = None
    old: str | None = None
    new: str | None = None

    def plain(self) -> dict[str, object]:
        """Return it as JSON has it."""
        view = self.view
        return {
            "id": view.id,
            "action": view.action,
            "status": view.status,
            "sentence": view.sentence,
            "rev": view.rev,
            "undo": self.undo,
            "field": self.field,
            "old": self.old,
            "new": self.new,
        }


async def act(visit: Visit, fields: Fields) -> list[Outcome]:
    """Carry out what a form asks for, one action for each incident; the outcomes in their order."""
    verb = next(iter(fields.all("verb")), "")
    if verb not in _VERBS:
        return [_refused(visit, "", 422, say(visit.lang, "do.wrong_choice", text=verb[:60]))]
    if not visit.who.may(verb):
        return [_refused(visit, "", 403, say(visit.lang, "do.forbidden", what=verb))]
    try:
        if verb == CANCEL:
            return [await _cancel(visit, fields)]
        base = fields.one("action", _MOST_OF_AN_ID) or visit.console.tokens.fresh()
        at_once = fields.one("now") == "1"
        chosen = list(_chosen(visit, fields, verb))
        draft = await draft_of(visit, fields, Verb(verb))
    except WrongFieldError as error:
        return [Outcome(_view("", "", 422, error.sentence), field=error.field)]
    except ServerUnreachableError:
        return [_refused(visit, "", 503, say(visit.lang, "do.unavailable"))]
    sent = [
        _one(visit, _Target(incident, expects, f"{base}-{n}" if incident else base, at_once), draft)
        for n, (incident, expects) in enumerate(chosen)
    ]
    return list(await asyncio.gather(*sent))


class _Target(NamedTuple):
    incident: str
    expects: int | None
    action: str
    at_once: bool


def _chosen(visit: Visit, fields: Fields, verb: str) -> Iterable[tuple[str, int | None]]:
    """Yield the incidents that a form is about, each with the `rev` that its page showed."""
    if verb == Verb.DECLARE:
        yield "", None
        return
    seen: dict[str, int] = {}
    for pair in fields.each("expects"):
        incident, _, rev = pair.rpartition(":")
        if (known := whole(rev)) is not None:
            seen[incident] = known
    ids = list(dict.fromkeys(fields.each("ids") or seen))[:_MOST_AT_ONCE]
    if not ids:
        raise WrongFieldError("ids", say(visit.lang, "do.no_incident"))
    for incident in ids:
        yield incident, seen.get(incident)


async def _one(visit: Visit, target: _Target, draft: Action) -> Outcome:
    """Send one action, and wait for what becomes of it."""
    console = visit.console
    actor = visit.who.actor
    now = console.clock()
    held = _held_already(console, target.incident, draft.verb)
    if held and target.at_once:
        await in_thread(lambda: console.writes.hasten(held))
        return await _awaited(visit, held, target, draft)
    unmet = _unmet(visit, target.incident, draft)
    if unmet:
        sentence = say(visit.lang, "do.unmet", n=unmet)
        view = _view(target.incident, target.action, 422, sentence)
        return Outcome(view, field="reason")
    action = _for(draft, target, actor)
    not_before = now + HOLD if draft.verb in HELD and not target.at_once else 0
    try:
        sent = await in_thread(lambda: console.writes.send(action, now, not_before))
    except ServerUnreachableError:
        return _refused(visit, target.incident, 503, say(visit.lang, "do.unavailable"))
    if sent.standing is Standing.HELD:
        return _held(visit, target, draft, sent, now)
    return await _awaited(visit, target.action, target, draft)


def _unmet(visit: Visit, incident: str, draft: Action) -> int:
    """Return how many conditions for closing are not met, where nobody says why to close anyway."""
    entry = visit.console.board.get(incident)
    if draft.verb is not Verb.CLOSE or draft.reason or entry is None:
        return 0
    found = conditions(entry, visit.console.board.now, visit.lang)
    return sum(not condition.met for condition in found)


def _for(draft: Action, target: _Target, actor: str) -> Action:
    bound = draft.verb not in UNBOUND
    return msgspec.structs.replace(
        draft,
        id=target.action,
        event_id=target.action,
        actor=actor,
        incident=target.incident,
        expects=target.expects if bound else None,
    )


def _held_already(console: Console, incident: str, verb: Verb) -> str:
    """Return the action that is held for this incident already, or ""."""
    return next(
        (row.id for row in console.board.held if (row.incident, row.verb) == (incident, verb)), ""
    )


async def _awaited(visit: Visit, action: str, target: _Target, draft: Action) -> Outcome:
    """Return the outcome of an action, or that it waits still."""
    console = visit.console
    result = ActionResult(Standing.WAITING)
    now = asyncio.get_running_loop().time
    until = now() + _PATIENCE
    while result.standing in {Standing.WAITING, Standing.HELD} and now() < until:
        await asyncio.sleep(_LOOK_EVERY)
        try:
            result = await in_thread(lambda: console.writes.standing(action, console.clock()))
        except ServerUnreachableError:
            break
    return await _told(visit, action, target, draft, result)


async def _told(
    visit: Visit, action: str, target: _Target, draft: Action, result: ActionResult
) -> Outcome:
    lang, what = visit.lang, say(visit.lang, f"verb.{draft.verb}")
    incident = result.incident or target.incident
    status = _STATUS[result.standing]
    if result.standing is Standing.DONE:
        sentence = say(lang, "do.done", what=what)
        undo = _undo(draft)
        view = _view(incident, action, status, sentence, result.rev)
        named = str(undo["verb"]) if undo is not None else ""
        return Outcome(_with_undo(view, named), undo)
    if result.standing is Standing.STALE:
        return await _stale(visit, action, target, result)
    if status == 202:
        return Outcome(_view(incident, action, 202, say(lang, "do.waiting", what=what)))
    sentence = say(lang, "do.refused", why=result.error or what)
    return Outcome(_view(incident, action, status, sentence, result.rev))


def _undo(draft: Action) -> dict[str, object] | None:
    inverse = INVERSE.get(draft.verb)
    if inverse is None:
        return None
    undo: dict[str, object] = {"verb": inverse.value}
    if draft.tickets:
        undo["tickets"] = " ".join(draft.tickets)
    return undo


def _with_undo(view: OutcomeView, verb: str) -> OutcomeView:
    return msgspec.structs.replace(view, undo=verb)


def _held(visit: Visit, target: _Target, draft: Action, sent: ActionResult, now: Millis) -> Outcome:
    what = say(visit.lang, f"verb.{draft.verb}")
    left = max(0, sent.until - now) // 1000
    view = OutcomeView(
        id=target.incident,
        action=target.action,
        status=202,
        sentence=say(visit.lang, "do.held", what=what, left=left),
        rev=target.expects or 0,
        held=target.action,
        until=sent.until,
    )
    return Outcome(view, {"held": target.action, "until": sent.until})


async def _stale(visit: Visit, action: str, target: _Target, result: ActionResult) -> Outcome:
    """Tell who changed the incident meanwhile, what, and from what to what."""
    console, lang = visit.console, visit.lang
    reads, incident = console.reads, target.incident
    found = await in_thread(lambda: reads.journal("incident", incident, None, 1))
    if not found:
        return Outcome(_view(target.incident, action, 412, result.error, result.rev))
    change = found[0][1]
    key = "do.stale_by_system" if change.actor == "correlator" else "do.stale"
    at = clock(change.time, console.zone)
    sentence = say(lang, key, actor=change.actor, at=at, field=field_name(change.field, lang))
    view = _view(target.incident, action, 412, sentence, result.rev)
    return Outcome(view, old=change.old or None, new=change.new or None)


async def _cancel(visit: Visit, fields: Fields) -> Outcome:
    """Take an action back that is held."""
    console, lang = visit.console, visit.lang
    held, incident = fields.one("held"), fields.one("ids")
    try:
        taken = await in_thread(lambda: console.writes.take_back(held, console.clock()))
    except ServerUnreachableError:
        return _refused(visit, incident, 503, say(lang, "do.unavailable"))
    if taken is None:
        return _refused(visit, incident, 409, say(lang, "do.too_late"))
    incident, what = taken[0], say(lang, f"verb.{taken[1]}")
    return Outcome(_view(incident, held, 200, say(lang, "do.taken_back", what=what)))


def _refused(visit: Visit, incident: str, status: int, sentence: str) -> Outcome:
    entry = visit.console.board.get(incident)
    rev = entry.incident.rev if entry is not None else 0
    return Outcome(_view(incident, "", status, sentence, rev))


def _view(incident: str, action: str, status: int, sentence: str, rev: int = 0) -> OutcomeView:
    return OutcomeView(incident, action, status, sentence, rev)
