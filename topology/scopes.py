"""Scopes: the customers of a cause that may be more, or less, than one failure domain.

Most causes are one domain. Some are a combination of attribute values (an offer on one model of
box), and some are several neighbours (twelve of fourteen towns, an arc of a ring). A scope says
which customers that is; its name says it outside.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

ALL_OF = "&"
"""Between the parts of a combination: `cpe_model=NB6&offer=premium`."""
ONE_OF = "+"
"""Between neighbours: `AGG-0002+AGG-0003`."""
_MOST_PIECES = 8  # of one name that holds separators itself


class Scope(NamedTuple):
    """The customers under `domain`, all of `also` and, if there are any, one of `among`."""

    domain: int
    also: tuple[int, ...] = ()
    among: tuple[int, ...] = ()

    @property
    def single(self) -> bool:
        """Whether it is one failure domain."""
        return not (self.also or self.among)

    @property
    def parts(self) -> tuple[int, ...]:
        """The domains that name it: itself, those of a combination, or the neighbours."""
        return self.among or (self.domain, *self.also)

    def holds(self, domains: Collection[int]) -> bool:
        """Return whether a customer in these failure domains is in it."""
        if self.domain not in domains:
            return False
        if self.also and not all(part in domains for part in self.also):
            return False
        return not self.among or any(part in domains for part in self.among)


def scope_name(scope: Scope, names: Sequence[str]) -> str:
    """Return the name of a scope: that of its domain, or those of its parts, by name."""
    if scope.single:
        return names[scope.domain]
    return (ONE_OF if scope.among else ALL_OF).join(sorted(names[part] for part in scope.parts))


def scope_type(scope: Scope, types: Sequence[str]) -> str:
    """Return the type of a scope: of neighbours the type they share, of a combination all types."""
    found = sorted({types[part] for part in scope.parts})
    return ALL_OF.join(found)


def parse_scope(name: str, find: Callable[[str], int | None]) -> tuple[str, tuple[int, ...]] | None:
    """Return how the parts of a name are joined ("" for one domain), and their numbers.

    None where a part is no failure domain. A domain whose own name holds a separator comes first.
    """
    whole = find(name)
    if whole is not None:
        return "", (whole,)
    for separator in (ALL_OF, ONE_OF):
        parts = _fewest_parts(name.split(separator), separator, find)
        if len(parts) > 1:
            return separator, parts
    return None


def _fewest_parts(
    pieces: Sequence[str], separator: str, find: Callable[[str], int | None]
) -> tuple[int, ...]:
    """Return the fewest domains that these pieces are the names of; none where one is unknown.

    A name may hold the separator itself, and then takes several pieces.
    """
    best: list[tuple[int, ...] | None] = [()]
    for end in range(1, len(pieces) + 1):
        found: tuple[int, ...] | None = None
        for begin in range(max(0, end - _MOST_PIECES), end):
            before, part = best[begin], find(separator.join(pieces[begin:end]))
            if before is None or part is None:
                continue
            if found is None or len(before) + 1 < len(found):
                found = (*before, part)
        best.append(found)
    return best[-1] or ()
