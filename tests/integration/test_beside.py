"""A program beside the daemon: started again when it ends, ended with it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from correlator.adapters import beside
from correlator.adapters.beside import Beside
from tests.harness.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

NOTES_ITS_NUMBER = """
import os, sys, signal, time
with open(sys.argv[1], "a") as file:
    print(os.getpid(), file=file, flush=True)
if sys.argv[2] == "stays":
    signal.pause()
sys.exit(3)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(beside, "LONGEST_WAIT", 0.02)


def started(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_one_that_ends_is_started_again_and_told(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    command = [sys.executable, "-c", NOTES_ITS_NUMBER, str(notes), "ends"]
    with capture_logs() as lines, Beside("console", command):
        until(lambda: len(started(notes)) >= 3)
    assert {(line["event"], line["code"]) for line in lines} == {("ended_beside", 3)}


def test_it_ends_with_the_block(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with Beside("console", [sys.executable, "-c", NOTES_ITS_NUMBER, str(notes), "stays"]):
        (process,) = until(lambda: started(notes))
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert started(notes) == [process]
