"""Whether the console can answer and how the feeds stand, for whoever watches it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from correlator.formats.times import to_rfc3339
from correlator.web.api.models import Feed, Feeds, Health, answered
from correlator.web.console import Console


async def health(request: Request) -> Response:
    """Whether the console can answer, and how the engine stands."""
    console: Console = request.app.state.console
    ready = console.board.loaded and not console.failing()
    body = Health(
        ready=ready,
        engine_stopped=console.stopped,
        engine_behind_ms=console.late,
        engine_time=to_rfc3339(console.board.now),
        streams=len(console.hub),
        seq=console.board.seq,
    )
    return answered(body, 200 if ready else 503)


async def feeds(request: Request) -> Response:
    """How the feeds stand: every partition, and the engine as a topic of that name."""
    console: Console = request.app.state.console
    found = [
        Feed(
            topic=one.topic,
            partition=one.partition,
            latest=to_rfc3339(one.latest) if one.latest else None,
            heard=to_rfc3339(one.heard),
            lag=one.lag,
            silent=one.silent,
        )
        for one in console.board.feeds
    ]
    return answered(Feeds(feeds=found))
