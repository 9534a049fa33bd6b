"""What the daemon commits, a moment later: from the archive's files, then from its queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from correlator.adapters.archive import Archive, Kept
from correlator.model import Millis
from correlator.ports import ArchiveNote, ArchiveQueue, Input


class Follower:
    """Yields every input after a number once, in order, as far as they are committed.

    `taken`: how far (ms) the engine was with that input; `decode`: inputs from a queued batch.
    """

    def __init__(
        self,
        archive: Archive,
        queue: ArchiveQueue,
        decode: Callable[[bytes], Sequence[Input]],
        number: int,
        taken: Millis,
    ) -> None:
        self._archive = archive
        self._queue = queue
        self._decode = decode
        self._row = -1  # of the queue: all up to it are known
        self._follows = 0  # the number of the first input after that row
        self._number = number
        self.taken = taken

    def new(self) -> Iterator[Kept]:
        """Yield what has been committed since the last call."""
        tail = self._queue.tail(self._row)
        if tail.archived > self._row:  # parts have been written of rows that it has not seen
            for kept in self._archive.read(self._number, self.taken):
                yield self._seen(kept)
            self._row, self._follows = tail.archived, tail.begins
        for batch in tail.batches:
            inputs = self._decode(batch.inputs) if batch.inputs else ()
            yield from self._of(batch.note, inputs)
            self._row, self._follows = batch.seq, self._follows + len(inputs)

    def _of(self, note: ArchiveNote, inputs: Sequence[Input]) -> Iterator[Kept]:
        """Yield those inputs that are not known; a file may have been read that holds some."""
        for number, one in enumerate(inputs, self._follows):
            if number > self._number:
                taken = max(self.taken, one if isinstance(one, int) else one.arrived)
                yield self._seen(Kept(number, taken, note.inventory, note.catalog, one))

    def _seen(self, kept: Kept) -> Kept:
        self._number, self.taken = kept.number, kept.taken
        return kept
