"""What kinds of dependencies add: who goes dark for supervision, who fails for want of power."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from topology.dominators import Dominance, dominators
from topology.needs import MOST_ABOVE, Needs, Numbers, taken
from topology.ragged import Ints, Ragged


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Who takes whom along (`dominance`), and what the kinds of dependencies add, by equipment.

    `powered`: what fails with it only because of power; `hidden`: what supervision loses with it
    and does not fail. None where no dependency is of that kind.
    """

    dominance: Dominance
    powered: Ragged | None = None
    hidden: Ragged | None = None


def hidden(
    order: Iterable[int], needs: Sequence[Needs], above: Ragged
) -> tuple[Ragged | None, Numbers]:
    """Return, for each equipment, what supervision loses with it and does not fail itself.

    `order`: the equipment that management dependencies name, dependencies before dependants;
    `needs`: those dependencies, by number; `above`: who takes each equipment along. Supervision
    does not go through what has failed, nor through what it has lost. None if there are no such
    dependencies. The second value: equipment that more than `MOST_ABOVE` others hide, or more than
    that take along, nearest to the top; with any there, the first is not whole.
    """
    dark: dict[int, Numbers] = {}  # without it supervision does not go through
    lost: list[Numbers] = [()] * len(needs)
    deep: list[int] = []
    below_deep: set[int] = set()
    for number in order:
        own = above.row(number).tolist()
        wanted = needs[number]
        if not below_deep.isdisjoint((*wanted.plain, *(n for one in wanted.groups for n in one))):
            below_deep.add(number)
            continue
        blinding = taken(wanted, dark)
        lost[number] = tuple(sorted(blinding.difference(own)))
        dark[number] = tuple(sorted(blinding.union(own)))
        if len(lost[number]) > MOST_ABOVE:
            deep.append(number)
            below_deep.add(number)
    return Ragged.of(lost).inverse(len(needs)) if dark else None, tuple(sorted(deep))


def powered(order: Iterable[Numbers], unpowered: Sequence[Needs], dominance: Dominance) -> Ragged:
    """Return, for each equipment, what fails with it only because of power dependencies.

    `unpowered`: what each needs but for power; `order` as in `dominators`.
    """
    count = len(unpowered)
    without, _ = dominators(order, unpowered)
    keys = np.setdiff1d(_keys(dominance.above), _keys(Ragged.of(without)))
    above, number = np.divmod(keys, count)
    lengths = np.bincount(above, minlength=count)
    return Ragged(np.concatenate(([0], np.cumsum(lengths))), number.astype(np.int32))


def _keys(above: Ragged) -> Ints:
    """Number the pairs of an equipment and what fails with it, in the order of both."""
    number = np.repeat(np.arange(len(above)), np.diff(above.starts))
    keys: Ints = above.values.astype(np.int64) * len(above) + number
    return keys


def row_of(rows: Ragged | None, number: int) -> Numbers:
    """Return a row as a tuple; empty where there are no rows."""
    return () if rows is None else tuple(rows.row(number).tolist())
