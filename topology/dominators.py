"""Which single failures make an equipment fail.

An equipment fails when it fails itself, when a dependency without redundancy group fails, or when
all dependencies of one redundancy group fail. Hence

    dominators(e) = {e} ∪ ⋃ dominators(d), d plain ∪ ⋃ over groups of ⋂ dominators(d), d in group

which generalises the dominators of a flow graph (Lengauer & Tarjan 1979) to AND/OR dependencies
without cycles: one pass in dependency order is enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from topology.ragged import Ragged

Numbers = tuple[int, ...]


class Needs(NamedTuple):
    """What one equipment depends on: all of `plain`, and one of each of `groups`."""

    plain: Numbers = ()
    groups: tuple[Numbers, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """The domination order of the equipment, by number; every row ascending.

    `above`: e and all that dominate it; `below`: all that e dominates, and e; `parents`: the
    smallest strict dominators; `children`: its inverse.
    """

    above: Ragged
    below: Ragged
    parents: Ragged
    children: Ragged


def dominance(order: Iterable[int], needs: Sequence[Needs]) -> Dominance:
    """Compute the domination order.

    `order` names every equipment 0..len(needs)-1 once, dependencies before dependants.
    """
    above: list[Numbers] = [()] * len(needs)
    parents: list[Numbers] = [()] * len(needs)
    known: dict[Numbers, Numbers] = {}  # strict dominators → the smallest of them
    for number in order:
        strict = tuple(sorted(_strict(needs[number], above)))
        if strict not in known:
            known[strict] = _smallest(strict, above)
        parents[number] = known[strict]
        above[number] = tuple(sorted((*strict, number)))
    up, near = Ragged.of(above), Ragged.of(parents)
    return Dominance(up, up.inverse(len(needs)), near, near.inverse(len(needs)))


def _strict(needs: Needs, above: Sequence[Numbers]) -> set[int]:
    found: set[int] = set()
    for dependency in needs.plain:
        found.update(above[dependency])
    for group in needs.groups:
        found.update(set(above[group[0]]).intersection(*(above[other] for other in group[1:])))
    return found


def _smallest(strict: Numbers, above: Sequence[Numbers]) -> Numbers:
    passed = {far for near in strict for far in above[near] if far != near}
    return tuple(number for number in strict if number not in passed)
