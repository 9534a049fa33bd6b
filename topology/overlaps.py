"""Which domains share customers: counted once, kept while there is room."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from topology.ragged import Ints, Values

Overlap = tuple[Values, Ints]  # domains, and how many customers each shares
_CELLS = 2_000_000  # of 12 bytes


class Overlaps:
    """A bounded cache of overlaps; what was not used for longest goes first."""

    __slots__ = ("_count", "_held", "_kept", "_lock", "_room")

    def __init__(self, count: Callable[[int], Overlap], room: int = _CELLS) -> None:
        """Remember what `count` returns for a domain, up to `room` array cells in all."""
        self._count = count
        self._room = room
        self._held = 0
        self._kept: OrderedDict[int, Overlap] = OrderedDict()
        self._lock = Lock()

    def of(self, domain: int) -> Overlap:
        """Return the overlap of a domain, counting it if need be."""
        with self._lock:
            if found := self._kept.get(domain):
                self._kept.move_to_end(domain)
                return found
        counted = self._count(domain)
        with self._lock:
            self._keep(domain, counted)
        return counted

    def _keep(self, domain: int, overlap: Overlap) -> None:
        if domain in self._kept or overlap[0].size > self._room:
            return
        self._kept[domain] = overlap
        self._held += overlap[0].size
        while self._held > self._room:
            _, (domains, _) = self._kept.popitem(last=False)
            self._held -= domains.size
