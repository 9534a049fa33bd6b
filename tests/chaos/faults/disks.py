"""A disk without space under SQLite, then with space again."""

from __future__ import annotations

import errno
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.fault import CannotError, Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run

_MEGABYTE = 2**20


class FileLimit(Fault):
    """The daemon may not make a file any longer (RLIMIT_FSIZE), then it may."""

    name = "file limit"
    databases = ("sqlite",)
    blows = 2

    def strike(self, run: Run) -> None:
        """Set the limit below what is there already, and lift it."""
        for _ in range(self.blows):
            run.leader()
            run.anywhere()
            daemon = run.leader()
            _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (_MEGABYTE // 2, hard))
            with run.going_on(lasting=True):
                time.sleep(run.chance.uniform(0.5, 4))
                resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))


class DiskFull(Fault):
    """A small file system of its own is filled up, then emptied."""

    name = "disk full"
    databases = ("sqlite",)
    blows = 2
    megabytes = 400

    def possible(self) -> None:
        """Only who may mount can do it."""
        with tempfile.TemporaryDirectory() as folder:
            if not _mount(Path(folder), 1):
                raise CannotError("no file system may be mounted here")
            _unmount(Path(folder))

    def prepare(self, run: Run) -> None:
        """Put the run's database on a file system of its own."""
        if not _mount(run.data, self.megabytes):
            raise CannotError("no file system may be mounted here")

    def strike(self, run: Run) -> None:
        """Fill it, and empty it."""
        ballast = run.data / "ballast"
        run.leader()
        for _ in range(self.blows):
            run.anywhere()
            with run.going_on(lasting=True):
                _fill(ballast)
                time.sleep(run.chance.uniform(0.5, 4))
                _fill(ballast)  # what a rolled back transaction has given back
                time.sleep(run.chance.uniform(0.5, 2))
                ballast.unlink()

    def tidy(self, run: Run) -> None:
        """Take the file system away."""
        _unmount(run.data)


def _fill(file: Path) -> None:
    for piece in (_MEGABYTE, 4096):
        try:
            with file.open("ab", buffering=0) as out:
                while True:
                    out.write(b"x" * piece)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _mount(folder: Path, megabytes: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
