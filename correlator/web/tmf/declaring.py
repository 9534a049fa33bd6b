"""Service problems that are reported, changed, acknowledged and grouped by other systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING

from starlette.responses import Response

from correlator.adapters.sql import Document, TakenError
from correlator.formats.times import to_rfc3339
from correlator.model import RejectCode, Verb
from correlator.web.acting import Outcome, act
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.fields import Fields
from correlator.web.responses import CODES, problem
from correlator.web.tmf.bodies import check, check_size, merged, patch_of, posted
from correlator.web.tmf.collections import (
    Resource,
    StaleError,
    base_of,
    check_rev,
    expected_rev,
    key_of,
    writing,
)
from correlator.web.tmf.problems import (
    NAME,
    OURS,
    Problems,
    changed_body,
    reported,
    root_causes,
)
from correlator.web.tmf.shapes import ServiceProblemCreate, ServiceProblemPatch

if TYPE_CHECKING:
    from starlette.requests import Request

    from correlator.model import Incident, Millis
    from correlator.web.visits import Visit

FIXED = ("id", "href", "@type", "@baseType", "creationDate", "timeRaised", "trackingRecord")
"""Attributes that are not for a patch to change."""
VERBS: Mapping[str, Verb] = {
    "acknowledged": Verb.ACKNOWLEDGE,
    "inProgress": Verb.ACKNOWLEDGE,
    "resolved": Verb.RESOLVE,
    "closed": Verb.CLOSE,
    "rejected": Verb.REJECT,
}
"""By the status that a patch asks for: what is done to the incident."""
_ASKED = frozenset({"status", "statusChangeReason", "note"})
_PROBLEMS = Problems()


# ---------------------------------------------------------------------------------- reporting


async def _report(request: Request, here: Visit) -> Response:
    """Take in a problem; on a resource of the inventory it becomes an incident."""
    body = await posted(request, ServiceProblemCreate)
    console, now = here.console, here.console.clock()
    base, key = base_of(request), key_of(here, NAME)
    if key and (before := await in_thread(lambda: console.documents.replay(key))) is not None:
        return await _one(here, base, before.incident or before.id, 201)
    domain = "+".join(sorted(set(root_causes(body))))
    by = here.who.token or here.who.actor
    made = reported(body, _new_key(now), to_rfc3339(now), here.who.actor)
    document = Document(NAME, made["id"], 1, now, now, by, "", made)
    if domain:
        if console.board.topology.scope(domain) is None:
            return problem(422, "invalid", f"rootCauseResource: no failure domain {domain[:200]}")
        outcome = await _declared(here, body, domain, key)
        if outcome.view.status != 200:
            return refusal(outcome)
        document = document._replace(id=outcome.view.id, incident=outcome.view.id)
    try:
        kept = await in_thread(lambda: console.documents.post(document, request=key))
    except TakenError:
        return problem(409, "refused", f"{document.id}: there is one already, to be patched")
    console.audit.note(here.who, now, f"post {NAME}", kept.id, "201")
    return await _one(here, base, kept.incident or kept.id, 201)


def _new_key(now: Millis) -> str:
    day = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%d")
    return f"SP-{day}-{token_hex(4)}"


async def _declared(here: Visit, body: Resource, domain: str, key: str) -> Outcome:
    symptoms = {one.id for one in here.console.catalog.symptoms}
    symptom = body["category"] if body["category"] in symptoms else ""
    fields = {"domain": domain, "symptom": symptom, "text": body["description"][:2_000]}
    return await done(here, Verb.DECLARE, {}, key, **fields)


async def done(
    here: Visit, verb: Verb, incidents: Mapping[str, int | None], key: str = "", **fields: str
) -> Outcome:
    """Carry out one action; what has no inverse is not held, since nobody sees a button here."""
    values: dict[str, Sequence[str]] = {name: [value] for name, value in fields.items()}
    values |= {"verb": [verb.value], "now": ["1"], "ids": list(incidents), "action": [key]}
    known = [f"{one}:{rev}" for one, rev in incidents.items() if rev is not None]
    outcomes = await act(here, Fields(values | {"expects": known}, here.lang))
    console = here.console
    for one in outcomes:
        now, status = console.clock(), str(one.view.status)
        console.audit.note(here.who, now, verb.value, one.view.id, status)
    return outcomes[0]


def refusal(outcome: Outcome) -> Response:
    """Return what became of an action that was not carried out (yet)."""
    view = outcome.view
    if view.status == 202:
        place = {"Location": f"/api/v1/actions/{view.action}"}
        return answered({"id": view.action, "sentence": view.sentence}, 202, place)
    return problem(view.status, CODES.get(view.status, "refused"), view.sentence)


async def _one(here: Visit, base: str, key: str, status: int) -> Response:
    """Return a problem as it stands."""
    found = await in_thread(lambda: _PROBLEMS.find(here.console, base, key))
    if found is None:
        return problem(404, "not-found", key)
    place = {"Location": found.body["href"]} if status == 201 else {}
    return answered(found.body, status, {"ETag": found.tag, **place})


# ----------------------------------------------------------------------------------- changing


async def _patch(request: Request, here: Visit) -> Response:
    """Change a problem: of an incident its status, notes, and what the engine does not say."""
    change = await patch_of(request)
    check(change, ServiceProblemPatch)
    console, key = here.console, request.path_params["id"]
    if fixed := next((one for one in FIXED if one in change), None):
        return problem(400, "invalid", f"{fixed} is not for a patch to change")
    incident = await in_thread(lambda: console.reads.incident(key))
    if incident is not None and incident.announced is not None:
        refusal = await _patch_incident(here, incident, change)
    else:
        refusal = await _patch_reported(here, key, change)
    return refusal or await _one(here, base_of(request), key, 200)


async def _patch_incident(here: Visit, incident: Incident, change: Resource) -> Response | None:
    """Return why it was not changed, or None."""
    if said := next((one for one in change if one in OURS - _ASKED), None):
        return problem(409, "refused", f"{said} of an incident is the engine's to say")
    status = change.get("status")
    if status is not None and status not in VERBS:
        return problem(409, "refused", f"status: one of {', '.join(VERBS)}")
    expects = expected_rev(here)
    if expects not in {None, incident.rev}:
        raise StaleError(f"it is at rev {incident.rev}")
    rest = {name: value for name, value in change.items() if name not in _ASKED}
    if rest and (wrong := await _keep_beside(here, incident.id, rest)):
        return wrong
    for note in change.get("note") or ():
        if text := str(note.get("text") or ""):
            outcome = await done(here, Verb.NOTE, {incident.id: None}, text=text)
            if outcome.view.status not in {200, 202}:
                return refusal(outcome)
    if status is not None:
        verb = VERBS[status]
        reason = change.get("statusChangeReason") or ""
        code = {"code": _code(reason)} if verb is Verb.REJECT else {}
        outcome = await done(here, verb, {incident.id: expects}, reason=reason, **code)
        if outcome.view.status != 200:
            return refusal(outcome)
    return None


def _code(reason: str) -> str:
    """Return the code of a rejection, where the reason begins with one: `duplicate: …`."""
    word = reason.partition(":")[0].strip()
    return word if word in {code.value for code in RejectCode} else RejectCode.COINCIDENCE.value


async def _keep_beside(here: Visit, incident: str, rest: Resource) -> Response | None:
    """Keep what other systems add to an incident: their numbers, their parties."""
    documents, now = here.console.documents, here.console.clock()
    by = here.who.token or here.who.actor
    for _ in range(3):
        found = await in_thread(lambda: documents.of_incidents([incident]))
        kept = found.get(incident)
        body = merged({} if kept is None else kept.body, rest)
        check_size(body)
        if kept is None:
            fresh = Document(NAME, incident, 1, now, now, by, incident, body)
            try:
                await in_thread(lambda: documents.post(fresh))  # noqa: B023 - awaited
            except TakenError:
                continue
            return None
        changed = kept._replace(body=body, changed=now)
        if await in_thread(lambda: documents.change(changed)):  # noqa: B023 - awaited
            return None
    return problem(409, "refused", f"{incident}: changed by somebody else")


async def _patch_reported(here: Visit, key: str, change: Resource) -> Response | None:
    """Change a problem that is only reported; return why it was not changed, or None."""
    console = here.console
    for _ in range(3):
        kept = await in_thread(lambda: console.documents.one(NAME, key))
        if kept is None or kept.incident:
            return problem(404, "not-found", key)
        check_rev(here, kept.rev)
        now = console.clock()
        body = changed_body(kept.body, change, to_rfc3339(now), here.who.actor)
        check(body, ServiceProblemCreate)
        check_size(body)
        changed = kept._replace(body=body, changed=now)
        if await in_thread(lambda: console.documents.change(changed)):  # noqa: B023 - awaited
            console.audit.note(here.who, now, f"patch {NAME}", key, "200")
            return None
    return problem(409, "refused", f"{key}: changed by somebody else")


report, patch = writing(_report), writing(_patch)
report.__name__, patch.__name__ = "createServiceProblem", "patchServiceProblem"
