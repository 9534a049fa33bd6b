"""Grouping customers so that each group lies in the same failure domains.

One number for "everything this customer depends on" would be nearly as numerous as the customers:
who sits on which line card and who uses which services vary independently. So the customers are
grouped three times, by facet: the access equipment, the equipment nearly everybody needs, and the
attribute values. The facets share no failure domain, so their counts simply add up.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from topology.customers import Attribute
from topology.ragged import (
    Ints,
    Ragged,
    Values,
    counted,
    grouped,
    intern,
    joined,
    packed,
    pairs,
    relabel,
    representatives,
    starts_of,
    union,
)

_WIDE_SHARE = 64  # equipment named by more than one customer in 64 is in the wide facet


def added(domains: Values, counts: Ints, width: int) -> Ints:
    """Add up the counts of each domain: (width,)."""
    sums = np.bincount(domains, counts, width)
    return sums.astype(np.int64)  # floats, exact below 2**53


class Facet:
    """One way of grouping all customers. Immutable.

    `codes[row]` is the group of a customer; the domains of a group, ascending, are
    `members[starts[group]:starts[group + 1]]`. All three are memory views and arrays: numpy is slow
    at single elements.
    """

    __slots__ = ("_domains", "_groups", "_rows", "_width", "codes", "members", "starts")

    def __init__(self, codes: Values, domains: Ragged, width: int) -> None:
        """Build from the group of each customer (customers,) and the domains of each group.

        `width` is the number of all domains; `domains` rows are ascending and sound (0..width-1).
        """
        self.codes = packed(codes)
        self._domains = domains
        self._groups = domains.inverse(width)
        self._rows = grouped(codes, None, len(domains))
        self._width = width
        self.starts, self.members = packed(domains.starts), domains.values.data

    def customers(self, domain: int) -> Values:
        """Return the row numbers of the customers under a domain, in no particular order."""
        return self._rows.take(self._groups.row(domain))[0]

    def count_common(self, domains: Sequence[int]) -> int:
        """Count the customers that lie in all of some domains of this facet, at least one."""
        groups = self._groups.row(domains[0])
        for domain in domains[1:]:
            groups = np.intersect1d(groups, self._groups.row(domain), assume_unique=True)
        return int(self._each_group()[groups].sum())

    def sizes(self) -> Ints:
        """Count the customers in each domain: (width,)."""
        return added(self._domains.values, self._each(self._each_group()), self._width)

    def held(self, customers: Values) -> tuple[Values, Ints]:
        """Return the domains that these customers (row numbers) lie in, and how many in each.

        Two arrays of one length; a domain may stand there several times: its counts add up.
        """
        codes = np.frombuffer(self.codes, np.uint32)[customers]
        if codes.size > len(self._domains):
            counts = np.bincount(codes, minlength=len(self._domains))
            return self._domains.values, self._each(counts)
        groups, counts = np.unique(codes, return_counts=True)
        domains, lengths = self._domains.take(groups.astype(np.int64))
        return domains, np.repeat(counts, lengths)

    def _each_group(self) -> Ints:
        """Count the customers of each group: (groups,)."""
        return np.diff(self._rows.starts)

    def _each(self, counts: Ints) -> Ints:
        """Return the count of its group for every domain of every group: `counts` (groups,)."""
        return np.repeat(counts, np.diff(self._domains.starts))


def equipment_facets(named: Ragged, above: Ragged, width: int) -> tuple[Facet, Facet]:
    """Group the customers by access equipment and by widely shared equipment.

    `named` are the equipments each customer depends on, `above` the dominators of each equipment.
    Equipment is wide if more than one customer in 64 names it. What dominates both wide and
    narrow equipment (a core router) would be counted by both facets, so the access groups are
    split by which of these domains their customers reach through wide equipment.
    """
    wide = counted(named.values, len(above)) * _WIDE_SHARE > len(named)
    to_wide, to_narrow = named.split(wide)
    del named  # each is gigabytes with tens of millions of customers
    far, far_sets = _grouped_by(to_wide, above)
    del to_wide
    near, near_sets = _grouped_by(to_narrow, above)
    del to_narrow
    both = _held(near_sets, len(above)) & _held(far_sets, len(above))
    in_both, rest = far_sets.split(both)
    overlap, overlap_sets = intern(in_both, len(above))
    access, access_sets = _paired((near, near_sets), (overlap[far], overlap_sets), len(above))
    return Facet(access, access_sets, width), Facet(far, rest, width)


def _grouped_by(named: Ragged, above: Ragged) -> tuple[Values, Ragged]:
    """Return the group of each customer, and the equipment domains of each group."""
    codes, distinct = intern(named, len(above))
    return codes, union(distinct, above, len(above))


def _held(sets: Ragged, width: int) -> npt.NDArray[np.bool_]:
    return counted(sets.values, width) > 0


def _paired(
    one: tuple[Values, Ragged], other: tuple[Values, Ragged], width: int
) -> tuple[Values, Ragged]:
    """Group by two groupings at once; each group gets the union of its two sets."""
    (left, left_sets), (right, right_sets) = one, other
    bound = len(left_sets) * len(right_sets)
    codes, count = relabel(pairs(left, right, len(right_sets), bound), bound)
    first = representatives(codes, count)
    sets = Ragged(
        joined([left_sets.starts, right_sets.starts[1:] + left_sets.starts[-1]], np.int64),
        joined([left_sets.values, right_sets.values], np.int32),
    )
    halves = np.stack((left[first], right[first] + len(left_sets)), axis=1).astype(np.int32)
    parts = Ragged(np.arange(count + 1) * 2, halves.ravel())
    return codes, union(parts, sets, width)


def attribute_facet(
    attributes: Sequence[Attribute], numbers: Sequence[Values], customers: int, last: int
) -> Facet:
    """Group the customers by their attribute values.

    `numbers[i][code]` is the domain of a value of attribute i, -1 for the empty value. Every group
    also lies in `last`, the domain that holds everybody.
    """
    codes, count = np.zeros(customers, np.int32), min(customers, 1)
    for attribute in attributes:
        size = len(attribute.values)
        both = pairs(codes, attribute.codes, size, count * size)
        codes, count = relabel(both, count * size)
    first = representatives(codes, count)
    held = [of[attribute.codes[first]] for attribute, of in zip(attributes, numbers, strict=True)]
    table = np.sort(np.stack([*held, np.full(count, last, np.int32)], axis=1), axis=1)
    present = table >= 0
    return Facet(codes, Ragged(starts_of(present.sum(axis=1)), table[present]), last + 1)
