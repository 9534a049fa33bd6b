"""`make demo`: the address first, then an evening that lives, skips, begins anew and ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.http import get
from tests.harness.waiting import until


class Demo:
    """The demo as a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [
            str(Path(sys.executable).with_name("correlator")), "demo", "--out", str(folder),
            "--port", "0",
        ]  # fmt: skip
        self._pace = folder / "pace.json"
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        first = re.match(r"http://127\.0\.0\.1:(\d+)/ ", self.process.stdout.readline())
        assert first is not None
        self.port = int(first[1])

    def health(self) -> dict[str, Any]:
        try:
            answer = get(self.port, "/api/v1/health")
        except OSError:
            return {"ready": False, "engineTime": ""}
        return dict(json.loads(answer.body))

    def time(self) -> str:
        return str(self.health()["engineTime"])

    def change(self, **change: Any) -> None:
        known = json.loads(self._pace.read_bytes())
        self._pace.write_text(json.dumps({**known, **change}))

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path / "demo")
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGKILL)


def test_it_comes_to_the_evening_skips_begins_anew_and_takes_its_console_along(demo: Demo) -> None:
    until(lambda: demo.health()["ready"] and demo.time() >= "2026-03-11T16:10", 90)
    demo.change(speed=200)
    until(lambda: "/i/GI-" in get(demo.port, "/").body, 90)
    assert 'action="/demo"' in get(demo.port, "/").body
    assert get(demo.port, "/entrainement").status == 404  # nobody learns

    demo.change(skips=1)
    until(lambda: demo.time() >= "2026-03-11T17:33", 30)
    demo.change(speed=20, replays=1)
    until(lambda: demo.health()["ready"] and "16:09" < demo.time()[11:16] < "16:30", 60)

    demo.end(signal.SIGTERM)
    until(lambda: not demo.health()["ready"], 15)
