"""When the feeds were silent: told by the answers that were *unknown* for that, and by the feeds.

Nobody writes a silence down as such. An answer that could not be given because tickets or alarms
had stopped says for how many minutes they had; a feed that is silent now says so itself. A silence
during which nobody called and which is over is not known.
"""

from __future__ import annotations

from collections.abc import Iterable

from correlator.adapters.sql import SilentAnswers
from correlator.model import MINUTE, Millis, ReasonCode
from correlator.ports import FeedStatus

Silence = tuple[str, Millis, Millis]
"""Which feed, from when, until when."""

_TOPICS = {"gi.tickets": "tickets", "gi.alarms": "alarms"}


def silences_of(
    answers: Iterable[SilentAnswers], feeds: Iterable[FeedStatus], begin: Millis, now: Millis
) -> tuple[Silence, ...]:
    """Return the silences of [begin, now), each feed's apart from one another, in their order."""
    found = [*map(_told, answers), *_standing(feeds, now)]
    joined: list[Silence] = []
    for what in ("tickets", "alarms"):
        for _, since, until in sorted(one for one in found if one[0] == what):
            if until <= begin or until <= since:
                continue
            last = joined[-1] if joined and joined[-1][0] == what else None
            if last is not None and since <= last[2]:
                joined[-1] = (what, last[1], max(last[2], until))
            else:
                joined.append((what, max(since, begin), until))
    return tuple(sorted(joined, key=lambda one: one[1:]))


def minutes_of(silences: Iterable[Silence]) -> int:
    """Return for how many minutes the feeds were silent, those of both counted twice."""
    return round(sum(until - since for _, since, until in silences) / MINUTE)


def _told(answers: SilentAnswers) -> Silence:
    """Return the silence that answers of one reason speak of.

    Tickets are silent until the first arrives; what comes after it is their backlog. Alarms have
    stayed silent until the last answer.
    """
    since = answers.first - answers.minutes * MINUTE
    if answers.code == ReasonCode.TICKETS_SILENT:
        return "tickets", since, answers.first
    return "alarms", since, answers.last


def _standing(feeds: Iterable[FeedStatus], now: Millis) -> Iterable[Silence]:
    """Yield the feeds that are silent now, since the latest that any partition of each brought."""
    latest: dict[str, Millis] = {}
    silent = set()
    for feed in feeds:
        if what := _TOPICS.get(feed.topic):
            latest[what] = max(latest.get(what, 0), feed.latest)
            silent |= {what} if feed.silent else set()
    return [(what, latest[what], now) for what in silent if latest[what]]
