"""A replay needs no more memory for a file that is four times as long."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import pytest

import rules
import topology
from correlator.model import Answer, Effect, Event, Millis, Reason, ReasonCode, Verdict
from correlator.tools import file_replay
from correlator.tools.feeds import Feed, Stream
from correlator.tools.file_replay import ReplayRequest, run_replay
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = 1_800_000_000_000
SHORT, LONG = 2_500, 10_000
KEPT = 500_000  # bytes of late lines
MORE = 1.5  # a file in which late lines are sorted takes a buffer, and all of it is four times
ASIDE = 100_000  # bytes that others may leave behind meanwhile; LONG lines are thirty times as many


def file_of(path: Path, count: int, arrival: Callable[[int, int], int]) -> Feed:
    """Write as many tickets; `arrival`: seconds, from the line and how many there are."""
    lines = (ticket_bytes(f"T{n:06d}", START + 1_000 * arrival(n, count)) for n in range(count))
    path.write_bytes(b"\n".join(lines))
    return Feed("gi.tickets", path)


def peak_of(work: Callable[[], object]) -> int:
    """Return the most bytes that were in use at a time."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def streamed(feed: Feed) -> int:
    with Stream([feed], lambda letter: pytest.fail(letter.error), KEPT) as stream:
        return sum(1 for _ in stream)


@pytest.mark.parametrize(
    "arrival",
    [
        pytest.param(lambda n, _: n, id="in order"),
        pytest.param(lambda n, _: n - 40 * (n % 3), id="late by two minutes"),
        pytest.param(lambda n, count: count - n, id="backwards"),
    ],
)
def test_a_stream_of_a_longer_file_takes_no_more(
    tmp_path: Path, arrival: Callable[[int, int], int]
) -> None:
    short = file_of(tmp_path / "short.jsonl", SHORT, arrival)
    long = file_of(tmp_path / "long.jsonl", LONG, arrival)
    streamed(short)  # what is loaded or kept once
    assert peak_of(lambda: streamed(long)) < MORE * peak_of(lambda: streamed(short)) + ASIDE
    assert long.path.stat().st_size > 20 * ASIDE


class Answering:
    """Answers every ticket, and keeps nothing."""

    def __init__(self, *_: object) -> None:
        self.last_tick: Millis | None = None

    def handle(self, event: Event) -> list[Effect]:
        return [Verdict(event.id, event.arrived, Answer.NO, Reason(ReasonCode.EXPLAINED))]

    def tick(self, now: Millis) -> list[Effect]:
        self.last_tick = now
        return []


def test_a_replay_of_a_longer_file_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_replay, "Engine", Answering)
    for module in (topology, rules):  # what they hold would hide what the events do
        monkeypatch.setattr(module, "load", lambda *_, **__: None)
    peaks = []
    for count in (SHORT, SHORT, LONG):  # the first time something is loaded, or kept once
        feed = file_of(tmp_path / f"{count}.jsonl", count, lambda n, _: n)
        answers = tmp_path / f"{count}.answers"
        request = ReplayRequest(tmp_path, (feed,), verdicts=answers)
        peaks.append(peak_of(lambda request=request: run_replay(request, lambda *_: None)))
        assert answers.read_bytes().count(b"\n") == count
    assert peaks[2] < MORE * peaks[1] + ASIDE
