"""A day for somebody who learns: a stage, and beside it what they decided, compared."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path

import msgspec

from correlator.adapters.sql import SqlStore, open_store
from correlator.demo.archived import Span, day_stage
from correlator.demo.living import STORE, url_of
from correlator.demo.stage import Stage, evening_stage
from correlator.model import TrainingReport
from correlator.simulate import simulate_evening
from correlator.tools.backtest import History
from correlator.tools.training import Note, read_note, report_of, write_note
from correlator.web.settings import WebSettings

COMPARISON = "comparison.json"
"""The comparison as it stands, which the console shows."""
_EVERY = 1.0  # seconds between two comparisons


def fresh(out: Path) -> None:
    """Empty the folder of a training; raises ValueError for one that holds anything else."""
    if out.exists() and any(out.iterdir()):
        read_note(out)
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    write_note(out, Note(0))  # ours, though it is interrupted before there is a day


def evening_training(out: Path, seed: int, port: int) -> Stage:
    """Prepare the demo's evening, whose truth is known, in a folder that is `fresh`."""
    simulate_evening(out / "world", seed)
    stage = evening_stage(out, port)
    return _learning(stage, Note(stage.begin, world=str(out / "world")))


def day_training(
    history: History, span: Span, out: Path, web: WebSettings, world: Path | None
) -> Stage:
    """Prepare a day of an archive in a folder that is `fresh`; `world`: where its truth is."""
    stage, then = day_stage(history, span, out, web)
    return _learning(stage, Note(span.begin, then, "" if world is None else str(world.resolve())))


def _learning(stage: Stage, note: Note) -> Stage:
    write_note(stage.out, note)
    web = msgspec.structs.replace(stage.web, training=str(stage.out / COMPARISON))
    return stage._replace(web=web, silent=Scribe(stage.out, note).look)


def report_in(out: Path) -> TrainingReport:
    """Return the comparison of the training in a folder; raises ValueError where there is none."""
    note = read_note(out)
    if not (out / STORE).exists():
        raise ValueError(f"{out}: nothing has been played yet")
    with closing(open_store(url_of(out))) as store:
        return report_of(store, note)


class Scribe:
    """Keeps the comparison up to date in a file, about once a second of the clock."""

    def __init__(self, out: Path, note: Note) -> None:
        self._file = out / COMPARISON
        self._note = note
        self._written = -_EVERY

    def look(self, store: SqlStore) -> None:
        """Write the comparison, unless that was done just now."""
        now = time.monotonic()
        if now - self._written < _EVERY:
            return
        self._written = now
        beside = self._file.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(report_of(store, self._note)))
        beside.replace(self._file)
