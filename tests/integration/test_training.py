"""A small archived day, played with people's actions: what was decided, beside cell and truth."""

from __future__ import annotations

from contextlib import closing
from datetime import date, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from correlator.adapters.archive import ArchiveError, open_archive
from correlator.adapters.callbacks import CallbackSettings
from correlator.adapters.host import wall_clock
from correlator.adapters.pacing import Pace, write_pace
from correlator.adapters.sql import ConsoleWrites, Standing, open_store
from correlator.demo import day_training, fresh, report_in, span_of
from correlator.demo.living import begin, play_on, url_of
from correlator.demo.training import COMPARISON
from correlator.model import (
    HOUR,
    MINUTE,
    Action,
    CellSaid,
    Did,
    Judged,
    RejectCode,
    TrainingReport,
    TruthSaid,
    Verb,
)
from correlator.simulate import WorldSettings
from correlator.tools.backtest import History
from correlator.web.settings import Oidc, WebSettings
from tests.harness.command import correlator
from tests.workshop import made

if TYPE_CHECKING:
    from pathlib import Path

    from correlator.adapters.sql import SqlStore
    from correlator.demo import Stage
    from correlator.demo.archived import Span

WORLD = WorldSettings(seed=7, customers=8_000, days=4, outages_per_day=12.0)
ZONE = ZoneInfo("Europe/Paris")


class Day:
    """The third day of a made-up operator, from eight o'clock on, in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.history = History(open_archive(made(folder, WORLD).archive))
        self.span: Span = span_of(self.history, ZONE, date(2026, 3, 4), time(8))

    def stage(self, out: Path, web: WebSettings | None = None) -> Stage:
        fresh(out)
        settings = web or WebSettings(topology=out)
        return day_training(self.history, self.span, out, settings, self.folder / "world")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("training") / "shop")


class Learner:
    """Confirms the first incident, rejects the second, takes the third, looks at the others.

    When it is done they go on to the next event, as somebody at the bar of the page would.
    """

    def __init__(self, stage: Stage, until: int) -> None:
        self._stage = stage
        self._until = until
        self._known: list[str] = []
        self._skips = 0
        self.over = False

    def look(self, store: SqlStore) -> None:
        self._stage.silent(store)
        report = report_in(self._stage.out)
        self.over = report.now >= self._until
        write = ConsoleWrites(store.engine)
        for line in report.lines:
            if line.id not in self._known:
                self._known.append(line.id)
                self._act(write, line.id)
        if not any(_waits(write, name) for name in self._known[:3]):
            self._skips += 1
            write_pace(self._stage.out / "pace.json", Pace(skips=self._skips))

    def _act(self, write: ConsoleWrites, incident: str) -> None:
        verbs = (Verb.CONFIRM, Verb.REJECT, Verb.ACKNOWLEDGE)
        for number, verb in enumerate(verbs):
            if self._known.index(incident) == number:
                code = RejectCode.COINCIDENCE if verb is Verb.REJECT else None
                write.send(Action(incident, 0, incident, "zoé", verb, incident, code=code), 1)


def _waits(write: ConsoleWrites, name: str) -> bool:
    return write.standing(name, wall_clock()).standing is Standing.WAITING


def played(day: Day, out: Path) -> TrainingReport:
    """Play the day, from one announcement of then to the next, with somebody who learns."""
    stage = day.stage(out)
    then = day.history.raised(day.span.begin, day.span.end)
    moments = [one.announced + 2 * MINUTE for one in then]
    stage = stage._replace(scenes=[*moments, day.span.end + 2 * MINUTE])
    begin(stage)
    learner = Learner(stage, day.span.end)
    play_on(stage._replace(silent=learner.look), lambda: learner.over)
    return report_in(stage.out)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("train") / "out"


@pytest.fixture(scope="module")
def report(day: Day, out: Path) -> TrainingReport:
    return played(day, out)


def test_what_was_decided_stands_beside_cell_and_truth(report: TrainingReport) -> None:
    lines = report.lines
    assert len(lines) >= 4
    assert [line.did for line in lines[:4]] == [
        Did.CONFIRMED,
        Did.REJECTED,
        Did.ACKNOWLEDGED,
        Did.NOTHING,
    ]
    assert lines[1].code == RejectCode.COINCIDENCE
    assert all(line.minutes is not None and 0 <= line.minutes < 2 for line in lines[:2])
    assert lines[3].minutes is None
    for line in lines[:2]:
        right = Did.CONFIRMED if line.truth is TruthSaid.OUTAGE else Did.REJECTED
        assert line.judged is (Judged.AGREED if line.did is right else Judged.DIFFERS)
    assert {line.judged for line in lines[2:]} == {Judged.UNDECIDED}


def test_what_was_wrongly_rejected_is_raised_again(report: TrainingReport) -> None:
    _, rejected, again, *_ = report.lines
    assert (rejected.judged, rejected.truth) == (Judged.DIFFERS, TruthSaid.OUTAGE)
    assert (again.domain, again.cell) == (rejected.domain, CellSaid.CONFIRMED)


def test_what_is_raised_is_what_was_raised_then(report: TrainingReport, day: Day) -> None:
    """Nobody's actions of then are played; what the engine sees is the same up to the first."""
    then = day.history.raised(day.span.begin, day.span.end)
    assert (report.lines[0].id, report.lines[0].announced) == (then[0].id, then[0].announced)
    assert CellSaid.CONFIRMED in {line.cell for line in report.lines}
    assert (report.has_cell, report.has_truth) == (True, True)
    assert all(day.span.begin <= line.announced for line in report.lines)


def test_the_console_finds_the_same_comparison(report: TrainingReport, out: Path) -> None:
    kept = msgspec.json.decode((out / COMPARISON).read_bytes(), type=TrainingReport)
    assert (kept.begin, kept.lines[:1]) == (report.begin, report.lines[:1])


def test_the_store_knows_the_history_and_nothing_was_of_no_use(
    report: TrainingReport, out: Path, day: Day
) -> None:
    with closing(open_store(url_of(out))) as store:
        counts = store.queries.counts()
        known = {i.id for i in store.queries.incidents() if i.created < report.begin}
    assert counts["dead_letters"] == 0
    assert counts["tickets"] > 50
    assert known & {i.id for i in day.history.raised(report.begin - 12 * HOUR, report.begin)}


def test_the_command_shows_it_as_a_table_and_as_json(report: TrainingReport, out: Path) -> None:
    shown = correlator("train", "--report", out)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert all(line.id in shown.stdout for line in report.lines)
    assert f"{len(report.lines)} incidents: " in shown.stdout
    told = correlator("train", "--report", out, "--format", "json").stdout
    assert msgspec.json.decode(told, type=TrainingReport) == report


def test_the_actions_of_then_are_not_played(day: Day, tmp_path: Path) -> None:
    stage = day.stage(tmp_path / "out")
    assert set(stage.feeds) == {"gi.tickets", "gi.alarms", "gi.maintenance"}
    assert stage.begin == day.span.begin
    assert all(scene > day.span.begin - HOUR for scene in stage.scenes)


def test_a_console_with_a_login_trains_on_this_machine_alone(day: Day, tmp_path: Path) -> None:
    login = Oidc(issuer="https://id.operator.test", client_id="gi", roles={"all": "cell"})
    called = CallbackSettings(hosts=("noc.operator.test",), secret="ours")
    web = WebSettings(
        topology=tmp_path,
        host="0.0.0.0",
        allowed_hosts=("gi.operator.test",),
        url="https://gi.operator.test",
        oidc=login,
        secret="ours",
        callbacks=called,
    )
    trained = day.stage(tmp_path / "out", web).web
    alone = WebSettings(topology=tmp_path)
    for name in ("host", "allowed_hosts", "url", "oidc", "secret", "callbacks"):
        assert getattr(trained, name) == getattr(alone, name), name


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match="no training has been here"):
        fresh(tmp_path)
    assert (tmp_path / "mine.txt").exists()
    with pytest.raises(ValueError, match="no training has been here"):
        report_in(tmp_path)


def test_the_last_whole_day_is_played_unless_one_is_named(day: Day) -> None:
    last = span_of(day.history, ZONE, None, time())
    assert last.end <= day.history.end() + MINUTE
    assert last.end - last.begin == 24 * HOUR
    with pytest.raises(ArchiveError, match=r"it holds 2026-03-02 to 2026-03-0\d, not 2026-03-20"):
        span_of(day.history, ZONE, date(2026, 3, 20), time())
