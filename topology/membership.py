"""Who is in which failure domain."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from topology.customers import Customers
from topology.domains import Domains, read_only
from topology.dominators import Dominance
from topology.facets import added, attribute_facet, equipment_facets
from topology.overlaps import Overlap
from topology.ragged import Ints, Values

SAMPLE = 4_096
"""Customers from whom the share of a larger domain is told."""
_REMEMBERED = 1 << 16  # pairs of groups of which the equipment is kept
_FEW = 8  # a sum over the domains that occur is cheaper when they are fewer than one in so many


class Membership:
    """The customers, by row number, and the domains they lie in. Immutable."""

    __slots__ = ("_access", "_attributes", "_equipment", "_facets", "_ids", "_wide", "sizes")

    def __init__(self, customers: Customers, domains: Domains, dominance: Dominance) -> None:
        count = len(domains.names)
        self._ids = customers.ids
        self._access, self._wide = equipment_facets(customers.give_named(), dominance.above, count)
        self._attributes = attribute_facet(
            customers.attributes, domains.attribute_numbers, len(self._ids), count - 1
        )
        self._facets = (self._access, self._wide, self._attributes)
        self._equipment = lru_cache(_REMEMBERED)(self._equipment_of)
        self.sizes = read_only(_added(facet.sizes() for facet in self._facets))

    def __len__(self) -> int:
        return len(self._ids)

    def domains_of(self, customer_id: str) -> tuple[int, ...] | None:
        """Return the domains of a customer, ascending; None if unknown."""
        row = self._ids.find(customer_id)
        if row < 0:
            return None
        facet = self._attributes
        group = facet.codes[row]
        values = facet.members[facet.starts[group] : facet.starts[group + 1]]
        return (*self._equipment(self._access.codes[row], self._wide.codes[row]), *values)

    def _equipment_of(self, access: int, wide: int) -> tuple[int, ...]:
        """Return the domains of two groups of customers, ascending."""
        found: list[int] = []
        for facet, group in ((self._access, access), (self._wide, wide)):
            found += facet.members[facet.starts[group] : facet.starts[group + 1]]
        return tuple(sorted(found))

    def under(self, domain: int) -> Values:
        """Return the row numbers of a domain's customers, in no particular order."""
        return np.concatenate([facet.customers(domain) for facet in self._facets])

    def count_common(self, values: Sequence[int]) -> int:
        """Count the customers that have all of some attribute values."""
        return self._attributes.count_common(values)

    def names(self, rows: Values) -> Iterator[str]:
        """Yield the ids of the customers in some rows."""
        return self._ids.names(rows)

    def overlap(self, domain: int) -> Overlap:
        """Return the domains that share customers with a domain, and how many each shares."""
        return self._held(self.under(domain))

    def overlap_of_some(self, domain: int) -> Overlap:
        """Return the same for a sample of the domain's customers: all, or evenly spread ones."""
        rows = self.under(domain)
        return self._held(rows[:: 1 + rows.size // SAMPLE])

    def _held(self, rows: Values) -> Overlap:
        held = [facet.held(rows) for facet in self._facets]
        domains = np.concatenate([found for found, _ in held])
        counts = np.concatenate([count for _, count in held])
        if domains.size * _FEW < self.sizes.size:
            sharing, place = np.unique(domains, return_inverse=True)
            shared = added(place.astype(np.int32), counts, sharing.size)
        else:
            every = added(domains, counts, self.sizes.size)
            sharing = np.flatnonzero(every).astype(np.int32)
            shared = every[sharing]
        return read_only(sharing), read_only(shared)


def _added(counts: Iterable[Ints]) -> Ints:
    total: Ints = np.stack(list(counts)).sum(axis=0)
    return total
