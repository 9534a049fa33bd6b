"""The soak finds what it is there to find: a leak, rows that are lost, doubled or otherwise."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from contextlib import closing
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from correlator.adapters.sql import SqlStore, open_store, schema
from correlator.model import DAY
from tests.integration.store_samples import batch, one_of_each, ticket
from tests.soak.compare import compare
from tests.soak.picture import draw
from tests.soak.record import Record
from tests.soak.verdict import BOUNDED, HISTORY, growth, slope, slope_undisturbed, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTES, DAYS = 90, 810
LEAK = 12.0
"""MiB an hour."""


def lines(leak: float) -> Iterator[dict[str, Any]]:
    """Yield the looks at a run of an hour and a half."""
    chance = random.Random(3)
    yield {"kind": "begin", "t": 0.0, "days": DAYS, "minutes": float(MINUTES), "begin": 0}
    for t in range(0, MINUTES * 60, 5):
        for name in ("first", "second", "console"):
            rss = 400 + leak * t / 3600 + chance.gauss(0, 3)
            process = {"pid": 7, "rss": rss, "handles": 21, "threads": 8, "cpu": t / 10}
            yield {"kind": "process", "t": t, "name": name, **process}
        engine = t / 60 / MINUTES * DAYS * DAY
        fed = {"sent": t * 9, "applied": t * 8, "buffered": t, "outbox": 0, "engine": engine}
        yield {"kind": "feeds", "t": t, **fed}
        if t % 30 == 0:
            day = engine / DAY
            tables = {name: (min(day, 400) * 9, 8192) for name in BOUNDED}
            tables |= dict.fromkeys(HISTORY, (day * 9, 8192))
            yield {"kind": "tables", "t": t, "tables": tables, "database": t * 10_000}
        if t % 600 == 300:
            fault = {"fault": "kafka: all gone", "seconds": 9.0, "recoveries": [9.0]}
            yield {"kind": "fault", "t": t, "failure": "", **fault}


def test_a_leak_is_told_and_noise_is_not() -> None:
    leaking = slope(Record(lines(LEAK)).working("first", "rss"))
    assert leaking.low <= LEAK <= leaking.high
    assert leaking.low > 0.9 * LEAK
    still = slope(Record(lines(0.0)).working("first", "rss"))
    assert still.low <= 0 <= still.high


def test_a_leak_between_two_faults_is_told_from_one_at_each() -> None:
    leaking = slope_undisturbed(Record(lines(LEAK)).stretches("first", "rss"))
    assert leaking.low <= LEAK <= leaking.high
    record = Record(lines(0.0))
    for line in record.processes["first"]:
        line["rss"] += 5 * ((line["t"] + 300) // 600)  # at each fault
    assert slope(record.working("first", "rss")).low > 20
    between = slope_undisturbed(record.stretches("first", "rss"))
    assert between.low <= 0 <= between.high


def test_what_is_kept_for_so_long_grows_no_more() -> None:
    _, days, rows = Record(lines(0.0)).rows("rates")
    before, after = growth(days, rows)
    assert (round(before, 3), round(after, 3)) == (9, 0)


def test_a_run_that_did_not_come_to_its_end_is_bad_and_is_told_of() -> None:
    record = Record(lines(0.0))
    assert record.is_bad
    assert "did not come to its end" in verdict(record)


def test_the_picture_is_within_its_frame() -> None:
    drawn = ET.fromstring(draw(Record(lines(LEAK))))
    width, height = map(float, drawn.attrib["viewBox"].split()[2:])
    spots = [
        (float(one.attrib[x]), float(one.attrib[y]))
        for one in drawn.iter()
        for x, y in (("x", "y"), ("x1", "y1"), ("x2", "y2"))
        if x in one.attrib
    ]
    assert len(spots) > 100
    assert all(0 <= x <= width and 0 <= y <= height for x, y in spots)


def test_every_difference_from_the_twin_is_counted(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "twin.db")), closing(filled(tmp_path / "soaked.db")) as soaked:
        assert compare(soaked, tmp_path / "twin.db")[1:3] == (0, 0)
        with soaked.engine.begin() as connection:
            gone = schema.tickets.c.id == "T00000002"
            connection.execute(sa.delete(schema.tickets).where(gone))
            other = sa.update(schema.tickets).where(schema.tickets.c.id == "T00000003")
            connection.execute(other.values(text="another"))
            names = [c.name for c in schema.journal.c if c.name != "seq"]
            again = sa.select(*(schema.journal.c[name] for name in names)).limit(1)
            connection.execute(sa.insert(schema.journal).from_select(names, again))
        found = compare(soaked, tmp_path / "twin.db")
        assert (found.lost, found.doubled) == (2, 1)
        assert found.by_table["tickets"][1:] == (2, 0)
        assert found.by_table["journal"][1:] == (0, 1)
        assert len(found.examples) == 4  # the row that is another is shown on both sides


def filled(path: Path) -> SqlStore:
    store = open_store(f"sqlite:///{path}")
    lease = store.acquire("engine", "one", 10_000, 5_000)
    assert lease is not None
    effects = (*one_of_each(), *(ticket(n) for n in range(2, 6)))
    store.commit(lease, batch(effects=effects), 10_000, 5_000)
    return store
