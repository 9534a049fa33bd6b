"""Feeds the world into Kafka at the pace of the run, everything acknowledged and in order."""

from __future__ import annotations

import heapq
import time
from contextlib import closing
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING

import msgspec

from correlator.adapters.kafka import KafkaPublisher
from correlator.ports import OutMessage
from tests.soak.world import Fed, is_poison, key_of, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from correlator.adapters.kafka import KafkaSettings
    from correlator.model import Millis
    from tests.soak.world import World

_EVERY = 0.5  # seconds
_AT_ONCE = 1_500
"""Records of a chunk: after an outage what has waited comes in several."""
_PATIENCE = 0.3
_RANK_OF_PEOPLE = 9  # after the files of the world


class Feeder(Thread):
    """`sent` records were acknowledged so far; event time is `at`."""

    def __init__(self, world: World, folder: Path, kafka: KafkaSettings, seconds: float) -> None:
        super().__init__(name="feeder", daemon=True)
        self._folder = folder
        self._kafka = msgspec.structs.replace(
            kafka, request_timeout_ms=3000, delivery_timeout_ms=6000
        )
        self._speed = (world.end - world.begin) / seconds  # ms of event time a second
        self._begin = world.begin
        self._records = heapq.merge(world.records(), self._people())
        self._done = Flag()
        self._halt = Flag()
        self.at: Millis = world.begin
        self.sent = self.poison = self.tries = 0
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether everything has been acknowledged."""
        if self.error is not None:
            raise self.error
        return self._done.is_set()

    def halt(self) -> None:
        """Feed no more."""
        self._halt.set()

    def run(self) -> None:
        """Feed until all is in, or until told to stop."""
        try:
            with closing(KafkaPublisher(self._kafka)) as publisher:
                self._feed(publisher)
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            self.error = error

    def _feed(self, publisher: KafkaPublisher) -> None:
        began, held = time.monotonic(), next(self._records, None)
        while held is not None and not self._halt.is_set():
            due = self._begin + (time.monotonic() - began) * self._speed
            if held.at > due:
                time.sleep(min(_EVERY, (held.at - due) / self._speed + _EVERY / 2))
                continue
            chunk = [held]
            held = None
            for one in self._records:
                if one.at > due or len(chunk) >= _AT_ONCE:
                    held = one
                    break
                chunk.append(one)
            self._publish(publisher, [one.message for one in chunk])
            self.at = chunk[-1].at
        if held is None:
            self._done.set()

    def _publish(self, publisher: KafkaPublisher, messages: list[OutMessage]) -> None:
        """Send until all are acknowledged, and only then go on: what comes later is later."""
        left = messages
        while left and not self._halt.is_set():
            self.tries += len(left)
            answers = publisher.publish(left)
            left = [m for m, error in zip(left, answers, strict=True) if error is not None]
            if left:
                time.sleep(_PATIENCE)
        if not left:
            self.sent += len(messages)
            self.poison += sum(map(is_poison, messages))

    def _people(self) -> Iterator[Fed]:
        """Yield what the twin has found people to do; waits until the twin knows what is next."""
        path, number = self._folder / "people.jsonl", 0
        while not path.exists():
            time.sleep(0.1)
        with path.open("rb") as lines:
            while True:
                ended = self._is_twin_done()  # before the line: then all lines are there
                place, line = lines.tell(), lines.readline()
                if line.endswith(b"\n"):
                    number += 1
                    record = line.rstrip(b"\n")
                    message = OutMessage("gi.actions", key_of(record), record)
                    yield Fed(time_of(line), _RANK_OF_PEOPLE, number, message)
                elif ended:
                    return
                else:
                    lines.seek(place)
                    time.sleep(0.05)

    def _is_twin_done(self) -> bool:
        path = self._folder / "twin.at"
        return path.exists() and path.read_text() == "done"
