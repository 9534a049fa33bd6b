"""What an asynchronous replica forgets of what people did, and what readers are left with.

    python -m tests.chaos.forgotten [--small]

While the replica is cut off, people act at the console; each action is done and published. Then the
primary is lost. At the end every key of the topics is compared with the database, for two readers:
one takes the last message of a key, one drops what is no higher `version` than it has.
"""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
import time
import warnings
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from sqlalchemy import func, select

from correlator.adapters.sql import ConsoleWrites, Standing, schema
from correlator.adapters.sql.standing import standing_messages
from correlator.formats.wire import DEAD_LETTERS
from correlator.model import ANNOUNCED, Action, RejectCode, Verb
from correlator.ports import OutMessage
from tests.chaos.__main__ import HOME
from tests.chaos.faults.failover import Asynchronous
from tests.chaos.result import ends, readable, records, version_of
from tests.chaos.run import Run, Stage
from tests.chaos.world import BUSY, SMALL, World
from tests.harness.waiting import until

if TYPE_CHECKING:
    from kafka import TopicPartition

    from correlator.model import Incident

_ALIVE = 2
"""So many incidents are to live before people act; there are never many at once in this world."""
_INCIDENTS = 8
_DOMAINS = 3


class Acted(Asynchronous):
    """People act while the replica misses it."""

    name = "fail-over, asynchronous, people act"
    blows = 1

    def blow(self, run: Run) -> None:
        """Cut the replica off, act, see it done and published, and lose the primary."""
        until(lambda: len(_living(run)) >= _ALIVE, 60)
        run.pair.fall_behind()
        writes = ConsoleWrites(run.store.engine)
        self.sent = list(_acts(run))
        for action in self.sent:
            writes.send(action, 0)
        waiting = {Standing.WAITING, Standing.HELD}
        self.done = Counter(
            until(lambda a=action: _over(writes, a, waiting), 60)  # type: ignore[misc]
            for action in self.sent
        )
        run.reach(min(1.0, run.applied() / run.world.total + self.missed))
        with run.going_on():
            run.pair.fail_over()


def _over(writes: ConsoleWrites, action: Action, waiting: set[Standing]) -> Standing | None:
    standing = writes.standing(action.id, 0).standing
    return None if standing in waiting else standing


def _living(run: Run) -> list[Incident]:
    return [one for one in run.store.queries.incidents() if one.state in ANNOUNCED]


def _acts(run: Run) -> list[Action]:
    """Reject some of what lives, note something on others, and declare on quiet equipment."""
    living = _living(run)
    chosen = run.chance.sample(living, min(_INCIDENTS, len(living)))
    acts = [
        Action(f"r{n}", 0, f"r{n}", "zoé", Verb.REJECT, one.id, code=RejectCode.COINCIDENCE)
        if n % 2
        else Action(f"n{n}", 0, f"n{n}", "zoé", Verb.NOTE, one.id, text="vu")
        for n, one in enumerate(chosen)
    ]
    taken = {one.domain for one in living}
    known = sorted({one.domain for one in run.store.queries.incidents()} - taken - {"", None})
    return acts + [
        Action(f"d{n}", 0, f"d{n}", "zoé", Verb.DECLARE, "", domain=str(domain))
        for n, domain in enumerate(known[:_DOMAINS])
    ]


class Reading(NamedTuple):
    """What stands in the topics at the end."""

    last: dict[tuple[str, bytes], Any]
    highest: dict[tuple[str, bytes], tuple[int, Any]]
    said_twice: int
    """Versions of a key that were published with two contents."""


def read(run: Run, since: dict[TopicPartition, int]) -> Reading:
    """Read all topics that go out, but the dead letters, which have no versions."""
    last: dict[tuple[str, bytes], Any] = {}
    highest: dict[tuple[str, bytes], tuple[int, Any]] = {}
    contents: dict[tuple[Any, ...], set[str]] = {}
    for record in records(run.kafka.settings, since):
        if record.topic == DEAD_LETTERS:
            continue
        said = readable(record.value)
        version, key = version_of(said), (record.topic, record.key)
        last[key] = said
        contents.setdefault((*key, version), set()).add(repr(content(said)))
        if key not in highest or version > highest[key][0]:
            highest[key] = version, said
    return Reading(last, highest, sum(len(found) > 1 for found in contents.values()))


def report(run: Run, fault: Acted, found: Reading) -> str:
    """Compare both readers with the database."""
    table = schema.actions
    mine = select(func.count()).select_from(table).where(table.c.actor == "zoé")
    mine = mine.where(table.c.id.in_([action.id for action in fault.sent]))
    nothing, older, other = Counter[str](), Counter[str](), Counter[str]()
    with run.store.engine.connect() as connection:
        kept = connection.execute(mine).scalar_one()
        for topic, key in found.last:
            messages = standing_messages(connection, [OutMessage(topic, key, b"")])
            stands = content(readable(messages[0].value)) if messages else None
            if stands is None:
                nothing[topic] += 1
                continue
            older[topic] += content(found.last[topic, key]) != stands
            other[topic] += content(found.highest[topic, key][1]) != stands
    done = {standing.value: count for standing, count in fault.done.items()}
    lines = (
        f"actions at the console: {len(fault.sent)}, before the loss {done}",
        f"of them in the database at the end: {kept}",
        f"keys: {len(found.last)}; versions said in two ways: {found.said_twice}",
        f"keys that the database does not know: {dict(nothing)}",
        f"keys whose last message is not what the database says: {dict(+older)}",
        f"keys where a reader by version has something else: {dict(+other)}",
    )
    return "\n".join(lines)


def content(said: Any) -> Any:
    """Return a message without what numbers it."""
    inside = said["event"]["serviceProblem"] if "event" in said else said
    return {name: value for name, value in inside.items() if name not in {"version", "rev"}}


def main() -> None:
    """Run it once and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.forgotten")
    parser.add_argument("--small", action="store_true", help="a tenth of the records")
    parser.add_argument("--seed", default=str(time.time_ns()))
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    warnings.simplefilter("ignore", DeprecationWarning)
    name, settings = ("small", SMALL) if chosen.small else ("busy", BUSY)
    world = World(HOME / "worlds" / name, settings)
    fault = Acted(1)
    with (
        tempfile.TemporaryDirectory(prefix="gi-chaos-") as folder,
        closing(Stage(Path(folder), world)) as stage,
        Run(stage, fault, "postgresql", random.Random(chosen.seed)) as run,
    ):
        since = ends(run.kafka.settings)
        run.perform()
        print(report(run, fault, read(run, since)))


if __name__ == "__main__":
    main()
