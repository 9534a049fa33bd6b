"""Tasks on service problems (TMF656): acknowledge, unacknowledge, group, ungroup."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response

from correlator.adapters.sql import Document
from correlator.formats.times import to_rfc3339
from correlator.model import Verb
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.responses import problem
from correlator.web.tmf.bodies import posted
from correlator.web.tmf.collections import Endpoint, Resource, base_of, key_of, writing
from correlator.web.tmf.declaring import done
from correlator.web.tmf.problems import NAME, changed_body, tracking
from correlator.web.tmf.shapes import ProblemGroupTask, ProblemTask

if TYPE_CHECKING:
    from starlette.requests import Request

    from correlator.web.visits import Visit

_PARENT = "parentProblem"


class Fate(NamedTuple):
    """What became of one problem; `why` is empty where it was done."""

    key: str
    why: str = ""


Handle = Callable[["Visit", str, Resource, str], Awaitable[Fate]]
"""With the key of the action, which makes a repeat the same; "" where there is none."""


class Task(NamedTuple):
    """A task: whose ids are in the list `given`; those for which it was done are in `done`."""

    name: str
    shape: type
    given: str
    done: str
    handle: Handle


# -------------------------------------------------------------------------------- acknowledging


def _handled(verb: Verb, status: str) -> Handle:
    """Return what acknowledges, or no longer: an incident by its verb, else by its status."""

    async def handle(here: Visit, key: str, _task: Resource, action: str) -> Fate:
        if await _is_incident(here, key):
            return await _acted(here, verb, key, action)
        return await _changed(here, key, {"status": status})

    return handle


# ------------------------------------------------------------------------------------ grouping


async def _group(here: Visit, key: str, task: Resource, action: str) -> Fate:
    """Make a problem part of another: incidents are merged."""
    parent = task[_PARENT]["id"]
    if await _is_incident(here, key):
        return await _acted(here, Verb.MERGE, key, action, into=parent)
    if not await _is_known(here, parent):
        return Fate(key, f"{parent}: no such problem")
    return await _changed(here, key, {_PARENT: [{"id": parent}]})


async def _ungroup(here: Visit, key: str, _task: Resource, _action: str) -> Fate:
    """Take a reported problem out of another."""
    if await _is_incident(here, key):
        return Fate(key, f"{key}: incidents that are merged stay so; split their tickets instead")
    return await _changed(here, key, {_PARENT: None})


TASKS = (
    Task(
        "problemAcknowledgement", ProblemTask, "problem", "ackProblem",
        _handled(Verb.ACKNOWLEDGE, "acknowledged"),
    ),
    Task(
        "problemUnacknowledgement", ProblemTask, "problem", "unackProblem",
        _handled(Verb.UNACKNOWLEDGE, "submitted"),
    ),
    Task("problemGroup", ProblemGroupTask, "childProblem", "groupedProblem", _group),
    Task("problemUngroup", ProblemGroupTask, "childProblem", "ungroupedProblem", _ungroup),
)  # fmt: skip
"""The tasks of TMF656."""


# -------------------------------------------------------------------------------- what is shared


async def _is_incident(here: Visit, key: str) -> bool:
    found = await in_thread(lambda: here.console.reads.incident(key))
    return found is not None and found.announced is not None


async def _is_known(here: Visit, key: str) -> bool:
    if await _is_incident(here, key):
        return True
    return await in_thread(lambda: here.console.documents.one(NAME, key)) is not None


async def _acted(here: Visit, verb: Verb, key: str, action: str, **fields: str) -> Fate:
    view = (await done(here, verb, {key: None}, action, **fields)).view
    return Fate(key, "" if view.status == 200 else view.sentence)


async def _changed(here: Visit, key: str, change: Resource) -> Fate:
    documents, now = here.console.documents, here.console.clock()
    kept = await in_thread(lambda: documents.one(NAME, key))
    if kept is None:
        return Fate(key, f"{key}: no such problem")
    body = changed_body(kept.body, change, to_rfc3339(now), here.who.actor)
    changed = kept._replace(body=body, changed=now)
    if not await in_thread(lambda: documents.change(changed)):
        return Fate(key, f"{key}: changed by somebody else")
    return Fate(key)


def carrying_out(task: Task) -> Endpoint:
    """Return the endpoint of a task: 201 where it was done for one of them at least."""

    async def create(request: Request, here: Visit) -> Response:
        body = await posted(request, task.shape)
        console, now = here.console, here.console.clock()
        base, key = base_of(request), key_of(here, task.name)
        if key and (known := await in_thread(lambda: console.documents.replay(key))) is not None:
            return _said(task, base, known)
        fates = [
            await task.handle(here, one["id"], body, f"{key}-{n}" if key else "")
            for n, one in enumerate(body[task.given])
        ]
        if all(fate.why for fate in fates):
            return problem(409, "refused", "; ".join(fate.why for fate in fates)[:2_000])
        by = here.who.token or here.who.actor
        made = _made(task, body, fates, to_rfc3339(now), here.who.actor)
        document = Document(task.name, made["id"], 1, now, now, by, "", made)
        kept = await in_thread(lambda: console.documents.post(document, request=key))
        console.audit.note(here.who, now, f"post {task.name}", kept.id, "201")
        return _said(task, base, kept)

    create.__name__ = f"create_{task.name}"
    return writing(create)


def _made(task: Task, body: Resource, fates: Sequence[Fate], at: str, by: str) -> Resource:
    tracked = [tracking(at, by, fate.why or f"{fate.key}: done") for fate in fates]
    through = [{"id": fate.key} for fate in fates if not fate.why]
    known = {name: value for name, value in body.items() if name not in {"id", "href"}}
    key = token_hex(8)
    return {**known, "id": key, "status": "done", task.done: through, "trackingRecord": tracked}


def _said(task: Task, base: str, document: Document) -> Response:
    href = f"{base}/{task.name}/{document.id}"
    return answered({**document.body, "href": href}, 201)
