"""`correlator run` as a process: killed, stopped in its tracks, and asked through its log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tests.harness.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SERVERS = """\
topology: {{folder: "{topology}"}}
store: {{url: "{url}", timeout: 3s}}
kafka:
  bootstrap_servers: [{bootstrap}]
  connect_timeout_ms: 5000
  request_timeout_ms: 3000
  delivery_timeout_ms: 6000
"""
"""The first part of a daemon's configuration: where it works, and how soon it notices silence."""

_STOP_S = 90.0
_WRONG = 2  # the exit code of a wrong configuration


class Term(NamedTuple):
    """A daemon's time with the lease: from its first commit on."""

    epoch: int
    began: float
    """Unix seconds."""
    daemon: DaemonProcess


class DaemonProcess:
    """One daemon; `start` as often as needed. Its log is in `folder`."""

    def __init__(self, folder: Path, config: Path, environment: Mapping[str, str]) -> None:
        self.log = folder / f"daemon-{time.monotonic_ns()}.log"
        program, options = [sys.executable, "-m", "correlator.cli"], ["-c", str(config)]
        self._command = [*program, "run", *options]
        self._archivist = [*program, "archive", "write", *options]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        self.died = 0
        """How often it ended without being told to."""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs; frozen, it does."""
        return self._process is not None and self._process.poll() is None

    def start(self, **environment: str) -> None:
        """Start it, if it does not run."""
        if self.alive:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                env={**self._environment, **environment},
                start_new_session=True,
            )
        self._guard = Guard(self._process.pid, signal.SIGKILL, self.log.with_suffix(".gone"))

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is not None and self.alive:
            self._process.kill()
        if self._process is not None:
            self._process.wait()
        self._forget()

    def terminate(self) -> None:
        """Ask it to end in good order."""
        os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> int:
        """Ask it to end, and wait for it; returns its exit code."""
        assert self._process is not None
        if self.alive:
            self.terminate()
        code = self._process.wait(_STOP_S)
        self._forget()
        return code

    @contextmanager
    def archivist(self) -> Iterator[None]:
        """Write its archive, without it, until the end of the block."""
        with (
            self.log.open("ab") as log,
            subprocess.Popen(self._archivist, stdout=log, stderr=log) as process,
        ):
            try:
                yield
            finally:
                process.terminate()

    def _forget(self) -> None:
        self._process = None
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None

    def freeze(self) -> None:
        """Stop it in its tracks, and wait until each of its threads stands.

        The signal only asks for it: until they stand, one of them may still take a lock.
        """
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it go on, as if no time had passed."""
        os.kill(self.pid, signal.SIGCONT)

    def revive(self) -> None:
        """Start it again if it has ended by itself, as whoever looks after it would."""
        if self._process is not None and not self.alive:
            self.died += 1
            assert self._process.returncode != _WRONG, self.log.read_text()[-2000:]
            self._forget()
            self.start()

    def terms(self) -> Iterator[Term]:
        """Yield its times with the lease so far."""
        if not self.log.exists():
            return
        for line in self.log.read_bytes().splitlines():
            if b'"leading"' in line:
                said = msgspec.json.decode(line)
                began = datetime.fromisoformat(said["timestamp"]).timestamp()
                yield Term(said["epoch"], began, self)

    def said(self, event: str) -> int:
        """Count the lines of its log about this."""
        return self.log.read_text().count(f'"{event}"') if self.log.exists() else 0
