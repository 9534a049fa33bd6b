"""What is fed in: a simulated operator over months, a pulse in the rare feeds, unreadable records.

The pulse is there for the order. A partition that is silent for a while no longer holds the others
back, and event time runs some thousand times faster than the clock: what one feed says would be
late as soon as another one hesitates, and the decisions would be of chance.
"""

from __future__ import annotations

import heapq
import json
import shutil
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from correlator.formats.times import to_rfc3339
from correlator.model import DAY, HOUR, Action, Millis, Verb
from correlator.ports import OutMessage
from correlator.simulate import WorldSettings, simulate
from tests.records import action_bytes, ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEGIN = "2024-07-01T00:00:00Z"
CUSTOMERS = 15_000
PULSE: Millis = 2 * HOUR
POISONED = 4_000
"""One in so many records of tickets and alarms is followed by one that nobody can read."""
FILES = {
    "gi.tickets": "tickets.jsonl",
    "gi.alarms": "alarms.jsonl",
    "gi.maintenance": "maintenance.jsonl",
    "gi.actions": "actions.jsonl",
}


class Fed(NamedTuple):
    """A record and when it is fed; in the order of this, nothing is late."""

    at: Millis
    rank: int
    number: int
    message: OutMessage


class World:
    """Made once in its folder; the same number of days gives the same bytes."""

    def __init__(self, folder: Path, days: int) -> None:
        self.folder = folder
        self.days = days
        self.settings = msgspec.structs.replace(
            WorldSettings.hard(seed=11, customers=CUSTOMERS, days=days),
            growth_per_week=0.0,  # the world is to be the same at its end as at its beginning
            days_between_works=1.0,
            start=BEGIN,
        )
        stamp, wanted = folder / "settings.json", json.dumps(str(self.settings))
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            simulate(self.settings, folder)
            self._complete()
            stamp.write_text(wanted)

    @property
    def topology(self) -> Path:
        """The folder of the inventory."""
        return self.folder / "topology"

    @property
    def begin(self) -> Millis:
        """The first moment."""
        return self.settings.start_ms

    @property
    def end(self) -> Millis:
        """After it there is nothing but one ticket that decides nothing."""
        return self.settings.end_ms

    def _complete(self) -> None:
        """Add the pulses and the last ticket."""
        moments = range(self.begin + PULSE, self.end, PULSE)
        actions = (action_bytes(_pulse_of_people(n, at), at) for n, at in enumerate(moments))
        (self.folder / FILES["gi.actions"]).write_bytes(b"".join(one + b"\n" for one in actions))
        works = self.folder / FILES["gi.maintenance"]
        lines = [*works.read_bytes().splitlines(), *(_pulse_of_works(at) for at in moments)]
        works.write_bytes(b"".join(line + b"\n" for line in sorted(lines, key=time_of)))
        with (self.folder / FILES["gi.tickets"]).open("ab") as tickets:
            tickets.write(ticket_bytes("T-last", self.end + 3 * HOUR) + b"\n")

    def records(self) -> Iterator[Fed]:
        """Yield all of it in the order of time, what people do to incidents left out."""
        feeds = (self._feed(topic, rank) for rank, topic in enumerate(FILES))
        return heapq.merge(*feeds)

    def _feed(self, topic: str, rank: int) -> Iterator[Fed]:
        numbers = count()
        poisoned = topic in {"gi.tickets", "gi.alarms"}
        with (self.folder / FILES[topic]).open("rb") as lines:
            for n, line in enumerate(lines, 1):
                record, at = line.rstrip(b"\n"), time_of(line)
                yield Fed(at, rank, next(numbers), OutMessage(topic, key_of(record), record))
                if poisoned and n % POISONED == 0:
                    bad = OutMessage(topic, b"bad-%d" % n, poison(topic, n))
                    yield Fed(at, rank, next(numbers), bad)


def poison(topic: str, n: int) -> bytes:
    """Return a record that nobody can read, and that is like no other one."""
    kinds = (
        b"\xff\xfe not json %b %d" % (topic.encode(), n),
        b'{"eventTime":"2026-03-02T00:00:00Z","event":{"%b":%d}}' % (topic.encode(), n),
        b'{"%b":%d,"unknown":' % (topic.encode(), n) + b"[" * 1_000 + b"]" * 1_000 + b"}",
    )
    return kinds[n // POISONED % len(kinds)]


def is_poison(message: OutMessage) -> bool:
    """Whether it is one of those."""
    return (message.key or b"").startswith(b"bad-")


def time_of(line: bytes) -> Millis:
    """Return when a record arrives."""
    begin = line.index(b'"eventTime":"') + 13
    text = line[begin : line.index(b'"', begin)].decode()
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def key_of(record: bytes) -> bytes:
    """Return a key that keeps together what is about the same thing."""
    (inside,) = msgspec.json.decode(record)["event"].values()
    return str(inside["id"]).encode()


def _pulse_of_people(n: int, at: Millis) -> Action:
    name = f"pulse-{n}"
    return Action(name, at, name, "pulse", Verb.NOTE, "GI-20240101-00000000", text="nobody's")


def _pulse_of_works(at: Millis) -> bytes:
    """Return works far from now at what is in no inventory, put off once more."""
    works = {
        "id": "M-pulse",
        "objects": ["NOWHERE"],
        "start": to_rfc3339(at + 30 * DAY),
        "end": to_rfc3339(at + 30 * DAY + HOUR),
        "title": "pulse",
    }
    wire = {
        "eventId": f"pulse-{at}",
        "eventType": "MaintenanceCreateEvent",
        "eventTime": to_rfc3339(at),
        "event": {"maintenance": works},
    }
    return msgspec.json.encode(wire)
