"""What `run` and `serve` say when something ends them that nobody foresaw."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.harness.command import ROOT, correlator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration whose database is not the correlator's: its tables cannot be made."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        store.execute("CREATE TABLE outbox (mine INTEGER)")
    return written(tmp_path, "store.db")


def written(folder: Path, store: str) -> Path:
    sections = {
        "topology": {"folder": str(ROOT / "examples" / "topology")},
        "store": {"url": f"sqlite:///{folder / store}"},
        "daemon": {"http_port": 0},
        "web": {"port": 0},
    }
    file = folder / "correlator.yaml"
    file.write_text("".join(f"{name}: {json.dumps(keys)}\n" for name, keys in sections.items()))
    return file


@pytest.mark.parametrize("command", ["run", "serve"])
def test_an_error_of_the_database_is_one_line_without_its_statement(
    command: str, config: Path
) -> None:
    ran = correlator(command, "-c", config)
    assert (ran.returncode, ran.stdout) == (1, "")
    (line,) = ran.stderr.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"]) == ("unexpected_error", "critical")
    assert "table outbox already exists" in told["exception"]
    assert "CREATE TABLE" not in line
    assert "[SQL: " not in line


BROKEN_LOOP = """
from correlator import app, cli
def fail(self): raise {error}
class Nobody:
    def __init__(self, settings): pass
    def close(self): pass
app.KafkaPublisher, app.ensure_topics, app.Daemon.run = Nobody, lambda *_: None, fail
cli.main()
"""


@pytest.mark.parametrize("error", ["ValueError('oh')", "OSError('oh')", "KeyError('oh')"])
def test_an_error_of_the_loop_is_not_told_as_one_of_the_configuration(
    error: str, tmp_path: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BROKEN_LOOP.format(error=error), "run", "-c",
         written(tmp_path, "other.db")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (1, "")
    told = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["event"] for line in told] == ["stopped", "unexpected_error"]
    assert "oh" in told[-1]["exception"]
