"""What an equipment needs, by number, and what that takes along."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

MOST_ABOVE = 1_000
"""Other dominators of one equipment."""

Numbers = tuple[int, ...]


class Needs(NamedTuple):
    """What one equipment depends on: all of `plain`, and one of each of `groups`.

    `linked`: its neighbours over links, if they are its way to the core; () for the core itself.
    """

    plain: Numbers = ()
    groups: tuple[Numbers, ...] = ()
    linked: Numbers = ()


def taken(needs: Needs, above: Sequence[Iterable[int]] | Mapping[int, Iterable[int]]) -> set[int]:
    """Return who takes away a dependency without a group, or a whole group; links left out.

    `above[d]`: who takes d away, itself included.
    """
    found: set[int] = set()
    for dependency in needs.plain:
        found.update(above[dependency])
    for group in needs.groups:
        found.update(set(above[group[0]]).intersection(*(above[other] for other in group[1:])))
    return found
