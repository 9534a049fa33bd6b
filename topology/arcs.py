"""What two cut links cut off together: the arcs of a ring, the corners of a mesh.

Two links that cut something off together lie on one circle, hence in one biconnected block of the
links, all cores taken for one. Blocks form a tree below that core; what hangs further down goes
along with the place it hangs on.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import combinations
from typing import NamedTuple, cast

import networkx as nx

from topology.needs import Numbers

MOST_LINKS = 64
"""Of a block: pairs of links grow with the square."""
MOST_CUT_OFF = 1_000
"""Equipment of one arc."""

_CORE = -1  # all cores as one place; every link is a place too, numbered from -2 downwards
_REMEMBERED = 1 << 12  # blocks


class _Block(NamedTuple):
    """A block: the place nearest to the core, the equipment below it, and its links."""

    top: int
    below: Numbers
    links: tuple[tuple[int, int], ...]


class Arcs:
    """The linked equipment, cut by cut. Nothing is worked out before it is asked for."""

    def __init__(
        self, links: "nx.Graph[str]", cores: frozenset[str], numbers: Mapping[str, int]
    ) -> None:
        """Take the links by id, the cores among them, and the number of each id."""
        self._links = links
        self._cores = cores
        self._numbers = numbers
        self._cuts = lru_cache(_REMEMBERED)(self._cut)

    def of(self, equipment: Sequence[int]) -> list[Numbers]:
        """Return the arcs that hold at least one of these, each ascending; the smallest first."""
        if not self._links:
            return []
        wanted = set(equipment)
        blocks = {block for one in wanted for block in self._above(one)}
        found = {arc for block in blocks for arc in self._cuts(block)}
        held = [arc for arc in found if not wanted.isdisjoint(arc)]
        return sorted(held, key=lambda arc: (len(arc), arc))

    def _above(self, number: int) -> Iterator[int]:
        """Yield the blocks between an equipment and the core."""
        blocks, block_of = self._tree
        place = number
        while (block := block_of.get(place)) is not None:
            yield block
            place = blocks[block].top

    @cached_property
    def _tree(self) -> tuple[list[_Block], dict[int, int]]:
        """The blocks, and for each place the one in which it is not the top."""
        blocks: list[_Block] = []
        block_of: dict[int, int] = {}
        places = self._places()
        found = cast("Iterator[set[int]]", nx.biconnected_components(places))
        parts = [frozenset(part) for part in found]
        held: defaultdict[int, list[int]] = defaultdict(list)
        for at, part in enumerate(parts):
            for place in part:
                held[place].append(at)
        taken: set[int] = set()
        tops = [_CORE]
        for top in tops:  # grows on the way
            for at in held[top]:
                if at not in taken:
                    taken.add(at)
                    below = sorted(parts[at] - {top})
                    block_of.update(dict.fromkeys(below, len(blocks)))
                    blocks.append(_block(places, parts[at], top))
                    tops += below
        return blocks, block_of

    def _places(self) -> "nx.Graph[int]":
        """Draw every link as a place of its own: two links between the same two stay two."""
        number = {name: self._numbers[name] for name in self._links} | dict.fromkeys(
            self._cores, _CORE
        )
        places: nx.Graph[int] = nx.Graph()
        for link, (one, other) in enumerate(self._links.edges):
            if number[one] != number[other]:  # not from core to core
                places.add_edge(number[one], -2 - link)
                places.add_edge(-2 - link, number[other])
        return places

    @cached_property
    def _hanging(self) -> dict[int, Numbers]:
        """For each place the blocks that hang on it."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for at, block in enumerate(self._tree[0]):
            found[block.top].append(at)
        return {place: tuple(blocks) for place, blocks in found.items()}

    def _cut(self, block: int) -> frozenset[Numbers]:
        """Return what any two links of a block cut off together, two equipments at least."""
        top, below, links = self._tree[0][block]
        if not 1 < len(links) <= MOST_LINKS:
            return frozenset()
        near = set(map(frozenset, _cut_off(top, below, links)))
        behind = {place: self._behind(place) for place in below if place >= 0}
        found = set()
        for cut in near:
            size = sum(len(behind[place]) for place in cut)
            if 1 < size <= MOST_CUT_OFF:
                found.add(tuple(sorted(one for place in cut for one in behind[place])))
        return frozenset(found)

    def _behind(self, place: int) -> list[int]:
        """Return an equipment and the linked equipment that hangs on it, further down."""
        found = [place]
        for one in found:  # grows on the way, over links too, which are places of their own
            for block in self._hanging.get(one, ()):
                found += self._tree[0][block].below
        return [one for one in found if one >= 0]


def _block(places: "nx.Graph[int]", part: frozenset[int], top: int) -> _Block:
    ends = [(place, tuple(places[place])) for place in sorted(part) if place < _CORE]
    links = tuple((one, other) for _, (one, other) in ends if one in part and other in part)
    return _Block(top, tuple(sorted(part - {top})), links)


def _cut_off(top: int, below: Numbers, links: Sequence[tuple[int, int]]) -> Iterator[set[int]]:
    """Yield, for every two links of a block, the equipment below that no other leads to."""
    near: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for link, (one, other) in enumerate(links):
        near[one].append((other, link))
        near[other].append((one, link))
    everybody = {place for place in below if place >= 0}
    for cut in combinations(range(len(links)), 2):
        seen, reached = {top}, [top]
        for place in reached:  # grows on the way
            for other, link in near[place]:
                if other not in seen and link not in cut:
                    seen.add(other)
                    reached.append(other)
        if left := everybody - seen:
            yield left
