"""Rounds in which each takes its turn, so that whatever slows the machine slows all of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.benchmarks.peers import alertmanager, drools, sec
from tests.benchmarks.peers.engine import engine
from tests.benchmarks.peers.feed import Item
from tests.benchmarks.peers.firings import ALARMS, TICKETS, Firing, Found, incidents_of, judge
from tests.benchmarks.peers.process import MissingError
from tests.benchmarks.peers.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from correlator.tools.worldfiles import Truth

SWEEP = (5, 8, 12, 20)
"""Tickets of one node within the window, of rules that count."""


class Scene(NamedTuple):
    """What all of them are given."""

    world: Path
    items: Sequence[Item]
    truth: Truth
    folder: Path

    def judged(self, firings: Sequence[Firing], *, holds: bool = False) -> Found:
        """Hold what the two rules found to the truth."""
        tickets, alarms = (
            incidents_of(firings, self.items, rule, holds=holds) for rule in (TICKETS, ALARMS)
        )
        return judge(self.truth, tickets, alarms)


class Asked(NamedTuple):
    """How often, and how."""

    rounds: int
    play: float
    """Seconds in which Alertmanager is played the world."""
    python: Path
    """That has drools-jpy."""


def take_turns(scene: Scene, asked: Asked) -> list[Row]:
    """Run each once a round; return the rows of those that are here."""
    runs: dict[str, list[Any]] = {}
    missing: set[str] = set()
    for number in range(asked.rounds):
        for name, turn in _turns(scene, asked, first=number == 0).items():
            if name in missing:
                continue
            print(f"round {number + 1} of {asked.rounds}: {name}", file=sys.stderr, flush=True)
            try:
                runs.setdefault(name, []).append(turn())
            except MissingError as error:
                missing.add(name)
                print(f"NOTE: {error}. It is left out.", flush=True)
    return [
        row for name, rows in _ROWS.items() if runs.get(name) for row in rows(scene, runs[name])
    ]


def _turns(scene: Scene, asked: Asked, *, first: bool) -> Mapping[str, Callable[[], Any]]:
    items, folder = scene.items, scene.folder
    play = asked.play if first else None
    return {
        "correlator": lambda: engine(scene.world, folder, "alarms", "tickets"),
        "correlator, alarms": lambda: engine(scene.world, folder, "alarms"),
        "Drools": lambda: drools.drools(items, asked.python, folder),
        "Alertmanager": lambda: alertmanager.alertmanager(items, folder, play),
        "SEC": lambda: sec.sec(items, folder),
    }


def _of_both(scene: Scene, runs: Sequence[Any]) -> Iterator[Row]:
    found = judge(scene.truth, runs[0].incidents, runs[0].network)
    yield Row("correlator", "alarms and tickets", _all(runs, "warm"), found)
    yield Row("correlator", "the same, cold", _all(runs, "cold"))


def _of_alarms(scene: Scene, runs: Sequence[Any]) -> Iterator[Row]:
    found = judge(scene.truth, None, runs[0].network)
    yield Row("correlator", "alarms alone", _all(runs, "warm"), found)


def _of_drools(scene: Scene, runs: Sequence[Any]) -> Iterator[Row]:
    _say("Drools", f"drools-jpy {runs[0].version}", f"ready after {runs[0].start:.1f} s")
    yield Row("Drools", "alarms and tickets", _all(runs, "warm"), scene.judged(runs[0].firings))
    yield Row("Drools", "the same, cold", _all(runs, "cold"))


def _of_alertmanager(scene: Scene, runs: Sequence[Any]) -> Iterator[Row]:
    first = runs[0]
    _say("Alertmanager", f"Debian {first.version}", f"ready after {first.start:.1f} s")
    yield Row("Alertmanager", "alarms posted", _all(runs, "cost"))
    if first.played is not None:
        groups = alertmanager.incidents_of(first.told)
        _say("Alertmanager", f"{len(first.told):,} notifications of {len(groups):,} groups")
        found = judge(scene.truth, None, groups)
        yield Row("Alertmanager", "alarms, and telling", (first.played,), found, played=True)


def _of_sec(scene: Scene, runs: Sequence[Any]) -> Iterator[Row]:
    first = runs[0]
    _say("SEC", f"Debian {first.version}", f"{first.start:.2f} s of CPU to start, taken off")
    late = len(first.firings)
    _say("SEC", f"{first.fired:,} firings by the clock, {late:,} by that of the events")
    yield Row("SEC", "alarms and tickets", _all(runs, "cost"))
    found = scene.judged(first.firings, holds=True)
    yield Row("SEC", "the same, clock of events", _all(runs, "in_event_time"), found)
    for enough in SWEEP[1:]:
        rule = TICKETS._replace(enough=enough)
        told = sec.sec(scene.items, scene.folder, [rule]).firings
        groups = incidents_of(told, scene.items, rule, holds=True)
        yield Row("SEC", f"{enough} tickets an hour", (), judge(scene.truth, groups))


_ROWS: Mapping[str, Callable[[Scene, Sequence[Any]], Iterator[Row]]] = {
    "correlator": _of_both,
    "correlator, alarms": _of_alarms,
    "Drools": _of_drools,
    "Alertmanager": _of_alertmanager,
    "SEC": _of_sec,
}


def _all(runs: Sequence[Any], name: str) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for one in runs)


def _say(peer: str, *words: str) -> None:
    print(f"{peer}: {'; '.join(words)}", flush=True)
