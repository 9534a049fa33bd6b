"""Ends a server and removes its folder when the process that started it is gone.

Runs as a program of its own: `guard.py PID SIGNAL FOLDER` waits for the end of its standard input,
which comes when the parent dies, however it dies. A parent that cleaned up itself says so first.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


class Guard:
    """Watches over one process (group leader or not) from the side of the parent."""

    def __init__(self, pid: int, stop: signal.Signals, folder: Path) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-I", __file__, str(pid), str(int(stop)), str(folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Tell the guard that there is nothing left to end."""
        self._program.communicate(b"done")


def _main(pid: str, stop: str, folder: str) -> None:
    if sys.stdin.buffer.read() == b"done":
        return
    with suppress(ProcessLookupError):
        os.kill(int(pid), int(stop))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
