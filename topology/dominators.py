"""Which single failures make an equipment fail.

An equipment fails when it fails itself, when a dependency without redundancy group fails, when
all dependencies of one redundancy group fail, or when links are its way to the core and none is
left. Hence

    dominators(e) = {e} ∪ ⋃ dominators(d), d plain ∪ ⋃ over groups of ⋂ dominators(d), d in group
                        ∪ ⋂ dominators(n), n linked to e

which generalises the dominators of a flow graph (Lengauer & Tarjan 1979) to AND/OR dependencies.
Dependencies have no cycles: one pass in their order is enough. Links have: equipment that needs
each other that way is a *knot*, solved as a whole (`tangles`), in the same pass.

A chain of n equipments has n²/2 such pairs, and every customer at its end is in n failure domains.
Real networks have some ten floors; beyond `MOST_ABOVE` the pass goes no further down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from topology.needs import MOST_ABOVE, Needs, Numbers, taken
from topology.ragged import Ragged
from topology.tangles import untangle


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """The domination order of the equipment, by number; every row ascending.

    `above`: e and all that dominate it; `below`: all that e dominates, and e; `parents`: the
    smallest strict dominators; `children`: its inverse. Two that take each other along dominate
    each other, but not strictly: neither is the other's parent. `deep`: equipment that has more
    than `MOST_ABOVE` other dominators, nearest to the top; with any there, the order is not whole.
    """

    above: Ragged
    below: Ragged
    parents: Ragged
    children: Ragged
    deep: Numbers = ()


def dominance(order: Iterable[Numbers], needs: Sequence[Needs]) -> Dominance:
    """Compute the domination order; `order` as in `dominators`. Raises `TangledError`."""
    above, deep = dominators(order, needs)
    known: dict[Numbers, Numbers] = {}  # strict dominators → the smallest of them
    parents: list[Numbers] = []
    for row in above:
        # who dominates e has fewer dominators than e, or the very same and is dominated in turn
        many = len(row)
        strict = tuple([number for number in row if len(above[number]) < many])
        if strict not in known:
            known[strict] = _smallest(strict, above)
        parents.append(known[strict])
    up, near = Ragged.of(above), Ragged.of(parents)
    return Dominance(up, up.inverse(len(needs)), near, near.inverse(len(needs)), deep)


def dominators(
    order: Iterable[Numbers], needs: Sequence[Needs]
) -> tuple[Sequence[Numbers], Numbers]:
    """Return the dominators of each equipment, itself included, ascending; and `Dominance.deep`.

    `order` names every equipment 0..len(needs)-1 once, dependencies before dependants, in knots:
    those that need each other stand together, and within a knot their dependencies come first.
    What is deep, or below it, has no dominators. Raises `TangledError`.
    """
    above: list[Numbers] = [()] * len(needs)
    deep: list[int] = []
    below_deep: set[int] = set()
    for knot in order:
        if below_deep and any(map(below_deep.intersection, (_named(needs[n]) for n in knot))):
            below_deep.update(knot)  # reported once, at the top
            continue
        if len(knot) == 1:
            found: Mapping[int, Numbers] = {knot[0]: _alone(knot[0], needs, above)}
        else:
            found = untangle(knot, needs, above)
        beyond = [number for number in knot if len(found[number]) > MOST_ABOVE + 1]
        if beyond:
            deep.append(min(beyond, key=lambda number: (len(found[number]), number)))
            below_deep.update(knot)
            continue
        for number in knot:
            above[number] = found[number]
    return above, tuple(sorted(deep))


def _named(needs: Needs) -> Iterable[int]:
    return chain(needs.plain, needs.linked, *needs.groups)


def _alone(number: int, needs: Sequence[Needs], above: Sequence[Numbers]) -> Numbers:
    """Return the dominators of an equipment that nothing it needs needs in turn."""
    found = taken(needs[number], above)
    if needs[number].linked:  # one of them is enough, as in a group
        found |= taken(Needs((), (needs[number].linked,)), above)
    found.add(number)
    return tuple(sorted(found))


def _smallest(strict: Numbers, above: Sequence[Numbers]) -> Numbers:
    """Return those that dominate no other one, but for such as they share all dominators with.

    From the one with most dominators upwards: what none of those found so far has above it is one
    of them, for whoever it dominates strictly has more dominators.
    """
    found: list[int] = []
    passed: set[int] = set()
    for number in sorted(strict, key=lambda one: len(above[one]), reverse=True):
        if number not in passed:
            found.append(number)
            many = len(above[number])
            passed.update(other for other in above[number] if len(above[other]) < many)
    return tuple(sorted(found))
