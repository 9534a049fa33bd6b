"""From the archive's queue to its files, beside the daemon.

What the queue plans as one part is written as one part, however often whoever does it dies: only
then is it forgotten there. Two that write at once write the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from correlator.adapters.archive import Archive, Decided, Keeper, Kept, SnapshotNote
from correlator.config import ArchiveSettings
from correlator.model import DAY, Millis
from correlator.ports import ArchivePlan, ArchiveQueue, QueuedBatch
from correlator.service.recovery import decode_decisions, decode_inputs

log = structlog.get_logger(__name__)

MOST_BYTES = 16 << 20
"""Of the inputs of a part, as they are queued; one snapshot may be more."""
_AT_ONCE = -1  # ms, for which even what has just come has waited
_WAIT = 5.0  # seconds until the queue is looked at again
_AGAIN = 10.0  # seconds after an error


class Archivist:
    """Writes what waits, a part at a time, and what was in force then."""

    def __init__(
        self,
        queue: ArchiveQueue,
        archive: Archive,
        settings: ArchiveSettings,
        keepers: Mapping[str, Keeper],
    ) -> None:
        """`keepers`: for `inventories` and `catalogs`."""
        self._queue = queue
        self._archive = archive
        self._settings = settings
        self._keepers = keepers
        self._known: set[tuple[str, str]] = set()  # what is kept, or cannot be found any more
        self._taken: tuple[int, Millis] | None = None  # up to this part, the engine was there
        self._pruned: Millis = 0

    def begin(self) -> None:
        """Remove parts that the database does not know: it has gone back to before them."""
        if gone := self._archive.drop_after(self._queue.last_part()):
            log.error("archive_went_back", files=gone)

    def step(self, now: Millis, *, all_of_it: bool = False) -> bool:
        """Write a part, if there is one; returns whether there was. `now`: clock time."""
        every = _AT_ONCE if all_of_it else self._settings.every
        plan = self._queue.plan(now, every, MOST_BYTES)
        if plan is None:
            self._prune(now)
            return False
        kept, decided, snapshots = self._read(plan)
        for note, state in snapshots:
            self._archive.write_snapshot(note, state)
        sha256 = self._archive.write_part(plan.number, kept, decided)
        self._queue.done(plan, len(kept), sha256)
        # Where another one has written it meanwhile, its files tell how far the engine was.
        self._taken = (plan.number, kept[-1].taken) if kept else None
        log.info("archived", part=plan.number, inputs=len(kept), snapshots=len(snapshots))
        return True

    def _read(
        self, plan: ArchivePlan
    ) -> tuple[list[Kept], list[Decided], list[tuple[SnapshotNote, bytes]]]:
        number, taken = plan.begins, self._taken_before(plan)
        kept: list[Kept] = []
        decided: list[Decided] = []
        snapshots = []
        for batch in self._queue.batches(plan):
            versions = batch.note.inventory, batch.note.catalog
            self._keep_versions(versions)
            for one in decode_inputs(batch.inputs) if batch.inputs else ():
                taken = max(taken, one if isinstance(one, int) else one.arrived)
                kept.append(Kept(number, taken, *versions, one))
                number += 1
            decisions = decode_decisions(batch.decisions)
            decided += [Decided(number - 1, taken, one) for one in decisions]
            if batch.snapshot is not None:
                self._keep_versions(batch.note.after)
                snapshots.append((_note_of(batch, number - 1), batch.snapshot))
        return kept, decided, snapshots

    def _taken_before(self, plan: ArchivePlan) -> Millis:
        if self._taken is None or self._taken[0] != plan.number - 1:
            self._taken = plan.number - 1, self._archive.taken_before(plan.number)
        return self._taken[1]

    def _keep_versions(self, versions: Sequence[str]) -> None:
        for what, version in zip(("inventories", "catalogs"), versions, strict=True):
            if (what, version) in self._known:
                continue
            self._known.add((what, version))
            kept = self._archive.has(what, version)
            if not kept and not self._keepers[what](self._archive, version):
                log.error("archive_lacks", what=what, version=version)

    def _prune(self, now: Millis) -> None:
        keep = self._settings.keep
        if keep and now - self._pruned >= DAY:
            self._pruned = now
            if gone := self._archive.prune(now - keep):
                log.info("archive_pruned", files=gone)


def _note_of(batch: QueuedBatch, number: int) -> SnapshotNote:
    settings: dict[str, Any] = msgspec.json.decode(batch.note.settings)
    inventory, catalog = batch.note.after
    return SnapshotNote(
        number, batch.note.time, inventory, catalog, settings, restart=batch.note.restart
    )


def write(archivist: Archivist, clock: Callable[[], Millis], wait: Callable[[float], bool]) -> None:
    """Write until `wait` (seconds) returns true, then what is left.

    A server that does not answer is waited for, and so is a disk that is full; not at the end,
    where what is left stays in the queue for whoever writes next.
    """
    begun = False
    pause = 0.0
    while not wait(pause):
        try:
            if not begun:
                archivist.begin()
                begun = True
            pause = 0.0 if archivist.step(clock()) else _WAIT
        except Exception:
            log.exception("archive_waits", again_in_s=_AGAIN)
            pause = _AGAIN
    try:
        if not begun:
            archivist.begin()
        while archivist.step(clock(), all_of_it=True):
            pass
    except Exception:
        log.exception("archive_unfinished")
