"""Two sources as one: the feeds, and what the API takes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from correlator.ports import EventSource, Partition, Record


class JoinedSource:
    """An `EventSource` over `first`, which must not wait, and `second`."""

    def __init__(self, first: EventSource, second: EventSource) -> None:
        self._first = first
        self._second = second
        self._both = (first, second)

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Start each partition at the given offset, in the source that has it."""
        own = self._first.partitions()
        self._first.seek({p: at for p, at in positions.items() if p in own})
        self._second.seek({p: at for p, at in positions.items() if p not in own})

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:
        """Return the next records; waits only where the first source has none."""
        found = list(self._first.poll(0, max_records))
        if len(found) < max_records:
            wait = 0 if found else timeout_ms
            found += self._second.poll(wait, max_records - len(found))
        return found

    def partitions(self) -> frozenset[Partition]:
        """Return the partitions of both."""
        return self._first.partitions() | self._second.partitions()

    def refresh(self) -> frozenset[Partition]:
        """Take up what came since in either."""
        return self._first.refresh() | self._second.refresh()

    @property
    def reachable(self) -> bool:
        """Whether both answered."""
        return all(source.reachable for source in self._both)

    def caught_up(self) -> frozenset[Partition]:
        """Return what has been read to its end in either."""
        return self._first.caught_up() | self._second.caught_up()

    def lag(self) -> Mapping[Partition, int]:
        """Return what has not been read of either."""
        return {**self._first.lag(), **self._second.lag()}

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Pause these in whichever has them."""
        paused, own = frozenset(partitions), self._first.partitions()
        self._first.pause(paused & own)
        self._second.pause(paused - own)

    def close(self) -> None:
        """Close both."""
        for source in self._both:
            source.close()
