"""Every operation of TM Forum's APIs that is served, at each base address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from correlator.web.api.operation import Operation, Param
from correlator.web.paging import MOST
from correlator.web.tmf import alarms, declaring, hub, tickets
from correlator.web.tmf.bases import ALARM_BASES, BASES, TICKET_BASES
from correlator.web.tmf.collections import Collection, listing, reading
from correlator.web.tmf.event_records import EventRecords
from correlator.web.tmf.feeds import Feed, patching, posting
from correlator.web.tmf.listing import MOST_LEFT_OUT
from correlator.web.tmf.problems import Problems
from correlator.web.tmf.shapes import HubCreate, ServiceProblemCreate, ServiceProblemPatch
from correlator.web.tmf.tasks import TASKS, Task, carrying_out

LISTED = {
    "serviceProblem": "Service problems (TMF656), the latest first",
    "serviceProblemEventRecord": "What happened to service problems, the latest first",
    "alarm": "Alarms (TMF642), the latest first",
    "troubleTicket": "Trouble tickets (TMF621), the latest first",
}
ONE = {
    "serviceProblem": "A service problem",
    "serviceProblemEventRecord": "A thing that happened to a service problem",
    "alarm": "An alarm",
    "troubleTicket": "A trouble ticket",
}
TAKEN_IN = {"alarm": "Take in an alarm", "troubleTicket": "Take in a trouble ticket"}
CHANGED = {"alarm": "Change an alarm", "troubleTicket": "Change a trouble ticket"}
TASK = {
    "problemAcknowledgement": "Acknowledge service problems",
    "problemUnacknowledgement": "Take back that service problems are acknowledged",
    "problemGroup": "Merge service problems into one",
    "problemUngroup": "Take reported problems out of a group",
}

_NUMBER = {"type": "integer", "minimum": 0, "maximum": MOST_LEFT_OUT}
_FIELDS = Param("fields", "query", "these attributes only, with commas between them")
_ID = Param("id", "path", "its id")
_KEY = Param("Idempotency-Key", "header", "a repeat with the same key does nothing again")
_MATCH = Param(
    "If-Match",
    "header",
    "the ETag that was seen; 412 where it is another by now",
    {"type": "string", "pattern": r'^("?[0-9]{1,15}(\.[0-9]{1,15}){0,2}"?|\*)$'},
)
_OBJECT = dict[str, Any]
_BODY = (400, 413, 415)


def _read(collection: Collection, base: str) -> tuple[Operation, ...]:
    path = f"{base}/{collection.name}"
    several = (
        _FIELDS,
        Param("offset", "query", "how many to leave out", _NUMBER),
        Param("limit", "query", "how many", {**_NUMBER, "maximum": MOST}),
        Param("id", "query", "one of several with commas; so any other attribute"),
    )
    known = Param("If-None-Match", "header", "the ETag that is known: 304 where it is that still")
    return (
        Operation(
            "GET", path, LISTED[collection.name], listing(collection),
            list[_OBJECT], several, statuses=(200, 206), errors=(400,),
        ),
        Operation(
            "GET", f"{path}/{{id}}", ONE[collection.name], reading(collection), _OBJECT,
            (_ID, _FIELDS, known), statuses=(200, 304), errors=(404,),
        ),
    )  # fmt: skip


def _fed(feed: Feed, base: str) -> tuple[Operation, ...]:
    path = f"{base}/{feed.collection.name}"
    name = feed.collection.name
    return (
        *_read(feed.collection, base),
        Operation(
            "POST", path, TAKEN_IN[name], posting(feed), _OBJECT, (_KEY,),
            body=feed.create, statuses=(201,), errors=(*_BODY, 409),
        ),
        Operation(
            "PATCH", f"{path}/{{id}}", CHANGED[name], patching(feed), _OBJECT,
            (_ID, _MATCH), body=feed.patch, statuses=(200,), errors=(*_BODY, 404, 409, 412),
        ),
    )  # fmt: skip


def _task(task: Task, base: str) -> Operation:
    return Operation(
        "POST", f"{base}/{task.name}", TASK[task.name], carrying_out(task),
        _OBJECT, (_KEY,), body=task.shape, statuses=(201,), errors=(*_BODY, 409),
    )  # fmt: skip


def _problems(base: str) -> Iterator[Operation]:
    yield from _read(Problems(), base)
    yield Operation(
        "POST", f"{base}/serviceProblem", "Report a service problem", declaring.report, _OBJECT,
        (_KEY,), body=ServiceProblemCreate, statuses=(201, 202), errors=(*_BODY, 409, 422),
    )  # fmt: skip
    yield Operation(
        "PATCH", f"{base}/serviceProblem/{{id}}", "Change a service problem", declaring.patch,
        _OBJECT, (_ID, _MATCH), body=ServiceProblemPatch, statuses=(200, 202),
        errors=(*_BODY, 404, 409, 412, 422),
    )  # fmt: skip
    yield from (_task(task, base) for task in TASKS)
    yield from _read(EventRecords(), base)
    yield Operation(
        "GET", f"{base}/hub", "The subscriptions", hub.hubs, list[_OBJECT],
    )  # fmt: skip
    yield Operation(
        "POST", f"{base}/hub", "Subscribe to events", hub.subscribe, _OBJECT,
        body=HubCreate, statuses=(201,), errors=(*_BODY, 409, 422),
    )  # fmt: skip
    yield Operation(
        "DELETE", f"{base}/hub/{{id}}", "End a subscription", hub.unsubscribe, None, (_ID,),
        statuses=(204,), errors=(404,),
    )  # fmt: skip


def _at(problems: str, alarm: str, ticket: str) -> tuple[Operation, ...]:
    return (*_problems(problems), *_fed(alarms.FEED, alarm), *_fed(tickets.FEED, ticket))


TMF_OPERATIONS, TMF_ALIASES = (
    _at(*bases) for bases in zip(BASES, ALARM_BASES, TICKET_BASES, strict=True)
)
"""What is served, and the same at the older addresses."""
