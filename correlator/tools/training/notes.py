"""The files of a training: a note of what is played, and the comparison as it stands."""

from __future__ import annotations

from pathlib import Path

import msgspec

from correlator.adapters.sql import ConsoleReads, SqlStore
from correlator.model import Millis, TrainingReport
from correlator.ports import ENGINE
from correlator.tools.backtest import Decided
from correlator.tools.training.comparing import compare_training
from correlator.tools.training.learner import learnt
from correlator.tools.worldfiles import read_truth

_NOTE = "training.json"


class Note(msgspec.Struct, frozen=True):
    """What is played, from `begin` (ms) on.

    `then`: what was announced on that day, with what the cell said of it; None where no cell was
    there. `world`: the folder with the truth, "" where nobody knows it.
    """

    begin: Millis
    then: tuple[Decided, ...] | None = None
    world: str = ""


def write_note(folder: Path, note: Note) -> None:
    """Write the note of a training."""
    (folder / _NOTE).write_bytes(msgspec.json.encode(note))


def read_note(folder: Path) -> Note:
    """Return the note of a training; raises ValueError where there is none in the folder."""
    try:
        return msgspec.json.decode((folder / _NOTE).read_bytes(), type=Note)
    except FileNotFoundError:
        raise ValueError(f"{folder}: no training has been here") from None
    except msgspec.DecodeError as error:
        raise ValueError(f"{folder / _NOTE}: {error}") from error


def report_of(store: SqlStore, note: Note) -> TrainingReport:
    """Return the comparison as of the time at which the learner's daemon is."""
    truth = read_truth(Path(note.world)) if note.world else None
    feeds, _held = ConsoleReads(store.engine).status()
    now = max((feed.latest for feed in feeds if feed.topic == ENGINE), default=note.begin)
    some = learnt(store.queries, note.begin)
    return compare_training(some, note.then, truth, note.begin, now)
