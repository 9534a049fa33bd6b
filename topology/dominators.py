"""Which single failures make an equipment fail.

An equipment fails when it fails itself, when a dependency without redundancy group fails, or when
all dependencies of one redundancy group fail. Hence

    dominators(e) = {e} ∪ ⋃ dominators(d), d plain ∪ ⋃ over groups of ⋂ dominators(d), d in group

which generalises the dominators of a flow graph (Lengauer & Tarjan 1979) to AND/OR dependencies
without cycles: one pass in dependency order is enough.

A chain of n equipments has n²/2 such pairs, and every customer at its end is in n failure domains.
Real networks have some ten floors; beyond `MOST_ABOVE` the pass goes no further down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from topology.ragged import Ragged

MOST_ABOVE = 1_000
"""Strict dominators of one equipment."""

Numbers = tuple[int, ...]


class Needs(NamedTuple):
    """What one equipment depends on: all of `plain`, and one of each of `groups`."""

    plain: Numbers = ()
    groups: tuple[Numbers, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """The domination order of the equipment, by number; every row ascending.

    `above`: e and all that dominate it; `below`: all that e dominates, and e; `parents`: the
    smallest strict dominators; `children`: its inverse. `deep`: equipment that has more than
    `MOST_ABOVE` strict dominators, nearest to the top; with any there, the order is not whole.
    """

    above: Ragged
    below: Ragged
    parents: Ragged
    children: Ragged
    deep: Numbers = ()


def dominance(order: Iterable[int], needs: Sequence[Needs]) -> Dominance:
    """Compute the domination order.

    `order` names every equipment 0..len(needs)-1 once, dependencies before dependants.
    """
    above: list[Numbers] = [()] * len(needs)
    parents: list[Numbers] = [()] * len(needs)
    known: dict[Numbers, Numbers] = {}  # strict dominators → the smallest of them
    rank = [0] * len(needs)
    deep: list[int] = []
    below_deep: set[int] = set()
    for position, number in enumerate(order):
        rank[number] = position
        if not below_deep.isdisjoint(_named(needs[number])):
            below_deep.add(number)  # reported once, at the top
            continue
        strict = tuple(sorted(_strict(needs[number], above)))
        if len(strict) > MOST_ABOVE:
            deep.append(number)
            below_deep.add(number)
            continue
        if strict not in known:
            known[strict] = _smallest(strict, above, rank)
        parents[number] = known[strict]
        above[number] = tuple(sorted((*strict, number)))
    up, near = Ragged.of(above), Ragged.of(parents)
    return Dominance(
        up, up.inverse(len(needs)), near, near.inverse(len(needs)), tuple(sorted(deep))
    )


def _named(needs: Needs) -> Iterable[int]:
    return chain(needs.plain, *needs.groups)


def _strict(needs: Needs, above: Sequence[Numbers]) -> set[int]:
    found: set[int] = set()
    for dependency in needs.plain:
        found.update(above[dependency])
    for group in needs.groups:
        found.update(set(above[group[0]]).intersection(*(above[other] for other in group[1:])))
    return found


def _smallest(strict: Numbers, above: Sequence[Numbers], rank: Sequence[int]) -> Numbers:
    """Return those that dominate no other one.

    From the last in the order upwards: what none of those found so far has above it is one of them,
    for whoever it dominates comes later in the order.
    """
    found: list[int] = []
    passed: set[int] = set()
    for number in sorted(strict, key=rank.__getitem__, reverse=True):
        if number not in passed:
            found.append(number)
            passed.update(above[number])
    return tuple(sorted(found))
