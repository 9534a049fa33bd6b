"""What systems post by the API, up to the records and documents that are made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.datastructures import QueryParams

from correlator.adapters.sql.values import storable
from correlator.formats.decode import DECODERS, BadRecordError
from correlator.formats.times import to_rfc3339
from correlator.model import Event, Millis
from correlator.web.api.alertmanager import AlertGroup
from correlator.web.api.alertmanager import record_of as alert_record
from correlator.web.api.bodies import WrongBodyError
from correlator.web.tmf import alarms, tickets
from correlator.web.tmf.bodies import check, merged, object_of
from correlator.web.tmf.fed import with_href
from correlator.web.tmf.feeds import FIXED, Feed, check_readable, made_of, record_of
from correlator.web.tmf.listing import asked_of, only, page_of
from correlator.web.tmf.problems import changed_body, reported, root_causes
from correlator.web.tmf.shapes import (
    HubCreate,
    ProblemGroupTask,
    ProblemTask,
    ServiceProblemCreate,
    ServiceProblemPatch,
)
from tests.harness.posted import BODIES

NOW: Millis = 1_795_339_000_000
_AT = to_rfc3339(NOW)
_HREF = "/tmf-api/x/v4/x/1"


def events_of(data: bytes) -> Iterator[Event]:
    """Yield the events of what is taken of a body, whatever it is posted as."""
    try:
        body = object_of(data)
    except WrongBodyError:
        return
    for feed in (alarms.FEED, tickets.FEED):
        yield from _fed(feed, body)
    for shape in (ServiceProblemPatch, ProblemTask, ProblemGroupTask, HubCreate):
        _is(body, shape)
    if _is(body, ServiceProblemCreate):
        _reported(body)
    yield from _alerts(data)


def _is(body: dict[str, Any], shape: type) -> bool:
    try:
        check(body, shape)
    except WrongBodyError as error:
        if not str(error) or error.status != 400:
            raise AssertionError("refused for no reason") from error
        return False
    return True


def _fed(feed: Feed, body: dict[str, Any]) -> Iterator[Event]:
    """Yield the event of a body that is posted, and again after it is patched with itself."""
    if not _is(body, feed.create):
        return
    made = made_of(feed, body, _AT)
    patch = {name: value for name, value in body.items() if name not in FIXED}
    for rev, one in enumerate((made, merged(made, patch) | {"lastUpdate": _AT}), 1):
        try:
            check_readable(feed, one, NOW)
        except WrongBodyError:
            return
        _kept(one)
        record = record_of(feed, one, NOW, fresh=rev == 1)
        try:
            yield DECODERS[record.topic](record.value)
        except BadRecordError as error:
            if "missing" not in str(error):
                raise AssertionError(f"taken, and never read: {error}") from error


def _reported(body: dict[str, Any]) -> None:
    list(root_causes(body))
    made = reported(body, "SP-1", _AT, "crm")
    _kept(made)
    patch = {name: value for name, value in body.items() if name not in FIXED}
    _kept(changed_body(made, patch, _AT, "crm"))


def _kept(body: dict[str, Any]) -> None:
    """Keep a document as the database does, and list it."""
    text = storable(msgspec.json.encode(body).decode())
    kept = with_href(msgspec.json.decode(text, type=dict[str, Any]), _HREF)
    only(kept, "id,status")
    for name in list(kept)[:5]:
        asked = asked_of(QueryParams({name: str(kept[name]), f"{name}.gt": "0"}))
        if asked is not None:
            page_of([kept], asked)
    msgspec.json.encode(kept)


def _alerts(data: bytes) -> Iterator[Event]:
    try:
        group = msgspec.json.decode(data, type=AlertGroup)
    except msgspec.DecodeError:
        return
    for alert in group.alerts[:20]:
        record = alert_record(alert, NOW)
        try:
            yield DECODERS[record.topic](record.value)
        except BadRecordError:
            continue  # a dead letter


def bodies() -> Iterator[bytes]:
    """Yield bodies to begin with."""
    for body in BODIES.values():
        yield json.dumps(body).encode()
    part = [{"id": "GI-20261122-7f3a91c2"}]
    yield json.dumps({"problem": part}).encode()
    yield json.dumps({"parentProblem": part[0], "childProblem": part}).encode()
    everything: dict[str, Any] = {}
    for body in BODIES.values():
        everything |= body
    yield json.dumps(everything).encode()


WORDS = (
    *sorted({name for body in BODIES.values() for name in body}),
    *("id", "note", "text", "relatedParty", "role", "customer", "raised", "cleared", "updated"),
    *("alarmedObject", "rootCauseResource", "null", "1e400", "-1", "\\u0000", "\\ud83d", _AT),
)
