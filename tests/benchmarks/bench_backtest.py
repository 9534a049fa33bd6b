"""What a backtest of one changed rule costs, and whether it says what is true.

python -m tests.benchmarks.bench_backtest [--customers 20000] [--days 30] [--jobs 1 2]

A simulated operator's history is archived under rules whose rule about DSLAMs is slow, with what a
cell that knows the truth said of each incident. The rule is then changed three ways: quick as it
comes along (better), slower still (worse), another title (neutral).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from correlator.adapters.archive import open_archive
from correlator.model import DAY
from correlator.simulate import WorldSettings
from correlator.tools.backtest import LIVE, Backtest, Kind, Request, compare, reports, run_backtest
from correlator.tools.backtest import History as Archived
from tests.workshop import BETTER, IN_FORCE, WORSE, History, catalog, made, quality


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    settings = WorldSettings.plain(
        seed=options.seed, customers=options.customers, days=options.days
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        history = made(folder, settings)
        print(f"world and archive: {time.perf_counter() - began:.0f} s")
        tell_size(folder / "archive")
        end = Archived(open_archive(history.archive)).end() + 1
        since = end - (options.days - 3) * DAY
        changed = {
            "better": catalog(folder / "better", BETTER),
            "worse": catalog(folder / "worse", WORSE),
            "neutral": catalog(folder / "neutral", IN_FORCE, "{symptom} : {domain}"),
        }
        cache = folder / "cache"
        for what, rules in changed.items():
            request = Request(
                history.archive, since, end, str(rules), jobs=max(options.jobs), cache=cache
            )
            began = time.perf_counter()
            found = run_backtest(request)
            tell(what, found, history, time.perf_counter() - began)
        cut, whole = (
            [one for change in found.changes for one in change.before]
            for found in (
                run_backtest(Request(history.archive, since, end, LIVE, jobs=jobs, cache=cache))
                for jobs in (max(options.jobs), 1)
            )
        )
        others = sum(change.kind is not Kind.SAME for change in compare(whole, cut))
        print(f"\nthe rules of then, cut into weeks: {others} of {len(whole)} incidents are others")
        for jobs in options.jobs:
            request = Request(history.archive, since, end, str(changed["better"]), jobs=jobs)
            began = time.perf_counter()
            run_backtest(request)
            print(f"{jobs} processes: {time.perf_counter() - began:.0f} s")
    return 0


def tell_size(folder: Path) -> None:
    archive = open_archive(str(folder))
    inputs = sum(1 for _ in archive.read())
    events = sum(path.stat().st_size for path in (folder / "events").rglob("*.parquet"))
    states = sum(path.stat().st_size for path in (folder / "snapshots").rglob("*.gz"))
    print(f"{inputs:,} inputs; {events / inputs:.1f} MB a million of them")
    print(f"snapshots: {states / 1e6 / len(archive.snapshots()):.1f} MB a day")


def tell(what: str, found: Backtest, history: History, took: float) -> None:
    print(f"\n{what} ({took:.0f} s): {reports.sentence(found)}")
    print("  " + ", ".join(f"{kind} {n}" for kind, n in found.totals.kinds.items()))
    for side in ("before", "after"):
        decided = [one for change in found.changes for one in getattr(change, side)]
        true = quality(decided, history.truth, since=found.since, kind="DSL")
        print(f"  {side}, by the truth: {true.found} DSLAMs found, {true.delay:.1f} min, "
              f"{true.false} false of all")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
