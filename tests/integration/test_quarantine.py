"""What cannot be applied or stored is set aside, alone, and all else is as if it had not come."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from correlator.adapters.files import FilePublisher, FileSource
from correlator.adapters.sql import ConsoleWrites, SqlStore, open_store
from correlator.engine import Engine, EngineSettings
from correlator.model import MINUTE, Action, Verb
from correlator.service import daemon as daemons
from correlator.service.daemon import Daemon
from correlator.service.metrics import Metrics
from correlator.service.quarantine import MOST_IN_A_ROW, NothingWorksError
from tests.builders import START, catalog, customers_of, network, spread
from tests.harness.daemons import SETTINGS, services_of
from tests.harness.loop import contents
from tests.harness.picky import BAD, Picky
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from correlator.model import Effect, Event
    from correlator.ports import Record

CARD = spread(customers_of("DSL-1/C1"), 9)
DECIDED = ("tickets", "incidents", "links", "verdicts", "journal", "suppressions")


def tickets(bad: Iterable[int] = ()) -> list[bytes]:
    """Return calls from a card, some of which bear an id that is not taken."""
    names = [f"T{n}{BAD if n in bad else ''}" for n in range(len(CARD))]
    return [
        ticket_bytes(name, START + n * MINUTE, customer)
        for n, (name, customer) in enumerate(zip(names, CARD, strict=True))
    ]


class Run:
    """A daemon over lines of tickets, in this process, on a store that is there before."""

    def __init__(self, folder: Path, store: SqlStore, engine: type[Engine] = Engine) -> None:
        self._folder, self.store, self.metrics = folder, store, Metrics()
        self._engine = engine

    def over(self, lines: list[bytes]) -> SqlStore:
        self._folder.mkdir(exist_ok=True)
        path = self._folder / "gi.tickets.in"
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        services = services_of(
            self.store, lambda: FileSource({"gi.tickets": path}), FilePublisher(self._folder)
        )
        fresh = lambda: self._engine(network(), catalog(), EngineSettings())  # noqa: E731
        services = structs.replace(services, engines=fresh)
        daemon = Daemon(services, SETTINGS, "test", self.metrics, on_silence=lambda: done())  # noqa: PLW0108 - it has no name yet

        def done() -> None:
            if not self.store.inbox(2**60, 1):
                daemon.stop()

        with capture_logs():
            daemon.run()
        return self.store

    def count(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"correlator_{name}_total") or 0.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemons, "AGAIN", 0.01)


@pytest.fixture
def begun(url: str, tmp_path: Path) -> Iterable[Callable[..., Run]]:
    with closing(open_store(url)) as store:
        yield lambda engine=Engine: Run(tmp_path / "run", store, engine)


def undisturbed(folder: Path, lines: list[bytes]) -> dict[str, Any]:
    with closing(open_store(f"sqlite:///{folder / 'undisturbed.db'}")) as store:
        return decided(Run(folder / "other", store).over(lines))


def decided(store: SqlStore) -> dict[str, Any]:
    return contents(store, *DECIDED)


def refuse(store: SqlStore, name: str) -> None:
    """Have the database itself refuse a ticket."""
    condition = f"id <> '{name}'"
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ALTER TABLE tickets ADD CHECK ({condition})")
        else:
            connection.exec_driver_sql(
                f"CREATE TRIGGER picky BEFORE INSERT ON tickets WHEN NOT (NEW.{condition}) "
                "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
            )


@pytest.mark.parametrize("bad", [{0}, {4}, {8}, {2, 3, 7}])
def test_what_the_engine_cannot_take_is_set_aside(
    begun: Callable[..., Run], tmp_path: Path, bad: set[int]
) -> None:
    lines = tickets(bad)
    run = begun(Picky)
    store = run.over(lines)
    letters = store.queries.dead_letters(99)
    assert {e.record.offset for e in letters} == bad
    assert {(e.reason, e.record.value) for e in letters} == {("unusable", lines[n]) for n in bad}
    assert all("KeyError" in e.error for e in letters)
    assert run.count("set_aside") == len(bad)
    rest = [line for n, line in enumerate(lines) if n not in bad]
    assert decided(store) == undisturbed(tmp_path, rest)


def test_nobody_waits_with_work_in_hand_and_one_alone_is_read_alone(
    begun: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int, int]] = []
    poll = FileSource.poll

    def noted(source: FileSource, timeout_ms: int, max_records: int) -> Sequence[Record]:
        found = poll(source, timeout_ms, max_records)
        asked.append((timeout_ms, max_records, len(found)))
        return found

    monkeypatch.setattr(FileSource, "poll", noted)
    run = begun()
    refuse(run.store, "T5bad")
    run.over(tickets({5}))
    assert asked[0] == (200, SETTINGS.batch, len(CARD))
    first = next(n for n, (_, most, _) in enumerate(asked) if most == 1)
    alone = [one for one in asked[first:] if one[1] == 1]
    assert len(alone) >= len(CARD)
    assert max(found for _, _, found in alone) <= 1


def test_what_the_database_cannot_take_is_found_in_its_batch(
    begun: Callable[..., Run], tmp_path: Path
) -> None:
    run = begun()
    refuse(run.store, "T5bad")
    lines = tickets({5})
    store = run.over(lines)
    (letter,) = store.queries.dead_letters(99)
    assert (letter.record.offset, letter.reason) == (5, "unusable")
    assert "INSERT" not in letter.error, "a statement is nobody's business"
    assert decided(store) == undisturbed(tmp_path, lines[:5] + lines[6:])


def test_where_every_record_fails_it_stops_and_nothing_is_lost(begun: Callable[..., Run]) -> None:
    run = begun(Picky)
    with pytest.raises(NothingWorksError, match=f"{MOST_IN_A_ROW} attempts in a row .*KeyError"):
        run.over([*tickets(set(range(9))), *tickets(set(range(9)))])
    assert run.store.queries.dead_letters(99) == []
    assert run.store.recover().positions == {}


def test_what_fails_once_is_not_set_aside(begun: Callable[..., Run], tmp_path: Path) -> None:
    failed: set[str] = set()

    class Forgetful(Engine):
        def handle(self, event: Event) -> list[Effect]:
            if event.id not in failed:
                failed.add(event.id)
                raise MemoryError
            return super().handle(event)

    store = begun(Forgetful).over(tickets())
    assert store.queries.dead_letters(99) == []
    assert decided(store) == undisturbed(tmp_path, tickets())


def test_an_action_of_the_console_is_set_aside_and_the_others_are_carried_out(
    begun: Callable[..., Run],
) -> None:
    run = begun(Picky)
    lines = tickets()
    (incident,) = run.over(lines).queries.incidents()
    write = ConsoleWrites(run.store.engine)
    for name in ("x1", f"x2{BAD}", "x3"):
        action = Action(name, 0, name, "zoé", Verb.NOTE, incident.id, text=f"note {name}")
        write.send(action, 0, 0)
    store = run.over(lines)
    (letter,) = store.queries.dead_letters(99)
    assert (letter.record.topic, letter.record.key, letter.reason) == (
        "inbox",
        b"x2bad",
        "unusable",
    )
    assert store.inbox(2**40, 9) == []
    notes = [row["new"] for row in contents(store, "journal")["journal"] if row["field"] == "note"]
    assert notes == ["note x1", "note x3"]


def test_what_cannot_be_shown_keeps_nothing_up(begun: Callable[..., Run], tmp_path: Path) -> None:
    class Blind(Engine):
        def project(self, *_: Any) -> list[Effect]:
            raise ZeroDivisionError

    store = begun(Blind).over(tickets())
    assert decided(store) == undisturbed(tmp_path, tickets())


def test_without_snapshots_the_inputs_are_kept(begun: Callable[..., Run], tmp_path: Path) -> None:
    class Shy(Engine):
        def snapshot(self) -> bytes:
            raise ValueError("no picture")

    store = begun(Shy).over(tickets())
    assert store.recover().inputs
    assert decided(store) == undisturbed(tmp_path, tickets())
