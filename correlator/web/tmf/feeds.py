"""What is posted of alarms and tickets: kept as it was said, and a record for the daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from correlator.adapters.sql import Document, PostedRecord, TakenError
from correlator.formats.decode import DECODERS, BadRecordError
from correlator.formats.times import to_rfc3339
from correlator.web.api.bodies import WrongBodyError
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.responses import problem
from correlator.web.tmf.bodies import check, check_size, merged, patch_of, posted
from correlator.web.tmf.collections import (
    Endpoint,
    Resource,
    base_of,
    check_rev,
    key_of,
    writing,
)
from correlator.web.tmf.fed import Fed, with_href
from correlator.web.tmf.listing import only

if TYPE_CHECKING:
    from starlette.requests import Request

    from correlator.model import Millis
    from correlator.web.console import Console
    from correlator.web.visits import Visit

FIXED = ("id", "href", "@type", "@baseType", "creationDate", "lastUpdate")
"""Attributes that are not for a patch to change."""


class Feed(NamedTuple):
    """A resource that is a feed of the daemon's.

    `event`: what a record is called, and the key of its body; `fields`: what of a document is in
    it. `filled`: what a document has that was not posted, by the time (RFC 3339).
    """

    collection: Fed[Any]
    topic: str
    event: str
    prefix: str
    fields: Sequence[str]
    create: type
    patch: type
    filled: Callable[[str], Resource]


def arrival(console: Console) -> Millis:
    """Return the time (ms) at which what is posted arrives: the clock's, or that of a replay."""
    replayed = console.settings.demo or console.settings.replayed
    return console.board.now if replayed else console.clock()


def record_of(feed: Feed, body: Resource, at: Millis, *, fresh: bool) -> PostedRecord:
    """Return a document as a record of the daemon's feed; what is null is left out.

    `at`: when it arrives, later than all that was heard of it before.
    """
    said = {name: body[name] for name in feed.fields if body.get(name) is not None}
    kind = feed.event[0].upper() + feed.event[1:]
    envelope = {
        "eventId": f"{body['id']}-{at}",
        "eventType": f"{kind}{'Create' if fresh else 'Change'}Event",
        "eventTime": to_rfc3339(at),
        "event": {feed.event: said},
    }
    return PostedRecord(feed.topic, body["id"], msgspec.json.encode(envelope))


def posting(feed: Feed) -> Endpoint:
    """Return the endpoint that takes one in."""
    name = feed.collection.name

    async def create(request: Request, here: Visit) -> Response:
        body = await posted(request, feed.create)
        console, now = here.console, here.console.clock()
        at = arrival(console)
        key = key_of(here, name)
        base = base_of(request)
        made = made_of(feed, body, to_rfc3339(at))
        check_readable(feed, made, at)
        by = here.who.token or here.who.actor
        document = Document(name, made["id"], 1, now, now, by, "", made, at)
        record = record_of(feed, made, at, fresh=True)
        if key and (kept := await in_thread(lambda: console.documents.replay(key))) is not None:
            return _answer(feed, base, kept, 201, here)
        if await in_thread(lambda: feed.collection.find(console, base, made["id"])) is not None:
            return problem(409, "refused", f"{made['id']}: there is one already, to be patched")
        try:
            kept = await in_thread(lambda: console.documents.post(document, [record], key))
        except TakenError:
            return problem(409, "refused", f"{made['id']}: there is one already, to be patched")
        console.audit.note(here.who, now, f"post {name}", kept.id, "201")
        return _answer(feed, base, kept, 201, here)

    create.__name__ = f"create_{name}"
    return writing(create)


def made_of(feed: Feed, body: Resource, at: str) -> Resource:
    """Return what is kept of what was posted, with what it lacks; `at`: RFC 3339."""
    key = body.get("id") or f"{feed.prefix}-{token_hex(5)}"
    posted_ = {name: value for name, value in body.items() if name != "href"}
    return {**feed.filled(at), **posted_, "id": key}


def check_readable(feed: Feed, body: Resource, at: Millis) -> None:
    """Raise where the daemon could never read it, but for what it lacks: that is a dead letter."""
    try:
        DECODERS[feed.topic](record_of(feed, body, at, fresh=True).value)
    except BadRecordError as error:
        if "missing" not in str(error):
            text = str(error).replace(f"$.event.{feed.event}.", "")
            raise WrongBodyError(400, text) from error


def patching(feed: Feed) -> Endpoint:
    """Return the endpoint that changes one, by a merge-patch."""
    name = feed.collection.name

    async def patch(request: Request, here: Visit) -> Response:
        change = await patch_of(request)
        check(change, feed.patch)
        if fixed := next((one for one in FIXED if one in change), None):
            return problem(400, "invalid", f"{fixed} is not for a patch to change")
        console, key = here.console, request.path_params["id"]
        base, now = base_of(request), here.console.clock()
        heard = await in_thread(lambda: feed.collection.heard(console, key))
        arrives = max(arrival(console), heard + 1)  # other clocks may be ahead
        for _ in range(3):  # until nobody else changes it meanwhile
            known = await in_thread(lambda: _document(feed, console, base, key, now))
            if known is None:
                return problem(404, "not-found", key)
            check_rev(here, known.rev)
            at = max(arrives, known.arrived + 1)  # and this is later than all before
            body = merged(known.body, change) | {"lastUpdate": to_rfc3339(at)}
            check(body, feed.create)
            check_size(body)
            check_readable(feed, body, at)
            changed = known._replace(body=body, changed=now, arrived=at)
            record = record_of(feed, body, at, fresh=False)
            if not change:
                return _answer(feed, base, known, 200, here)
            if await in_thread(lambda: _keep(console, changed, record)):  # noqa: B023 - awaited
                console.audit.note(here.who, now, f"patch {name}", key, "200")
                kept = changed._replace(rev=known.rev + 1)
                return _answer(feed, base, kept, 200, here)
        return problem(409, "refused", f"{key}: changed by somebody else")

    patch.__name__ = f"patch_{name}"
    return writing(patch)


def _document(feed: Feed, console: Console, base: str, key: str, now: Millis) -> Document | None:
    """Return the document of one; of what only the daemon knows, one that is not kept yet."""
    kept = console.documents.one(feed.collection.name, key)
    if kept is not None:
        return kept
    found = feed.collection.find(console, base, key)
    if found is None:
        return None
    body = {name: value for name, value in found.body.items() if name != "href"}
    return Document(feed.collection.name, key, 0, now, now, "", "", body)


def _keep(console: Console, changed: Document, record: PostedRecord) -> bool:
    if changed.rev:
        return console.documents.change(changed, [record])
    try:
        console.documents.post(changed._replace(rev=1), [record])
    except TakenError:
        return False
    return True


def _answer(feed: Feed, base: str, kept: Document, status: int, here: Visit) -> Response:
    """Return one; to who may only post, of one that is there already no more than its state."""
    href = f"{base}/{feed.collection.name}/{quote(kept.id, safe='')}"
    headers = {"ETag": f'"{kept.rev}"'} | ({"Location": href} if status == 201 else {})
    body = with_href(kept.body, href)
    need = "customers" if feed.collection.customers else "incident"
    if status != 201 and not here.who.may(need):
        body = only(body, "id,href,status,state")
    return answered(body, status, headers)
