"""Backtests over a made-up operator's fortnight, held to the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from correlator.adapters.archive import open_archive
from correlator.model import DAY
from correlator.simulate import WorldSettings
from correlator.tools.backtest import Backtest, Kind, Request, compare, run_backtest
from correlator.tools.backtest import History as Archived
from correlator.tools.backtest.curves import curve
from correlator.tools.backtest.executors import Name
from tests.workshop import BETTER, IN_FORCE, WORSE, History, catalog, made, quality

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = WorldSettings.plain(seed=7, customers=20_000, days=14)
TITLE = "{symptom} — {domain}[, {site}]"
CHANGED = {
    "better": (BETTER, TITLE),
    "worse": (WORSE, TITLE),
    "neutral": (IN_FORCE, "{symptom} : {domain}"),
}


class Shop:
    """A history, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.history: History = made(folder, SETTINGS)
        self.archive = Archived(open_archive(self.history.archive))
        self.until = self.archive.end() + 1
        self.since = self.until - 11 * DAY

    def request(self, rules: str, jobs: int = 2) -> Request:
        """Ask for rules: one of `CHANGED`, or `live`."""
        folder = self.folder / rules
        if rules in CHANGED and not folder.exists():
            catalog(folder, *CHANGED[rules])
        named = str(folder) if rules in CHANGED else rules
        cache = self.folder / "cache"
        return Request(self.history.archive, self.since, self.until, named, jobs=jobs, cache=cache)

    def backtest(self, rules: str) -> Backtest:
        return run_backtest(self.request(rules))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def verdicts(found: Backtest) -> tuple[int, int]:
    counts = found.totals.verdicts
    return counts.get("better", 0), counts.get("worse", 0)


def delays(found: Backtest, shop: Shop) -> list[float]:
    """Return by the truth how long each side takes to announce a DSLAM, in minutes."""
    before = [one for change in found.changes for one in change.before]
    after = [one for change in found.changes for one in change.after]
    truth = shop.history.truth
    return [quality(s, truth, since=shop.since, kind="DSL").delay for s in (before, after)]


def test_a_change_that_decides_nothing_changes_nothing(shop: Shop) -> None:
    found = shop.backtest("neutral")
    assert set(found.totals.kinds) == {"same"}
    assert found.totals.kinds["same"] > 20
    names = [
        {one.incident.names["fr"] for one in side}
        for change in found.changes
        for side in (change.before, change.after)
    ]
    assert names[::2] != names[1::2]


def test_a_better_and_a_worse_rule_are_told_apart_and_the_truth_agrees(shop: Shop) -> None:
    better, worse = shop.backtest("better"), shop.backtest("worse")
    assert verdicts(better)[0] > verdicts(better)[1]
    assert verdicts(worse)[0] < verdicts(worse)[1]
    before, after = delays(better, shop)
    assert after < before
    right = better.totals.before.right, better.totals.after.right
    assert right[1].value >= right[0].value > 0.8


def test_in_one_piece_the_rules_of_then_make_of_it_what_was_raised(shop: Shop) -> None:
    found = run_backtest(shop.request("live", jobs=1))
    assert found.cut == 1
    raised = shop.archive.raised(shop.since, shop.until, DAY)
    before = [one for change in found.changes for one in change.before]
    assert sorted(map(msgspec.json.encode, before)) == sorted(map(msgspec.json.encode, raised))


def test_cut_into_weeks_it_is_what_was_raised_too(shop: Shop) -> None:
    cut, whole = shop.backtest("live"), run_backtest(shop.request("live", jobs=1))
    assert (cut.cut, whole.cut) == (2, 1)
    sides = [[one for change in found.changes for one in change.before] for found in (cut, whole)]
    assert {change.kind for change in compare(*sides)} == {Kind.SAME}
    assert {one.id for one in sides[0]} == {one.id for one in sides[1]}


def test_what_has_been_run_is_not_run_again(shop: Shop) -> None:
    first = shop.backtest("neutral")
    kept = {path.name: path.stat().st_mtime_ns for path in (shop.folder / "cache").iterdir()}
    assert shop.backtest("neutral") == first
    assert kept == {p.name: p.stat().st_mtime_ns for p in (shop.folder / "cache").iterdir()}


def test_one_that_was_stopped_goes_on_where_it_was(shop: Shop) -> None:
    first = shop.backtest("neutral")
    results = sorted((shop.folder / "cache").glob("*.json"))
    results[0].write_bytes(results[0].read_bytes()[:100])  # it was being written
    done: list[int] = []
    again = run_backtest(shop.request("neutral"), lambda days, _all: done.append(days))
    assert again == first
    assert done[-1] == 22


@pytest.mark.parametrize("executor", ["dask", "ray"])
def test_a_cluster_makes_of_it_what_processes_make_of_it(executor: Name, shop: Shop) -> None:
    request = msgspec.structs.replace(shop.request("better"), cache=None, executor=executor)
    done: list[int] = []
    found = run_backtest(request, lambda days, _all: done.append(days))
    assert found == shop.backtest("better")
    assert (found.cut, done[-1], len(done)) == (2, 22, 5)


def test_before_the_archive_begins_there_is_nothing(shop: Shop) -> None:
    request = msgspec.structs.replace(shop.request("neutral"), since=shop.since - 400 * DAY)
    assert run_backtest(request).since >= shop.since - 4 * DAY


def test_what_other_numbers_would_have_bought(shop: Shop) -> None:
    request = msgspec.structs.replace(shop.request("live"), against="live")
    same, slow = curve(request, "access-node", "cause_gain", [BETTER[1], 200.0])
    assert (same.value, slow.value) == (BETTER[1], 200.0)
    assert slow.minutes > same.minutes or slow.lost > same.lost
