"""Dominators within a knot: equipment whose links lead to the core through each other.

If u fails, what u takes over dependencies is down; linked equipment that then has no way to the
core over what is left is down too; and so on from there. Hence the fixpoint is a nested one: over
dependencies the smallest (nobody fails without a reason), over links the greatest (two that only
reach each other reach nobody). Around a ring every neighbour is asked before it has answered, so
the links begin with "everybody takes it along" and strike out until nothing changes.

Sets of candidates are bits of whole numbers, some thousands at a time, so that a ring of
thousands costs neither the square of memory nor of time.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_

from topology.needs import MOST_ABOVE, Needs, Numbers, taken

MOST_ROUNDS = 100
"""Of dependencies and links that lead to each other in turn, within a knot."""
_WIDTH = 8_192  # candidates at a time: a kilobyte for each equipment

Sets = Mapping[int, Iterable[int]]


class TangledError(ValueError):
    """A knot in which dependencies and links alternate more than `MOST_ROUNDS` times."""

    def __init__(self, knot: Numbers) -> None:
        super().__init__(f"more than {MOST_ROUNDS} rounds")
        self.knot = knot


def untangle(
    knot: Numbers, needs: Sequence[Needs], above: Sequence[Numbers]
) -> Mapping[int, Numbers]:
    """Return the dominators of each equipment of a knot, itself included, ascending.

    `knot`: dependencies before dependants; `above` holds the dominators of all that the knot
    needs outside. Where one has more than `MOST_ABOVE` others, the rest need not be complete.
    Raises `TangledError`.
    """
    found: dict[int, Numbers] = dict.fromkeys(knot, ())
    linked = {number: needs[number].linked for number in knot if needs[number].linked}
    around = {other for others in linked.values() for other in others if other not in found}
    known = _Known(found, above)
    before: dict[int, set[int]] = {}
    for _ in range(MOST_ROUNDS):
        own: dict[int, set[int]] = {}
        for number in knot:
            own[number] = taken(needs[number], known) | {number}
            found[number] = tuple(sorted(own[number].union(found[number])))
        if own == before or _too_many(found):
            return found
        before = own
        links = _Links(linked, {**own, **{other: set(above[other]) for other in around}})
        for number, taking in links.solved().items():
            found[number] = tuple(sorted(taking))
    raise TangledError(knot)


class _Known(Mapping[int, Numbers]):
    """The dominators found so far within the knot, and those outside."""

    def __init__(self, found: Mapping[int, Numbers], above: Sequence[Numbers]) -> None:
        self._found = found
        self._above = above

    def __getitem__(self, number: int) -> Numbers:
        return self._found[number] if number in self._found else self._above[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _too_many(found: Mapping[int, Numbers]) -> bool:
    return any(len(numbers) > MOST_ABOVE + 1 for numbers in found.values())


class _Links:
    """The greatest fixpoint over links, of what dependencies take already.

    `linked`: the neighbours of each equipment that needs one; `own`: who takes along, over
    dependencies, each of them and of their neighbours.
    """

    def __init__(self, linked: Mapping[int, Numbers], own: Mapping[int, set[int]]) -> None:
        self._linked = linked
        self._own = own
        self._order = self._from_the_core()

    def _from_the_core(self) -> list[int]:
        """Order the linked equipment by its distance to what does not hang on links here."""
        near = [one for one, others in self._linked.items() if not self._linked.keys() >= {*others}]
        seen = set(near)
        for number in near:  # grows on the way
            fresh = [n for n in self._linked[number] if n in self._linked and n not in seen]
            seen.update(fresh)
            near += fresh
        return near

    def solved(self) -> dict[int, list[int]]:
        """Return who takes each linked equipment along.

        If that is too many anywhere: only for the one nearest to the core, as far as is known.
        """
        candidates = self._candidates()
        taking: dict[int, list[int]] = {number: [] for number in self._linked}
        for low in range(0, len(candidates), _WIDTH):
            chosen = candidates[low : low + _WIDTH]
            left = self._struck_out(chosen)
            many = {number: len(taking[number]) + bits.bit_count() for number, bits in left.items()}
            if max(many.values()) > MOST_ABOVE + 1:
                number = min((n for n in many if many[n] > MOST_ABOVE + 1), key=many.__getitem__)
                return {number: [*taking[number], *(chosen[at] for at in _places(left[number]))]}
            for number, bits in left.items():
                taking[number] += [chosen[at] for at in _places(bits)]
        return taking

    def _candidates(self) -> list[int]:
        """Whoever takes anything along; those near the core first: they are most likely to."""
        known = dict.fromkeys(one for number in self._order for one in sorted(self._own[number]))
        outside = {one for number in self._own.keys() - self._linked for one in self._own[number]}
        return list(dict.fromkeys((*sorted(outside), *known)))

    def _struck_out(self, chosen: Sequence[int]) -> dict[int, int]:
        """Return, as bits, which of the chosen ones take each linked equipment along."""
        place = {number: at for at, number in enumerate(chosen)}
        own = {
            number: sum(1 << place[one] for one in numbers if one in place)
            for number, numbers in self._own.items()
        }
        bits = {**own, **dict.fromkeys(self._linked, (1 << len(chosen)) - 1)}
        waiting = deque(self._order)
        queued = set(self._order)
        while waiting:
            number = waiting.popleft()
            queued.discard(number)
            others = self._linked[number]
            left = own[number] | reduce(and_, (bits[other] for other in others))
            if left != bits[number]:
                bits[number] = left
                fresh = [n for n in others if n in self._linked and n not in queued]
                queued.update(fresh)
                waiting += fresh
        return {number: bits[number] for number in self._linked}


def _places(bits: int) -> Iterator[int]:
    """Yield which bits are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
