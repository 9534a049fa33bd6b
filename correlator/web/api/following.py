"""For systems that keep up: what changed, the live stream, records that could not be used."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import StreamingResponse

from correlator.formats.times import to_rfc3339
from correlator.ports import ServerUnreachableError
from correlator.web.api.models import answered
from correlator.web.api.read_models import Changes, ChangeSeen, DeadLetter, DeadLetters
from correlator.web.console import in_thread
from correlator.web.fields import whole
from correlator.web.live import TooManyStreamsError, encoded
from correlator.web.paging import limit_of
from correlator.web.responses import problem
from correlator.web.visits import visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from correlator.adapters.sql import ConsoleReads, KeptLetter, ListedLetter
    from correlator.adapters.sql.console_lists import DatedChange
    from correlator.web.console import Console
    from correlator.web.visits import Visit

SSE = "text/event-stream"
_USUAL = "100"
_REPLAYED = 1_000  # changes that are told at once to who comes back; with more, all is to be read
_CHECKED_EVERY = 5_000  # ms of the clock between two looks at whether a token still holds


def _since(reads: ConsoleReads, after: int, limit: int) -> tuple[list[DatedChange], bool, int]:
    """Return what changed after a number, whether some is gone already, and the latest; blocks."""
    oldest, latest = reads.changes_kept()
    rows = reads.dated_changes(after, limit)
    return rows, after > 0 and (after < oldest - 1 or not latest), latest


async def changes(request: Request) -> Response:
    """What changed after a number: whoever asks with that of the last page misses nothing."""
    here, query = visit(request), request.query_params
    limit, after = limit_of(query.get("limit", _USUAL)), whole(query.get("after", "0"))
    if limit is None or after is None:
        return problem(422, "invalid", "after, limit: whole numbers")
    reads = here.console.reads
    rows, gone, _ = await in_thread(lambda: _since(reads, after, limit + 1))
    shown = [
        ChangeSeen(one.seq, one.kind, one.id, one.rev, one.version, one.band, to_rfc3339(one.at))
        for one in rows[:limit]
    ]
    seq = shown[-1].seq if shown else after
    return answered(Changes(shown, seq, more=len(rows) > limit, gone=gone))


async def events(request: Request) -> Response:
    """The live stream; who comes back with the last id is told first what it missed."""
    here, query = visit(request), request.query_params
    text = query.get("since", "") or request.headers.get("last-event-id", "")
    console = here.console
    try:
        stream = console.hub.stream(here.who.session, here.who.token)
    except TooManyStreamsError:
        full = problem(503, "unavailable", "as many streams as there may be")
        full.headers["Retry-After"] = "30"
        return full
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    back = Back(whole(text)) if text else None
    return StreamingResponse(_kept(here, stream, back), 200, headers, SSE)


class Back(NamedTuple):
    """What somebody came back with; `after` is None where that is no number."""

    after: int | None


def _missed(reads: ConsoleReads, after: int | None) -> bytes:
    """Return what changed since as one event, `all` where that is too much or gone; blocks.

    `after`: None where nobody can read it.
    """
    rows, gone, latest = _since(reads, after or 0, _REPLAYED + 1)
    if after is None or gone or len(rows) > _REPLAYED:
        return encoded("hints", {"seq": latest, "h": [["all", "*", 0, 0, ""]]}, latest)
    if not rows:
        return b""
    hints = {(one.kind, one.id): [*one[1:6]] for one in rows}
    seq = rows[-1].seq
    return encoded("hints", {"seq": seq, "h": list(hints.values())}, seq)


async def _kept(
    here: Visit, stream: AsyncIterator[bytes], back: Back | None
) -> AsyncIterator[bytes]:
    """Yield what was missed, then a stream, for as long as the token holds that asked for it."""
    console, checked = here.console, here.console.clock()
    try:
        if back is not None:
            yield await in_thread(lambda: _missed(console.reads, back.after))
        async for frame in stream:
            now = console.clock()
            if now - checked >= _CHECKED_EVERY:
                checked = now
                if not await _holds(console, here.who.token, now):
                    yield encoded("bye", {"why": "revoked"})
                    return
            yield frame
    except ServerUnreachableError:
        yield encoded("bye", {"why": "unavailable"})


async def _holds(console: Console, token: str, now: int) -> bool:
    return not token or await in_thread(lambda: console.api_tokens.still(token, now))


# -------------------------------------------------------------------------------- dead letters


async def letters(request: Request) -> Response:
    """Records that could not be used, the latest first."""
    here, query = visit(request), request.query_params
    limit, text = limit_of(query.get("limit", _USUAL)), query.get("after", "")
    before = whole(text)
    if limit is None or (text and before is None):
        return problem(422, "invalid", "after: as the page before has it")
    console, topic, reason = here.console, query.get("topic", ""), query.get("reason", "")
    rows = await in_thread(lambda: console.letters.newest(limit + 1, topic, reason, before))
    customers = _looks(here, "dead-letters")
    shown = [_listed(one, customers=customers) for one in rows[:limit]]
    more = str(rows[limit - 1].seq) if len(rows) > limit else None
    return answered(DeadLetters(shown, more))


async def letter(request: Request) -> Response:
    """A record that could not be used, whole."""
    here, key = visit(request), request.path_params["seq"]
    seq, console = whole(key), here.console
    found = None if seq is None else await in_thread(lambda: console.letters.letter(seq))
    if found is None:
        return problem(404, "not-found", key[:100])
    return answered(_whole(found, customers=_looks(here, f"dead-letters/{found.seq}")))


def _looks(here: Visit, subject: str) -> bool:
    """Return whether somebody may see what is in records, and note that they did."""
    if not here.who.may("customers"):
        return False
    here.console.audit.note(here.who, here.console.clock(), "look", subject)
    return True


def _listed(one: ListedLetter, *, customers: bool) -> DeadLetter:
    return DeadLetter(
        seq=one.seq,
        topic=one.topic,
        partition=one.partition,
        offset=one.offset,
        reason=one.reason,
        at=to_rfc3339(one.time),
        replayed=None if one.replayed is None else to_rfc3339(one.replayed),
        size=one.size,
        error=one.error if customers else None,
    )


def _whole(found: KeptLetter, *, customers: bool) -> DeadLetter:
    kept, record = found.letter, found.letter.record
    return DeadLetter(
        seq=found.seq,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=kept.reason,
        at=to_rfc3339(kept.time),
        replayed=None if found.replayed is None else to_rfc3339(found.replayed),
        size=len(record.value or b""),
        error=kept.error if customers else None,
        key=_bytes(record.key) if customers else None,
        value=_bytes(record.value) if customers else None,
    )


def _bytes(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()
