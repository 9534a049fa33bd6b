"""The live stream for systems: who comes back with the last id misses nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple

import pytest

from correlator.adapters.host import wall_clock
from correlator.adapters.sql.console import changes
from correlator.web.live import Hub
from tests.harness.console import Console, running_console
from tests.harness.system import System


class Event(NamedTuple):
    name: str
    data: dict[str, Any]
    id: int | None


class Stream:
    """An open stream; `next` waits for its next event."""

    def __init__(self, system: System, query: str = "", **headers: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", system.port, timeout=20)
        sent = {"Authorization": f"Bearer {system.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", f"/api/v1/events{query}", headers=sent)
        self.answer: HTTPResponse = self._connection.getresponse()

    def next(self) -> Event:
        found: dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            found[name] = value
        assert found, "the stream is over"
        key = int(found["id"]) if "id" in found else None
        return Event(found["event"], json.loads(found["data"]), key)

    def hints(self) -> Event:
        """Return the next event that says what changed."""
        while (event := self.next()).name != "hints":
            pass
        return event

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("events")) as made:
        yield made


@pytest.fixture(scope="module")
def system(console: Console) -> System:
    return System(console, "read", "act")


def told(events: list[list[Any]]) -> set[str]:
    return {one[1] for one in events if one[0] == "incident"}


def latest(console: Console) -> int:
    with console.store.engine.connect() as connection:
        return max(connection.execute(changes.select()).scalars(), default=0)


def test_a_system_hears_what_changes_with_the_number_of_it(
    console: Console, system: System
) -> None:
    with closing(Stream(system)) as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        hello = stream.next()
        assert hello.name == "hello"
        assert hello.id is not None
        assert hello.id <= hello.data["seq"], "what still waits to be told comes later"
        incident = console.burst()
        event = stream.hints()
        while incident not in told(event.data["h"]):
            event = stream.hints()
        assert event.id is not None
        assert event.id <= latest(console)


@pytest.mark.parametrize("how", ["since", "Last-Event-ID", "changes"])
def test_who_was_away_misses_nothing(console: Console, system: System, how: str) -> None:
    with closing(Stream(system)) as stream:
        last = stream.next().id
    incidents = {console.burst() for _ in range(3)}
    if how == "changes":
        seen, after, more = set[str](), last, True
        while more:
            page = system.get(f"/api/v1/changes?after={after}&limit=1").body
            assert all(one["seq"] > after for one in page["changes"])
            seen |= {one["id"] for one in page["changes"] if one["kind"] == "incident"}
            after, more = page["seq"], page["more"]
            assert not page["gone"]
        assert incidents <= seen
        assert after == latest(console)
        return
    query, headers = (
        (f"?since={last}", {}) if how == "since" else ("", {"Last_Event_ID": str(last)})
    )
    with closing(Stream(system, query, **headers)) as stream:
        first = stream.next()
        assert first.name == "hints"
        assert incidents <= told(first.data["h"])
        assert first.id == first.data["seq"]
        assert stream.next().name == "hello"


def test_every_change_is_told_before_its_number_is(console: Console, system: System) -> None:
    """A hint waits its turn for a second: the id of what is told meanwhile stays before it."""
    incident = console.burst()
    heard: dict[int, set[str]] = {}
    with closing(Stream(system)) as stream:
        stream.next()
        for text in "abcd":
            system.act("promise", incident, restore=console.clock(60 + ord(text)))
        console.burst()
        end, seen = latest(console), set[str]()
        while max(heard, default=0) < end:
            event = stream.next()
            if event.name == "hints":
                seen |= told(event.data["h"])
            assert event.id is not None
            heard[event.id] = set(seen)
    assert incident in heard[max(heard)]
    assert list(heard) == sorted(heard)


def test_what_is_no_longer_kept_or_cannot_be_read_has_all_read_anew(
    console: Console, system: System
) -> None:
    console.burst()
    with console.store.engine.begin() as connection:
        oldest = min(connection.execute(changes.select()).scalars())
        connection.execute(changes.delete().where(changes.c.seq <= oldest))
    assert system.get(f"/api/v1/changes?after={oldest - 1 or 1}").body["gone"] is (oldest > 1)
    assert system.get(f"/api/v1/changes?after={oldest}").body["gone"] is False
    for headers in ({"Last_Event_ID": "of another stream"},):
        with closing(Stream(system, **headers)) as stream:
            assert stream.next().data["h"] == [["all", "*", 0, 0, ""]]


def test_a_stream_ends_with_its_token(console: Console) -> None:
    system = System(console, "read")
    with closing(Stream(system)) as stream:
        assert stream.next().name == "hello"
        system.revoke(wall_clock())
        while (event := stream.next()).name != "bye":
            pass
        assert event.data == {"why": "revoked"}
        assert stream.answer.readline() == b""


def test_only_who_may_see_incidents(console: Console) -> None:
    for path in ("/api/v1/events", "/api/v1/changes"):
        assert System(console, "answers").get(path).status == 403


def test_as_many_streams_as_there_may_be(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_console(tmp_path_factory.mktemp("full"), streams=2) as console:
        system = System(console, "read")
        with closing(Stream(system)), closing(Stream(system)):
            full = system.get("/api/v1/events")
            assert (full.status, full.body["code"]) == (503, "unavailable")
            assert full.headers["retry-after"] == "30"
            assert system.ask("HEAD", "/api/v1/events").status == 200


def test_the_number_of_an_event_stays_before_what_waits() -> None:
    async def begun() -> bytes:
        hub = Hub(3, lambda: {"seq": 9})
        hub.hint("incident", "GI-1", seq=7)
        hub.hint("incident", "GI-1", seq=9)
        return await anext(hub.stream())

    assert asyncio.run(begun()).endswith(b"\nid: 6\n\n")
