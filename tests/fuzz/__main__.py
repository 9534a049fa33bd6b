"""Coverage-guided fuzzing of one target, or of all; what was run is kept in `.fuzz/`.

    python -m tests.fuzz ticket alarm --runs 100000
    python -m tests.fuzz --all --seconds 60
    python -m tests.fuzz --table
    python -m tests.fuzz --save          the corpus of CI anew, from what the runs have found

A run goes on after a defect: its input lies in `.fuzz/<target>/defects`, once for each place and
kind of error, and the command fails. `make fuzz fuzz_args=...` brings atheris along.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from tests.fuzz.files import GIVEN, kept
from tests.fuzz.inputs import FUZZ, saved, write

NAMES = (
    "ticket", "alarm", "maintenance", "action", "inbox", "form", "body", "inventory", "catalog",
    "words", "text", "rule_tests", "configuration",
)  # fmt: skip
RUNS = FUZZ / "runs.jsonl"
_LENGTHS = {"catalog": 1_600, "rule_tests": 1_200, "configuration": 800, "inventory": 1_600}
_LENGTH = 4_096
_SLOWEST = 20
"""Seconds that one input may take."""
_MEMORY = 4_096
"""Megabytes."""


class Ran(msgspec.Struct, frozen=True):
    """One run over one target."""

    target: str
    at: int
    runs: int
    seconds: float
    corpus: int
    coverage: int
    new: int
    known: int
    ended: bool


def fuzz(target: str, runs: int, seconds: int) -> Ran:
    """Let a process of its own run a target; returns what became of it."""
    work, defects = FUZZ / target / "corpus", FUZZ / target / "defects"
    for folder in (work, defects):
        folder.mkdir(parents=True, exist_ok=True)
    tally = FUZZ / target / "tally.json"
    tally.unlink(missing_ok=True)
    before = set(defects.iterdir())
    options = [
        f"-runs={runs}", f"-max_total_time={seconds}", f"-timeout={_SLOWEST}",
        f"-rss_limit_mb={_MEMORY}", f"-max_len={_LENGTHS.get(target, _LENGTH)}",
        f"-dict={FUZZ / target / 'words'}", f"-artifact_prefix={defects}/", "-print_final_stats=1",
    ]  # fmt: skip
    started = time.monotonic()
    log = FUZZ / target / "log"
    with log.open("wb") as out, kept() as memory:
        environment = {**os.environ, GIVEN: memory}
        child = [sys.executable, "-m", "tests.fuzz.child", target, *options, str(work)]
        ended = (
            subprocess.run(child, stdout=out, stderr=out, env=environment, check=False).returncode
            == 0
        )
    said = log.read_text(errors="replace")
    counted = re.findall(r"number_of_executed_units: (\d+)", said) or re.findall(
        r"^#(\d+)", said, re.MULTILINE
    )
    covered = re.findall(r"cov: (\d+)", said)
    return Ran(
        target,
        int(time.time()),
        int(counted[-1]) if counted else 0,
        round(time.monotonic() - started, 1),
        len(list(work.iterdir())),
        int(covered[-1]) if covered else 0,
        len(set(defects.iterdir()) - before),
        msgspec.json.decode(tally.read_bytes(), type=int) if tally.exists() else 0,
        ended,
    )


def table() -> str:
    """Return what has been run so far, one line for each target."""
    runs: defaultdict[str, list[Ran]] = defaultdict(list)
    if RUNS.exists():
        for line in RUNS.read_bytes().splitlines():
            one = msgspec.json.decode(line, type=Ran)
            runs[one.target].append(one)
    head = ("target", "inputs", "seconds", "a second", "corpus", "branches", "new", "known met")
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|---|---|---|"]
    for name in NAMES:
        some = runs.get(name)
        if some:
            inputs, seconds = sum(r.runs for r in some), sum(r.seconds for r in some)
            figures = (
                f"{inputs:,}", f"{seconds:,.0f}", f"{inputs / max(seconds, 0.1):,.0f}",
                f"{some[-1].corpus:,}", f"{some[-1].coverage:,}", f"{sum(r.new for r in some)}",
                f"{sum(r.known for r in some):,}",
            )  # fmt: skip
            lines.append(f"| `{name}` | {' | '.join(figures)} |")
    return "\n".join(lines)


def save(targets: Sequence[str]) -> None:
    """Write the corpus of CI anew: of what the runs have found, the few that cover the most."""
    from tests.fuzz.cover import best  # noqa: PLC0415 - loads all that is fuzzed

    for target in targets:
        work = FUZZ / target / "corpus"
        found = [file.read_bytes() for file in work.iterdir()] if work.is_dir() else []
        chosen = best(target, [*saved(target), *found])
        write(target, chosen)
        say(f"{target}: {len(chosen)} inputs, {sum(map(len, chosen)):,} bytes")


def say(text: str) -> None:
    """Write a line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Do what the command line says; returns 1 where a defect is new."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*NAMES, []], metavar="TARGET")
    parser.add_argument("--all", action="store_true", help="every target")
    parser.add_argument("--runs", type=int, default=-1, help="inputs for each target")
    parser.add_argument("--seconds", type=int, default=0, help="for each target")
    parser.add_argument("--table", action="store_true", help="what has been run so far")
    parser.add_argument("--save", action="store_true", help="write the corpus of CI anew")
    given = parser.parse_args()
    targets = given.targets or (list(NAMES) if given.all or given.save else [])
    if given.save:
        save(targets)
        return 0
    if not targets and not given.table:
        parser.error("name a target, or say --all")
    if targets and given.runs < 0 and not given.seconds:
        given.seconds = 60
    failed = False
    for target in targets:
        ran = fuzz(target, given.runs, given.seconds)
        with RUNS.open("ab") as file:
            file.write(msgspec.json.encode(ran) + b"\n")
        say(f"{target}: {ran.runs:,} inputs, {ran.new} new defects")
        if ran.new or not ran.ended:
            failed = True
            say(f"  see {FUZZ / target}")
    say(table())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
