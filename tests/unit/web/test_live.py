"""The live stream: hints gathered, a beat, and streams that do not keep up."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from correlator.web.live import Hub, TooManyStreamsError


def hello() -> dict[str, Any]:
    return {"seq": 7}


async def read(stream: AsyncIterator[bytes]) -> tuple[str, dict[str, Any]]:
    name, data, *_ = (await asyncio.wait_for(anext(stream), 5)).decode().split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def running(test: Callable[[Hub], Awaitable[None]], most: int = 3, beat: float = 100.0) -> None:
    async def run() -> None:
        hub = Hub(most, hello, beat, every=0.01)
        hub.start()
        await test(hub)
        await hub.stop()

    asyncio.run(run())


def test_a_stream_begins_with_where_everything_stands() -> None:
    async def test(hub: Hub) -> None:
        assert await read(hub.stream()) == ("hello", {"seq": 7})

    running(test)


def test_a_stream_ends_with_its_session_and_others_go_on() -> None:
    async def test(hub: Hub) -> None:
        one, other, nobodys = hub.stream("s1"), hub.stream("s2"), hub.stream()
        for stream in (one, other, nobodys):
            await read(stream)
        assert hub.owners() == {"s1", "s2"}
        hub.end({"s1", ""})
        name, data = await read(one)
        assert (name, data["why"]) == ("bye", "session")
        with pytest.raises(StopAsyncIteration):
            await anext(one)
        assert (hub.owners(), len(hub)) == ({"s2"}, 2)
        hub.hint("text", "GI-1")
        assert (await read(other))[0] == (await read(nobodys))[0] == "hints"

    running(test)


def test_hints_come_together_and_the_last_word_of_each_counts() -> None:
    async def test(hub: Hub) -> None:
        stream = hub.stream()
        await read(stream)
        hub.hint("incident", "GI-1", 1, 4, "triage")
        hub.hint("incident", "GI-1", 2, 5, "confirmed")
        hub.hint("text", "GI-1")
        name, data = await read(stream)
        assert name == "hints"
        assert data["h"] == [["incident", "GI-1", 2, 5, "confirmed"], ["text", "GI-1", 0, 0, ""]]

    running(test)


def test_what_was_told_just_now_waits_and_holds_nothing_else_up() -> None:
    async def test(hub: Hub) -> None:
        stream = hub.stream()
        await read(stream)
        hub.hint("incident", "GI-1", 1, 4, "triage")
        await read(stream)
        began = asyncio.get_running_loop().time()
        hub.hint("incident", "GI-1", 2, 5, "confirmed")
        hub.hint("incident", "GI-2", 1, 1, "triage")
        assert (await read(stream))[1]["h"] == [["incident", "GI-2", 1, 1, "triage"]]
        assert (await read(stream))[1]["h"] == [["incident", "GI-1", 2, 5, "confirmed"]]
        assert asyncio.get_running_loop().time() - began > 0.8

    running(test)


def test_it_beats_when_nothing_happens() -> None:
    async def test(hub: Hub) -> None:
        stream = hub.stream()
        await read(stream)
        assert await read(stream) == ("beat", {"seq": 7})

    running(test, beat=0.02)


def test_one_too_many_is_refused_until_another_ends() -> None:
    async def test(hub: Hub) -> None:
        stream = hub.stream()
        await read(stream)
        with pytest.raises(TooManyStreamsError):
            hub.stream()
        await stream.aclose()  # type: ignore[attr-defined]
        assert len(hub) == 0
        hub.stream()

    running(test, most=1)


def test_a_stream_that_is_not_read_is_ended_and_holds_nobody_up() -> None:
    async def test(hub: Hub) -> None:
        lazy, keen = hub.stream(), hub.stream()
        await read(keen)
        for n in range(70):
            hub.hint("incident", f"GI-{n}")
            await read(keen)
        assert len(hub) == 1
        with pytest.raises(StopAsyncIteration):
            await read(lazy)

    running(test)


def test_all_are_told_goodbye() -> None:
    async def run() -> list[tuple[str, dict[str, Any]]]:
        hub = Hub(3, hello)
        hub.start()
        stream = hub.stream()
        await read(stream)
        await hub.stop()
        return [await read(stream)]

    assert asyncio.run(run()) == [("bye", {"why": "stop", "after_ms": 1000})]
