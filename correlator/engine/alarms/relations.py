"""What the alarms of a failure are found on: equipment that hangs together."""

from __future__ import annotations

from functools import lru_cache

from topology import Topology

_REMEMBERED = 1 << 16  # equipment whose relations are kept


class Relations:
    """Which equipment is next to which, and by what it fails or goes dark; no state.

    `hides`: equipment that supervision can lose → without which it does; `powering`: equipment that
    needs power of its own → what gives it.
    """

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._outside = topology.domain_count - 1
        self.hides = _hiders(topology)
        self.powering = _powering(topology)
        self.links = lru_cache(_REMEMBERED)(self._find_links)
        """The equipment at the other ends of the links of a domain."""
        self.next_to = lru_cache(_REMEMBERED)(self._find_next_to)
        """A domain, what hangs on it, what it hangs on, and what it is linked to."""
        self.places = lru_cache(_REMEMBERED)(self._find_places)
        """A domain and what it hangs on; two that share a place, or a link, are near each other."""

    def takes_along(self, root: int, domain: int) -> bool:
        """Return whether a domain fails with another one, or goes dark with it."""
        if root == domain or root in self._topology.above(domain):
            return True
        return root in self.hides.get(domain, ())

    def _find_links(self, domain: int) -> frozenset[int]:
        links, name = self._topology.links, self._topology.name(domain)
        found = (self._topology.domain(other) for other in links[name]) if name in links else ()
        return frozenset(other for other in found if other is not None)

    def _find_next_to(self, domain: int) -> frozenset[int]:
        return self.places(domain) | self.links(domain) | {*self._topology.children(domain)}

    def _find_places(self, domain: int) -> frozenset[int]:
        # The world outside is above everything, which makes nothing near.
        return frozenset({domain, *self._topology.parents(domain)} - {self._outside})


def _hiders(topology: Topology) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for name in sorted(topology.management):
        number = topology.domain(name)
        if number is not None:
            for hidden in topology.hidden_by(number):
                found.setdefault(hidden, []).append(number)
    return {hidden: tuple(hiders) for hidden, hiders in found.items()}


def _powering(topology: Topology) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for domain in range(len(topology.graph)):
        for powered in topology.powered_by(domain):
            found.setdefault(powered, []).append(domain)
    return {powered: tuple(givers) for powered, givers in found.items()}
