"""The archive: everything that was committed, once, and what is made of it again."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from correlator.adapters.archive import Archive, erase, open_archive
from correlator.model import DAY, Action, Forgotten, State, Ticket, Verb
from correlator.ports import ArchivePlan
from correlator.service.archivist import Archivist, write
from correlator.tools.backtest import History
from tests.builders import (
    START,
    network,
)
from tests.harness.loop import looping
from tests.harness.office import CARD, OTHER, Office, at, inventory_in
from tests.records import alarm_bytes


@pytest.fixture
def office(url: str, tmp_path: Path) -> Iterator[Office]:
    with looping(url, archives=True) as loop:
        yield Office(loop, tmp_path)


def numbers(archive: Archive) -> list[int]:
    return [kept.number for kept in archive.read()]


# ------------------------------------------------------------------------------ all of it, once


def test_what_was_taken_taken_again_says_the_same_bytes(office: Office) -> None:
    office.burst(CARD)
    (incident,) = office.loop.store.queries.incidents([State.PROPOSED, State.OPEN])
    office.loop.send(Action("A1", 0, "A1", "zoé", Verb.CONFIRM, incident.id))
    office.burst(OTHER, 20)
    office.loop.put("gi.alarms", alarm_bytes("X1", at(40), "DSL-4/C1"))
    office.loop.settle()
    office.write()
    assert len(office.published()) > 10
    assert office.replayed() == office.published()
    kinds = Counter(type(kept.input).__name__ for kept in office.archive.read())
    assert (kinds["Ticket"], kinds["Action"], kinds["Alarm"]) == (16, 1, 1)
    assert kinds["int"] >= 40  # ticks


def test_what_was_decided_is_there_as_it_ended(office: Office) -> None:
    office.burst(CARD)
    (incident,) = office.loop.store.queries.incidents([State.PROPOSED, State.OPEN])
    unlink = {"tickets": ("T0",), "reason": "autre chose"}
    office.loop.send(Action("A1", 0, "A1", "zoé", Verb.NOT_THIS, incident.id, **unlink))
    office.loop.send(Action("A2", 0, "A2", "zoé", Verb.CONFIRM, incident.id))
    office.loop.settle()
    office.write()
    (raised,) = History(office.archive).raised(0, 10**14)
    (stands,) = office.loop.store.queries.incidents([State.PROPOSED, State.OPEN])
    assert raised.incident == stands
    assert (raised.incident.confirmed_by, raised.not_this) == ("zoé", ("T0",))
    assert set(raised.tickets) == {f"T{1.5 * n:g}" for n in range(1, 8)}
    rows = decisions(office.archive)
    kinds = Counter(row["kind"] for row in rows)
    assert (kinds["verdict"], kinds["action"]) == (8, 2)
    assert {row["state"] for row in rows if row["kind"] == "action"} == {"done"}


def decisions(archive: Archive) -> list[dict[str, Any]]:
    tables = (pq.read_table(p.path, partitioning=None) for p in archive.parts("decisions"))
    return [row for table in tables for row in table.to_pylist()]


def test_each_input_is_there_once_in_the_order_in_which_it_was_taken(office: Office) -> None:
    office.burst(CARD)
    office.write()
    office.burst(OTHER, 20)
    office.write()
    found = numbers(office.archive)
    assert found == list(range(1, len(found) + 1))
    tickets = [k.input.id for k in office.archive.read() if isinstance(k.input, Ticket)]
    assert tickets == [f"T{1.5 * n:g}" for n in range(8)] + [f"T{20 + 1.5 * n:g}" for n in range(8)]
    assert list(office.archive.verify()) == []


class DiesError(Exception):
    pass


class DyingQueue:
    """A queue that dies at its n-th call, before the call or after it."""

    def __init__(self, queue: Any, at_call: int, *, after: bool) -> None:
        self._queue, self._left, self._after = queue, at_call, after

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            self._left -= 1
            if not self._left and not self._after:
                raise DiesError
            found = getattr(self._queue, name)(*args, **more)
            if not self._left:
                raise DiesError
            return found

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(1, 9))
def test_whoever_writes_may_die_anywhere(office: Office, call: int, *, after: bool) -> None:
    office.burst(CARD)
    queue: Any = DyingQueue(office.loop.store.archive_queue, call, after=after)
    dying = Archivist(queue, office.archive, office.settings, office.keepers())
    with pytest.raises(DiesError):
        office.write_again_and_again(dying)
    office.burst(OTHER[2:5], 200)
    office.write()
    found = numbers(office.archive)
    assert found == list(range(1, len(found) + 1))
    assert office.loop.store.archive_queue.waiting() == 0
    assert office.replayed() == office.published()
    assert list(office.archive.verify()) == []


class LatePlan:
    """A queue that was asked for its plan before another one has carried that out."""

    def __init__(self, queue: Any, now: int) -> None:
        self._queue = queue
        self._plans = [queue.plan(now, -1, 1 << 20)]

    def plan(self, *args: Any) -> ArchivePlan | None:
        return self._plans.pop() if self._plans else self._queue.plan(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


def test_two_that_write_at_once_write_the_same(office: Office) -> None:
    office.burst(CARD)
    late: Any = LatePlan(office.loop.store.archive_queue, office.loop.now)
    assert office.archivist().step(office.loop.now, all_of_it=True)
    office.burst(OTHER, 20)
    office.write(Archivist(late, office.archive, office.settings, office.keepers()))
    kept = list(office.archive.read())
    assert [one.number for one in kept] == list(range(1, len(kept) + 1))
    assert [one.taken for one in kept] == sorted(one.taken for one in kept)
    assert office.replayed() == office.published()
    assert list(office.archive.verify()) == []


def test_a_daemon_that_dies_before_its_commit_has_nothing_in_the_archive(office: Office) -> None:
    office.burst(CARD)
    office.loop.restart()
    office.burst(OTHER, 20)
    office.write()
    assert office.replayed() == office.published()


def test_what_has_just_come_waits_until_it_is_an_hour_old_or_much(office: Office) -> None:
    office.burst(CARD)
    archivist = office.archivist()
    assert not archivist.step(office.loop.now)
    assert archivist.step(office.loop.now + office.settings.every)
    office.burst(OTHER, 20)
    queue = office.loop.store.archive_queue
    assert queue.plan(office.loop.now, office.settings.every, 1 << 20) is None
    assert queue.plan(office.loop.now, office.settings.every, 100) is not None


def test_a_writer_that_is_ended_at_once_still_writes_what_is_left(office: Office) -> None:
    office.burst(CARD)
    write(office.archivist(), lambda: office.loop.now, lambda _: True)
    assert office.replayed() == office.published()


def test_a_writer_that_cannot_finish_leaves_the_rest_in_the_queue(
    office: Office,
) -> None:
    office.burst(CARD)
    waiting = office.loop.store.archive_queue.waiting()
    (office.folder / "archive").write_text("no folder")
    write(office.archivist(), lambda: office.loop.now, lambda _: True)
    assert office.loop.store.archive_queue.waiting() == waiting > 0


def test_parts_that_the_database_has_forgotten_are_removed(office: Office) -> None:
    office.burst(CARD)
    office.write()
    kept = numbers(office.archive)
    office.archive.write_part(7, [k for k in office.archive.read() if k.number < 3])
    assert numbers(office.archive) != kept
    office.write()
    assert numbers(office.archive) == kept


# ------------------------------------------------------------------ versions, days, snapshots


def test_a_snapshot_is_kept_at_the_beginning_and_once_a_day(office: Office) -> None:
    office.burst(CARD)
    for day in (1, 2):
        office.burst(OTHER, day * 24 * 60)
    office.write()
    notes = office.archive.snapshots()
    assert notes[0].restart
    assert [note.time // DAY for note in notes if note.time] == [
        START // DAY, START // DAY + 1, START // DAY + 2,
    ]  # fmt: skip
    since = notes[-1].time
    later = office.replayed(since=since)
    assert later == office.published()[-len(later) :]
    assert 0 < len(later) < len(office.published())


def test_the_rows_of_a_day_are_in_its_folder(office: Office) -> None:
    office.burst(CARD)
    office.burst(OTHER, 15 * 60)  # past midnight
    office.write()
    days = sorted({f"{part.day}" for part in office.archive.parts()})
    assert len(days) == 2
    for part in office.archive.parts():
        taken = pq.read_table(part.path, partitioning=None).column("taken").to_pylist()
        assert {f"{time:%Y-%m-%d}" for time in taken} == {f"{part.day}"}


def test_inventory_and_catalog_are_kept_by_version(office: Office) -> None:
    office.burst(CARD)
    office.write()
    history = History(office.archive)
    version, catalog = office.loop.engine.versions
    assert history.inventory(version).names == network().names
    assert history.catalog(catalog).version == catalog
    assert office.archive.versions("inventories") == [version]


def test_a_daemon_that_begins_with_another_inventory_is_followed(office: Office) -> None:
    office.burst(CARD)
    office.write()
    gone = OTHER[3]
    office.inventory = inventory_in(office.folder / "later", without=gone)
    office.loop.inventory = open_inventory(office.inventory)
    office.loop.restart()
    office.burst(OTHER, 30)
    office.write()
    assert len(office.archive.versions("inventories")) == 2
    assert office.replayed() == office.published()


def open_inventory(folder: Path) -> Any:
    import topology  # noqa: PLC0415 - only here

    return topology.load(folder)


# ------------------------------------------------------------------------------ whole or not


def test_a_file_that_is_not_what_it_says_is_found(office: Office) -> None:
    office.burst(CARD)
    office.write()
    office.burst(OTHER, 20)
    office.write()
    first, second = (Path(part.path) for part in office.archive.parts())
    whole = second.read_bytes()
    second.write_bytes(whole[: len(whole) // 2])
    assert [Path(damage.file) for damage in office.archive.verify()] == [second]

    table = pq.read_table(second.with_name(first.name), partitioning=None)
    changed = table.set_column(
        table.schema.get_field_index("body"), "body", [["{}"] * len(table)]
    ).replace_schema_metadata(table.schema.metadata)
    second.write_bytes(whole)
    pq.write_table(changed, first)
    assert ["hash" in damage.problem for damage in office.archive.verify()] == [True]

    first.unlink()
    assert list(office.archive.verify()) == []  # days may have been pruned
    office.burst(OTHER[:4], 60)
    office.write()
    second.unlink()
    remaining = [part.number for part in office.archive.parts()]
    assert remaining == [3]


def test_a_part_in_the_middle_that_is_gone_is_found(office: Office) -> None:
    for n in range(3):
        office.burst(OTHER[:4], 20 * n)
        office.write()
    Path(office.archive.parts()[1].path).unlink()
    (damage,) = office.archive.verify()
    assert "begins with input" in damage.problem


def test_days_before_are_pruned_and_what_is_left_can_be_taken_again(office: Office) -> None:
    office.burst(CARD)
    for day in (1, 2, 3):
        office.burst(OTHER, day * 24 * 60)
    office.write()
    since = (START // DAY + 2) * DAY
    assert office.archive.prune(since) > 0
    assert {part.day.toordinal() - 719163 for part in office.archive.parts()} == {
        START // DAY + 2, START // DAY + 3,
    }  # fmt: skip
    later = office.replayed(since=since)
    assert later
    assert later == office.published()[-len(later) :]


# ------------------------------------------------------------------------------------- erasure


def everything(folder: Path) -> bytes:
    """Return all that an archive holds, unpacked."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            found.append(repr(pq.read_table(path, partitioning=None).to_pylist()).encode())
        elif path.suffix == ".gz":
            found.append(gzip.decompress(path.read_bytes()))
        elif path.is_file():
            found.append(path.read_bytes())
    return b"\n".join(found)


def test_a_customer_who_is_erased_is_nowhere_and_history_stays(office: Office) -> None:
    office.burst(CARD)
    customer, words = CARD[3], "zut de zut, plus rien du tout chez moi"
    office.call(13, customer, description=words)
    office.loop.settle()
    office.burst(OTHER, 24 * 60)
    office.write()
    folder = office.folder / "archive"
    assert customer.encode() in everything(folder)
    assert words.encode() in everything(folder)
    before = History(office.archive).replay(0, 10**14)

    assert erase(office.archive, Forgotten(customer, "erased-1")) > 2
    assert customer.encode() not in everything(folder)
    assert words.encode() not in everything(folder)
    assert erase(office.archive, Forgotten(customer, "erased-1")) == 0
    assert list(office.archive.verify()) == []
    after = History(open_archive(office.settings.url)).replay(0, 10**14)
    assert [(one.id, one.tickets) for one in after] == [(one.id, one.tickets) for one in before]
    (version,) = office.archive.versions("inventories")
    with (folder / "inventories" / version / "customers.csv").open() as file:
        assert "erased-1" in {row[0] for row in csv.reader(file)}
