"""What systems do: an action each for some incidents, once however often it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from correlator.adapters.sql import Standing
from correlator.web.acting import UNBOUND, Outcome, act
from correlator.web.api.bodies import is_ours
from correlator.web.api.conditions import request_key, rev_of
from correlator.web.api.models import (
    ActionOutcome,
    ActionOutcomes,
    ActionRequest,
    ActionStanding,
    Target,
    answered,
)
from correlator.web.console import in_thread
from correlator.web.fields import Fields, read_body
from correlator.web.responses import CODES, problem
from correlator.web.visits import visit
from correlator.web.words import say

if TYPE_CHECKING:
    from starlette.requests import Request

    from correlator.web.visits import Visit

_SEVERAL = 207
_FREE = frozenset(verb.value for verb in UNBOUND)
_IF_MATCH = (
    "If-Match: the ETag of the one incident, whose `rev` is that or not given; not with "
    + ", ".join(sorted(_FREE))
)


async def do(request: Request) -> Response:
    """Carry out an action for each incident."""
    here = visit(request)
    if not is_ours(request):
        return problem(403, "forbidden", say(here.lang, "page.forbidden"))
    body = await read_body(request)
    if body is None:
        return problem(413, "too-large", say(here.lang, "do.too_large"))
    try:
        asked, key = _asked(request, body), request_key(here, "")
    except (ValueError, RecursionError) as error:
        return problem(422, "invalid", str(error))
    outcomes = await act(here, _fields(here, asked, key))
    for one in outcomes:
        became, now = str(one.view.status), here.console.clock()
        here.console.audit.note(here.who, now, asked.verb[:60], one.view.id, became)
    found = [_outcome(one) for one in outcomes]
    statuses = {one.status for one in found}
    status = statuses.pop() if len(statuses) == 1 else _SEVERAL
    if status >= 400 and len(found) == 1:
        return problem(status, CODES.get(status, "refused"), found[0].sentence)
    return answered(ActionOutcomes(outcomes=found), status)


def _asked(request: Request, body: bytes) -> ActionRequest:
    """Return what is asked for; raises ValueError, with a sentence, where nobody can say what."""
    asked = msgspec.json.decode(body, type=ActionRequest)
    seen = request.headers.get("if-match", "").strip()
    if not seen:
        return asked
    matched = _matched(asked, seen)
    if matched is None:
        raise ValueError(_IF_MATCH)
    return matched


def _matched(asked: ActionRequest, seen: str) -> ActionRequest | None:
    """Return a request with the `rev` of an ETag; None where there is no way to ask for that."""
    if seen == "*":
        return asked
    rev = rev_of(seen)
    if rev is None or len(asked.incidents) != 1 or asked.verb in _FREE:
        return None
    (one,) = asked.incidents
    if one.rev not in {None, rev}:
        return None
    return msgspec.structs.replace(asked, incidents=[Target(one.id, rev)])


def _fields(here: Visit, asked: ActionRequest, key: str) -> Fields:
    """Return a request as the fields of a form; `key` makes a repeat the same action."""
    values = {name: [value] for name, value in asked.fields.items()}
    values["verb"] = [asked.verb]
    values["ids"] = [one.id for one in asked.incidents]
    values["expects"] = [f"{one.id}:{one.rev}" for one in asked.incidents if one.rev is not None]
    values["now"] = ["1"] if asked.now else []
    values["action"] = [key] if key else []
    return Fields(values, here.lang)


def _outcome(one: Outcome) -> ActionOutcome:
    view = one.view
    return ActionOutcome(
        incident_id=view.id or None,
        action=view.action,
        status=view.status,
        sentence=view.sentence,
        rev=view.rev,
        field=one.field,
    )


async def standing(request: Request) -> Response:
    """What became of an action."""
    here = visit(request)
    key = request.path_params["id"]
    console = here.console
    found = await in_thread(lambda: console.writes.standing(key, console.clock()))
    if found.standing is Standing.UNKNOWN:
        return problem(404, "not-found", key)
    body = ActionStanding(
        id=key,
        standing=found.standing.value,
        error=found.error or None,
        incident_id=found.incident or None,
        rev=found.rev,
    )
    return answered(body)
