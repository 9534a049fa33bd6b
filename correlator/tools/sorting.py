"""More lines than fit into the memory, sorted: in runs, in temporary files, that are merged."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import IO, TypeAlias

from correlator.model import Millis

Key: TypeAlias = tuple[Millis, int, str, str]
"""As `arrival_order` has it."""

MOST_KEPT = 16 << 20
"""Bytes of lines in memory, beyond which they go to a file."""
MOST_RUNS = 64
"""Files of one length; of so many one is made, so that few are open."""
_OF_A_LINE = 400  # bytes that a line takes in memory beside its content, with its key


class SortedLines:
    """Lines, without a line end in them, by their key; equal ones in the order they were added.

    May be iterated as often as one likes, once at a time, and holds about `most` bytes in memory.
    `key` reads the key from a line. `close` removes its files.
    """

    def __init__(self, key: Callable[[bytes], Key], most: int) -> None:
        self._key = key
        self._most = most
        self._kept: list[tuple[Key, bytes]] = []
        self._size = 0
        self._runs: list[list[IO[bytes]]] = []  # by length, the shortest and latest first

    def add(self, key: Key, line: bytes) -> None:
        """Add a line."""
        self._kept.append((key, line))
        self._size += len(line) + _OF_A_LINE
        if self._size > self._most:
            self._add_run(_written(self._sorted()), 0)
            self._kept, self._size = [], 0

    def __iter__(self) -> Iterator[bytes]:
        runs = [run for runs in reversed(self._runs) for run in runs]
        return self._merged(runs, self._sorted())

    def close(self) -> None:
        """Remove the files."""
        for runs in self._runs:
            for run in runs:
                run.close()
        self._runs = []

    def _sorted(self) -> list[bytes]:
        self._kept.sort(key=itemgetter(0))
        return [line for _, line in self._kept]

    def _add_run(self, run: IO[bytes], length: int) -> None:
        if length == len(self._runs):
            self._runs.append([])
        self._runs[length].append(run)
        if len(self._runs[length]) == MOST_RUNS:
            short, self._runs[length] = self._runs[length], []
            self._add_run(_written(self._merged(short)), length + 1)
            for one in short:
                one.close()

    def _merged(self, runs: Iterable[IO[bytes]], last: Iterable[bytes] = ()) -> Iterator[bytes]:
        return heapq.merge(*map(_lines, runs), last, key=self._key)


def _written(lines: Iterable[bytes]) -> IO[bytes]:
    """Write lines to a file that goes when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the lines
    file.writelines(line + b"\n" for line in lines)
    return file


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file without their ends."""
    file.seek(0)
    for line in file:
        yield line[:-1]
