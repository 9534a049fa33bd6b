"""What the command line costs before its first event, and what a replay holds in memory.

Seconds are CPU time of a process of its own, the least of several runs, beside the floors: Python
itself, with NumPy and numba, and with a single compiled loop that is kept: to load the first one,
numba needs more modules than to be imported. Bytecode, compiled loops and the fitted reader are
kept from a run before, as on any machine after its first replay.

python -m tests.benchmarks.bench_start [--customers N] [--days N] [--runs N]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from correlator.simulate import WorldSettings, simulate

PROGRAM = "correlator.cli"
NUMBA = "import numba, numpy"
LOOP = "from numba import njit\n\n\n@njit(cache=True)\ndef loop(x):\n    return x + 1\n"
TRAINS = "import sklearn.cluster, sklearn.linear_model"
LONGER = 4


class Used(NamedTuple):
    """What a process used: seconds of CPU, and MiB at the most."""

    seconds: float
    memory: float


def used(*arguments: str) -> Used:
    """Run Python with these arguments and without its output."""
    # Bytecode of what is installed is kept everywhere.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments],
        environment,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def least(runs: int, *arguments: str) -> Used:
    """Return the least that several runs used, after one that leaves behind what is kept."""
    used(*arguments)
    found = [used(*arguments) for _ in range(runs)]
    return Used(min(one.seconds for one in found), min(one.memory for one in found))


def replay(inventory: Path, feeds: Path) -> tuple[str, ...]:
    """Return the arguments of a replay of a world's feeds, written beside them."""
    files = ((f"--{name}", str(feeds / f"{name}.jsonl")) for name in ("tickets", "alarms"))
    options = [part for pair in files for part in pair]
    out = ("--out", str(feeds / "incidents.jsonl"), "--verdicts", str(feeds / "verdicts.jsonl"))
    return ("-m", PROGRAM, "replay", "--topology", str(inventory), *options, *out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=120_000)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        start(Path(folder), options.customers, options.runs)
        memory(Path(folder), options.customers, options.days)


def start(folder: Path, customers: int, runs: int) -> None:
    """Measure the help page, and a replay of empty files."""
    simulate(WorldSettings(seed=5, customers=customers, days=1), folder / "world")
    empty = folder / "empty"
    empty.mkdir()
    for name in ("tickets", "alarms"):
        (empty / f"{name}.jsonl").touch()
    nothing = replay(folder / "world" / "topology", empty)
    (folder / "compiled.py").write_text(LOOP)
    loop = f"import sys; sys.path.append({str(folder)!r}); import compiled; compiled.loop(1)"
    floor = least(runs, "-c", "pass")
    rows = (
        ("Python alone", floor),
        ("with NumPy and numba", least(runs, "-c", NUMBA)),
        ("with a compiled loop", least(runs, "-c", loop)),
        ("with what trains", least(runs, "-c", TRAINS)),
        ("correlator --help", least(runs, "-m", PROGRAM, "--help")),
        ("replay of empty files", least(runs, *nothing)),
    )
    for name, found in rows:
        print(f"{name:26} {found.seconds:6.2f} s  {found.seconds / floor.seconds:6.1f} × Python")


def memory(folder: Path, customers: int, days: int) -> None:
    """Measure what replays of a world hold at the most, of so many days and of four times more."""
    for length in (days, LONGER * days):
        world = folder / f"days-{length}"
        simulate(WorldSettings(seed=5, customers=customers, days=length), world)
        found = used(*replay(world / "topology", world))
        events = sum(
            (world / f"{name}.jsonl").read_bytes().count(b"\n") for name in ("tickets", "alarms")
        )
        print(f"replay of {events:>9,} events {found.seconds:6.1f} s  {found.memory:6.0f} MiB")


if __name__ == "__main__":
    main()
