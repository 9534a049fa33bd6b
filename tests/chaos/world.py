"""What is fed in: a simulated operator, what people did there, and records that nobody can read."""

from __future__ import annotations

import json
import random
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import rules
import topology
from correlator.adapters.kafka import KafkaPublisher
from correlator.engine import Engine, EngineSettings
from correlator.formats.times import to_rfc3339
from correlator.model import HOUR, MINUTE, Action, Audience, Phase, Verb, Wording
from correlator.ports import OutMessage
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in, merged
from correlator.tools.replay import replay
from tests.records import action_bytes, ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from correlator.adapters.kafka import KafkaSettings
    from correlator.model import Incident, Millis

BUSY = WorldSettings(
    seed=3, customers=30_000, days=3, contact_rate=4.0, call_rate=2.5, outages_per_day=12.0,
    alarm_noise=1.5, days_between_works=1.0,
)  # fmt: skip
SMALL = WorldSettings(seed=3, customers=12_000, days=1, call_rate=2.5, outages_per_day=12.0)
POISON = 40


class World:
    """Made once in its folder; the same settings give the same bytes."""

    def __init__(self, folder: Path, settings: WorldSettings = BUSY) -> None:
        self.folder = folder
        stamp, wanted = folder / "settings.json", json.dumps(str(settings))
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            simulate(settings, folder)
            (folder / "actions.jsonl").write_bytes(b"\n".join(_actions(folder)) + b"\n")
            stamp.write_text(wanted)
        self._messages = list(_messages(folder))

    @property
    def topology(self) -> Path:
        """The folder of the inventory."""
        return self.folder / "topology"

    @property
    def total(self) -> int:
        """How many records there are, the unreadable ones too."""
        return len(self._messages)

    def publish(self, kafka: KafkaSettings) -> None:
        """Send everything, in the order of time within each topic, so that nothing is late."""
        self._send(kafka, self._messages)

    def publish_half(self, kafka: KafkaSettings, half: int) -> int:
        """Send what comes before the middle of the time (0), or after it (1); returns how many.

        The unreadable ones go with the first half: where they are is compared.
        """
        times = sorted(_time_of(m) for m in self._messages if not _is_poison(m))
        middle = times[len(times) // 2]
        chosen = [
            m for m in self._messages if (not _is_poison(m) and _time_of(m) >= middle) == bool(half)
        ]
        self._send(kafka, chosen)
        return len(chosen)

    @staticmethod
    def _send(kafka: KafkaSettings, messages: list[OutMessage]) -> None:
        with closing(KafkaPublisher(kafka)) as publisher:
            failed = [e for e in publisher.publish(messages) if e is not None]
        assert not failed, failed[0]


def _messages(folder: Path) -> Iterator[OutMessage]:
    """Yield every record with a key that keeps a ticket's records together, poison in between."""
    chance = random.Random(7)
    for feed in feeds_in(folder):
        lines = [line for line in feed.path.read_bytes().splitlines() if line]
        share = POISON // 2 if feed.topic in {"gi.tickets", "gi.alarms"} else 0
        places = sorted(chance.randrange(len(lines)) for _ in range(share)) if lines else []
        for n, line in enumerate(lines):
            for i in range(places.count(n)):
                yield OutMessage(feed.topic, b"bad-%d-%d" % (n, i), _poison(n + i))
            yield OutMessage(feed.topic, _key_of(line), line)
        if feed.topic == "gi.tickets":
            yield OutMessage(feed.topic, b"last", _last(lines))


def _poison(n: int) -> bytes:
    kinds = (
        b"\xff\xfe not json %d" % n,
        b'{"eventTime":"2026-03-02T00:00:00Z","event":{"n":%d}}' % n,
        b'{"n":%d,"unknown":' % n + b"[" * 1_000 + b"]" * 1_000 + b"}",
        b"",
    )
    return kinds[n % len(kinds)]


def _last(lines: list[bytes]) -> bytes:
    """Return a ticket of nobody, long after the others: the ticks before it end what is to end.

    After the last event the daemon ticks once more. Nothing outside tells when it has, so the last
    event is one after which that tick decides nothing.
    """
    hour = json.loads(lines[-1])["eventTime"][:13]
    return ticket_bytes("T-last", _millis(hour) + 3 * HOUR)


def _millis(hour: str) -> Millis:
    from datetime import datetime  # noqa: PLC0415 - only here

    return round(datetime.fromisoformat(f"{hour}:00:00+00:00").timestamp() * 1000)


def _key_of(line: bytes) -> bytes:
    (inside,) = json.loads(line)["event"].values()
    return str(inside["id"]).encode()


def _is_poison(message: OutMessage) -> bool:
    return (message.key or b"").startswith(b"bad-")


def _time_of(message: OutMessage) -> str:
    return str(json.loads(message.value or b"")["eventTime"])


def _actions(folder: Path) -> Iterator[bytes]:
    """Yield what people do to the incidents of a replay, which the daemon will find as well."""
    engine = Engine(topology.load(folder / "topology"), rules.load(), EngineSettings())
    found = replay(engine, merged(feeds_in(folder), lambda _: None)).outcome.announced()
    done = [action for n, incident in enumerate(found) for action in _done_to(incident, n)]
    for action in sorted(done, key=lambda a: (a.arrived, a.id)):
        yield action_bytes(action, action.arrived)


def _done_to(incident: Incident, n: int) -> Iterator[Action]:
    text = Wording(Audience.AGENT, Phase.DETECTED, f"Panne {n}", f"Outage {n}")
    at = incident.announced or incident.created
    verbs = (Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.NOTE, Verb.SAY)
    for minute, verb in enumerate(verbs, 1):
        name = f"{incident.id}-{verb}"
        yield Action(
            name, at + minute * MINUTE, name, "zoé", verb, incident.id,
            text=f"note {to_rfc3339(at)}" if verb is Verb.NOTE else "",
            wording=text if verb is Verb.SAY else None,
        )  # fmt: skip
