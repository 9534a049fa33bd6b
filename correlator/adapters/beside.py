"""Programs beside the daemon: processes of their own that are started again when they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from threading import Event as Flag
from threading import Thread
from typing import Self

import structlog

from correlator.adapters.host import BESIDE

log = structlog.get_logger(__name__)

FIRST_WAIT = 1.0
"""Seconds until it is started again; they double each time."""
LONGEST_WAIT = 60.0
_ENDS_WITHIN = 10.0  # seconds that it has to answer who still asks


def console(*options: str) -> Beside:
    """Return a console with these options of `python -m correlator.web`, not started yet."""
    return Beside("console", [sys.executable, "-m", "correlator.web", *options])


def archivist(*options: str) -> Beside:
    """Return what writes the archive, with these options of `archive write`, not started yet."""
    return Beside(
        "archivist", [sys.executable, "-m", "correlator.cli", "archive", "write", *options]
    )


def workshop(config: str) -> Beside:
    """Return what tries drafts of rules, with this configuration file, not started yet."""
    return Beside("workshop", [sys.executable, "-m", "correlator.working", config])


def ticketing(config: str) -> Beside:
    """Return what writes to the ticket tool, with this configuration file, not started yet."""
    return Beside("ticketing", [sys.executable, "-m", "correlator.ticketing", config])


class Beside:
    """A program that runs until the end of the block."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self._name = name
        self._command = list(command)
        self._stop = Flag()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._process = self._start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._end()
        self._thread.join()
        self._end()  # one that was started while we asked the one before to end

    def _run(self) -> None:
        wait = FIRST_WAIT
        while self._process is not None:
            code = self._process.wait()
            if self._stop.is_set():
                return
            log.error("ended_beside", program=self._name, code=code, again_in_s=wait)
            if self._stop.wait(wait):
                return
            wait = min(LONGEST_WAIT, 2 * wait)
            self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, BESIDE: str(os.getpid())}
        return subprocess.Popen(self._command, env=environment)  # noqa: S603 - our own program

    def _end(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
