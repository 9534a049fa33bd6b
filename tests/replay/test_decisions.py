"""What was decided over two small worlds is what is on record in `decisions/`.

On record are decisions only: which incidents, when they moved from state to state, their causes,
their tickets, and what every caller was told. Times are to the minute and there are no other
numbers, so that a new field of an effect or another processor changes nothing here.

Where decisions are meant to change, look at what this test says and write the record anew:

    python -m tests.replay.test_decisions
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import msgspec
import pytest

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.model import Effect, Incident, IncidentChanged, Millis
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import Feed, merged
from correlator.tools.replay import Outcome, replay

RECORD = Path(__file__).parent / "decisions"
FEEDS = ("maintenance", "alarms", "tickets")
BUSY = {"outages_per_day": 6.0, "call_rate": 3.0, "days_between_works": 0.3}
WORLDS = {
    "plain": msgspec.structs.replace(WorldSettings.plain(seed=7, customers=3_000, days=3), **BUSY),
    "hard": msgspec.structs.replace(WorldSettings.hard(seed=12, customers=3_000, days=3), **BUSY),
}
MOST_SHOWN = 20  # of what differs

Lines: TypeAlias = dict[str, list[str]]
"""Something by its name, and what there is to say of it."""


class Decisions(msgspec.Struct, frozen=True):
    """All that was decided over a world. `feeds` tells its events from those of other worlds."""

    feeds: str
    incidents: dict[str, Lines]
    tickets: dict[str, str]


class Diary:
    """Every incident's states and causes over time; what stays the same is noted once."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self._of: dict[str, Lines] = {}

    def take(self, effect: Effect) -> None:
        """Follow one effect."""
        self.outcome.take(effect)
        if not isinstance(effect, IncidentChanged):
            return
        incident = effect.incident
        lines = self._of.setdefault(incident.id, {"states": [], "causes": [], "rules": []})
        if not lines["states"] or lines["states"][-1].split()[0] != incident.state:
            lines["states"].append(f"{incident.state} {minute(incident.changed)}")
        for name, value in (("causes", cause(incident)), ("rules", incident.rule)):
            if lines[name][-1:] != [value]:
                lines[name].append(value)

    def incidents(self) -> dict[str, Lines]:
        """Return the lines of every incident, those of its linked tickets among them."""
        outcome = self.outcome
        return {key: self._of[key] | {"tickets": [*outcome.linked(key)]} for key in self._of}

    def tickets(self) -> dict[str, str]:
        """Return what was said of every ticket when it came."""
        return {
            said.ticket: f"{said.answer} {said.reason.code} {said.incident}".rstrip()
            for said in self.outcome.verdicts
        }


def minute(time: Millis) -> str:
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%d/%H:%M")


def cause(incident: Incident) -> str:
    return incident.domain or "outside the network"


def decide(settings: WorldSettings, folder: Path) -> Decisions:
    """Simulate a world into the folder and return what the engine decides over it."""
    simulate(settings, folder)
    files = [folder / f"{name}.jsonl" for name in FEEDS]
    feeds = [Feed(f"gi.{file.stem}", file) for file in files]
    events = merged(feeds, lambda letter: pytest.fail(letter.error))
    diary = Diary()
    engine = Engine(topology.load(folder / "topology"), rules.load(), EngineSettings())
    replay(engine, events, keep=diary.take)
    made = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    return Decisions(made, diary.incidents(), diary.tickets())


def record(kind: str) -> Decisions:
    """Return what is on record."""
    return msgspec.json.decode((RECORD / f"{kind}.json").read_bytes(), type=Decisions)


def differences(old: Decisions, new: Decisions) -> Iterator[str]:
    """Say of every incident and every ticket what is not as it was."""
    for key in sorted({*old.incidents, *new.incidents}):
        before, after = old.incidents.get(key), new.incidents.get(key)
        if before is None or after is None:
            lines = before or after or {}
            where, states = lines["causes"][-1], ", ".join(lines["states"])
            yield f"incident {key} {'is new' if before is None else 'is gone'}: {where}, {states}"
            continue
        for what in sorted({*before, *after}):
            was, now = before.get(what, []), after.get(what, [])
            if was != now:
                yield f"incident {key}, {what}: {changed(was, now)}"
    for key in sorted({*old.tickets, *new.tickets}):
        said, says = old.tickets.get(key, "nothing"), new.tickets.get(key, "nothing")
        if said != says:
            yield f"ticket {key}: was told {said}, is told {says}"


def changed(was: Iterable[str], now: Iterable[str]) -> str:
    gone, come = [w for w in was if w not in now], [n for n in now if n not in was]
    if not gone and not come:
        return "in another order"
    return f"no longer {', '.join(gone) or '-'}; now {', '.join(come) or '-'}"


@pytest.mark.parametrize("kind", WORLDS)
def test_what_is_decided_is_what_is_on_record(kind: str, tmp_path: Path) -> None:
    old, new = record(kind), decide(WORLDS[kind], tmp_path)
    assert old.feeds == new.feeds, "the simulator makes other events: nothing can be compared"
    found = [*differences(old, new)]
    shown = [*found[:MOST_SHOWN], f"… {len(found)} in all"]
    assert not found, "\n".join(["decided otherwise than is on record:", *shown])


@pytest.mark.parametrize("kind", WORLDS)
def test_the_worlds_are_worth_the_trouble(kind: str) -> None:
    incidents, tickets = record(kind).incidents.values(), record(kind).tickets.values()
    states = {line.split()[0] for lines in incidents for line in lines["states"]}
    answers = {line.split()[0] for line in tickets}
    assert {"candidate", "open", "resolved", "closed"} <= states
    assert {"yes", "no", "maintenance"} <= answers
    assert sum(bool(lines["tickets"]) for lines in incidents) >= 8


def test_what_differs_is_named() -> None:
    lines = {"states": ["open 02/10:15"], "causes": ["C1"], "rules": ["r"], "tickets": ["T1", "T2"]}
    old = Decisions("", {"I": lines, "J": lines}, {"T1": "yes explained I", "T2": "no no-incident"})
    other = {"I": lines | {"tickets": ["T2", "T3"]}, "K": lines}
    new = Decisions("", other, {"T1": "no no-incident", "T2": "no no-incident"})
    assert [*differences(old, old)] == []
    assert [*differences(old, new)] == [
        "incident I, tickets: no longer T1; now T3",
        "incident J is gone: C1, open 02/10:15",
        "incident K is new: C1, open 02/10:15",
        "ticket T1: was told yes explained I, is told no no-incident",
    ]


def write() -> None:
    """Write the record anew."""
    RECORD.mkdir(exist_ok=True)
    for kind, settings in WORLDS.items():
        with tempfile.TemporaryDirectory(prefix="gi-decisions-") as folder:
            (RECORD / f"{kind}.json").write_bytes(one_a_line(decide(settings, Path(folder))))


def one_a_line(decisions: Decisions) -> bytes:
    """Return JSON with one incident or ticket a line, so that a diff can be read."""
    parts = {
        name: ",\n".join(
            f"  {encoded(key)}: {encoded(value)}"
            for key, value in sorted(getattr(decisions, name).items())
        )
        for name in ("incidents", "tickets")
    }
    body = ",\n".join(f'"{name}": {{\n{lines}\n}}' for name, lines in parts.items())
    return f'{{"feeds": {encoded(decisions.feeds)},\n{body}}}\n'.encode()


def encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


if __name__ == "__main__":
    write()
