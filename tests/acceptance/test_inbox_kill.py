"""A daemon that is killed again and again carries every action of the console out, once."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import sqlalchemy as sa

from correlator.adapters.sql import ConsoleWrites, SqlStore, Standing, open_store, schema
from correlator.model import MINUTE, Action, Verb
from tests.builders import START, customers_of, spread
from tests.harness.waiting import until
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = 80
KILLS = 2


def notes(store: SqlStore) -> list[tuple[str, str]]:
    """Return action and text of every note in the journal, in order."""
    table = schema.journal
    query = sa.select(table.c.action, table.c.new).where(table.c.field == "note")
    with store.engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(query.order_by(table.c.seq))]


def test_nothing_is_lost_and_nothing_is_doubled(url: str, tmp_path: Path) -> None:
    callers = spread(customers_of("DSL-1/C1"), 8)
    lines = [ticket_bytes(f"T{n}", START + n * MINUTE, who) for n, who in enumerate(callers)]
    (tmp_path / "tickets").write_bytes(b"".join(line + b"\n" for line in lines))
    chance = random.Random(4)
    command = [sys.executable, "-m", "tests.harness.led", url, str(tmp_path)]
    with closing(open_store(url)) as store:
        writes = ConsoleWrites(store.engine)
        child = subprocess.Popen(command)
        try:
            (incident, *_) = until(lambda: store.queries.incidents() or None)
            sent = (f"x{n:03}" for n in itertools.count())
            names: list[str] = []
            for _ in range(KILLS):
                for n, name in enumerate(itertools.islice(sent, ACTIONS // KILLS)):
                    note = Action(name, 0, name, "zoé", Verb.NOTE, incident.id, text=f"note {name}")
                    writes.send(note, 0)
                    names.append(name)
                    if n == 0:  # it leads
                        until(lambda: _done(writes, names[-1]))
                    time.sleep(chance.random() * 0.01)
                child.kill()  # in the middle of whatever it does
                child.wait()
                child = subprocess.Popen(command)
            outcomes = [
                until(lambda name=name: _done(writes, name))
                for name in names  # type: ignore[misc]
            ]
        finally:
            child.kill()
            child.wait()
        assert set(outcomes) == {Standing.DONE}
        assert notes(store) == [(name, f"note {name}") for name in names]
        assert store.inbox(0, 9) == []
        assert store.queries.counts()["actions"] == len(names)


def _done(writes: ConsoleWrites, name: str) -> Standing | None:
    standing = writes.standing(name, 0).standing
    return None if standing is Standing.WAITING else standing
