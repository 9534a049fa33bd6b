"""The topology in memory: failure domains as integers, and who is in them."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from topology.arcs import Arcs
from topology.domains import Domains
from topology.graphs import Graphs
from topology.kinds import Relations, row_of
from topology.membership import Membership
from topology.overlaps import Overlaps
from topology.ragged import Ints, Values
from topology.scopes import ONE_OF, Scope, parse_scope, scope_name, scope_type

if TYPE_CHECKING:
    import networkx as nx

_REMEMBERED = 1 << 16  # customers whose domains are kept as a tuple


@final
class Topology:
    """The network, compiled. Immutable; build it with `topology.load`.

    A failure domain is an integer 0..domain_count-1: equipment first (by id), then attribute
    values `column=value` (by name), then `*`, the outside world, which holds every customer.
    A customer is *under* an equipment if its failure alone takes the customer's service away.

    `version`: 16 hexadecimal digits over the files' uncompressed bytes, the attribute columns and,
    if there are links, the types of the core. The same bytes give the same version; another row
    order gives another version. `graph`: the frozen networkx graph id → depends_on of service and
    power; nodes carry the columns of equipment.csv, edges `redundancy_group` and `kind`.
    `management`: the same of management, with only the equipment that such rows name, edges with
    `redundancy_group`. `links`: the frozen graph of the links, with only the linked equipment.
    Arrays handed out are read-only.
    """

    __slots__ = (
        "_arcs",
        "_children",
        "_count",
        "_domains",
        "_dominance",
        "_equivalents",
        "_find",
        "_lines",
        "_members",
        "_overlaps",
        "_parents",
        "_relations",
        "_samples",
        "_share",
        "_siblings",
        "graph",
        "links",
        "management",
        "version",
    )

    def __init__(
        self,
        version: str,
        graphs: Graphs,
        domains: Domains,
        relations: Relations,
        members: Membership,
    ) -> None:
        self.version = version
        self.graph: nx.DiGraph[str] = graphs.needs
        self.management: nx.DiGraph[str] = graphs.management
        self.links: nx.Graph[str] = graphs.links
        self._arcs = Arcs(graphs.links, graphs.cores, domains.numbers)
        self._domains = domains
        self._relations = relations
        self._dominance = relations.dominance
        self._members = members
        self._overlaps = Overlaps(members.overlap)
        self._count = len(members)
        self._samples = Overlaps(members.overlap_of_some)
        self._lines = lru_cache(_REMEMBERED)(self._count_lines)
        self._share = lru_cache(_REMEMBERED)(self._find_share)
        self._parents = lru_cache(_REMEMBERED)(self._find_parents)
        self._children = lru_cache(_REMEMBERED)(self._find_children)
        self._siblings = lru_cache(_REMEMBERED)(self._find_siblings)
        self._equivalents = lru_cache(_REMEMBERED)(self._find_equivalents)
        self._find = lru_cache(_REMEMBERED)(members.domains_of)

    def under(self, version: str) -> "Topology":
        """Return the same under another version: that of before customers were erased from it."""
        found = copy(self)
        found.version = version
        return found

    @property
    def customer_count(self) -> int:
        """How many customers there are."""
        return self._count

    @property
    def domain_count(self) -> int:
        """How many failure domains there are, `*` included."""
        return len(self._domains.names)

    @property
    def names(self) -> Sequence[str]:
        """The name of each domain."""
        return self._domains.names

    @property
    def types(self) -> Mapping[str, Ints]:
        """The domains of each type, ascending."""
        return self._domains.types

    @property
    def sizes(self) -> Ints:
        """Customers in each domain: shape (domain_count,)."""
        return self._members.sizes

    def name(self, domain: int) -> str:
        """Return the name of a domain: an equipment id, `column=value` or `*`."""
        return self._domains.names[domain]

    def domain(self, name: str) -> int | None:
        """Return the domain with this name, None if there is none."""
        return self._domains.numbers.get(name)

    @property
    def type_names(self) -> Sequence[str]:
        """The type of each domain; see `type_of`."""
        return self._domains.type_names

    def type_of(self, domain: int) -> str:
        """Return the equipment's `type`, the attribute's column name, or `*`."""
        return self._domains.type_names[domain]

    def attributes_of(self, equipment: str) -> Mapping[str, str]:
        """Return the columns of equipment.csv but `id`; empty if there is no such equipment."""
        return MappingProxyType(self.graph.nodes.get(equipment, {}))

    def domains_of(self, customer_id: str) -> tuple[int, ...] | None:
        """Return the domains a customer is in, ascending, `*` last; None if unknown."""
        return self._find(customer_id)

    def domains_at(self, place: str) -> tuple[int, ...]:
        """Return the domains of somebody of whom only a place is known, ascending, `*` last.

        `place`: equipment, with all that takes it along, or an attribute value; `*` alone for
        neither, since everybody is in it. Without domains that hold no customer.
        """
        outside, domain = self.domain_count - 1, self.domain(place)
        if domain is None or domain == outside:
            return (outside,)
        above = {domain, *self.above(domain)}
        return (*sorted(one for one in above if self.sizes[one]), outside)

    def customers_under(self, domain: int) -> Iterator[str]:
        """Yield the ids of a domain's customers, in the order of customers.csv."""
        return self._members.names(np.sort(self._members.under(domain)))

    def rows_in(self, scope: Scope) -> Values:
        """Return the row numbers of a scope's customers, ascending: the order of customers.csv."""
        rows = self._members.under(scope.domain)
        for value in scope.also:
            rows = np.intersect1d(rows, self._members.under(value), assume_unique=True)
        if scope.among:
            among = np.concatenate([self._members.under(part) for part in scope.among])
            rows = np.intersect1d(rows, among)
        return np.sort(rows)

    def customers_at(self, rows: Values) -> Iterator[str]:
        """Yield the ids of the customers in some rows."""
        return self._members.names(rows)

    def shared_counts(self, domain: int) -> tuple[Values, Ints]:
        """Return the domains that share a customer with this one, and how many they share.

        Domains ascending, itself included; both empty if it holds no customer. Cached.
        """
        return self._overlaps.of(domain)

    def shared(self, one: int, other: int) -> int:
        """Count the customers that two domains share."""
        small, large = sorted((one, other), key=self.sizes.__getitem__)
        domains, counts = self.shared_counts(small)
        at = int(np.searchsorted(domains, large))
        return int(counts[at]) if at < domains.size and domains[at] == large else 0

    def share(self, one: int, other: int) -> float:
        """Return which share of the smaller domain's customers the other one holds too, 0…1.

        Exact below 4,096 customers, from there on told from half as many at least, evenly spread.
        0 if the smaller holds no customer. Cached.
        """
        return self._share(one, other)

    def _find_share(self, one: int, other: int) -> float:
        small, large = sorted((one, other), key=self.sizes.__getitem__)
        if not self.sizes[small] or large == self.domain_count - 1:
            return float(self.sizes[small] > 0)
        domains, counts = self._samples.of(small)
        own, at = np.searchsorted(domains, (small, large)).tolist()
        held = at < domains.size and domains[at] == large
        return float(counts[at] / counts[own]) if held else 0.0

    def equivalents(self, domain: int) -> tuple[int, ...]:
        """Return the other domains with exactly the same customers, ascending.

        They cannot be told apart by who calls. Empty for a domain without customers. Cached.
        """
        return self._equivalents(domain)

    def _find_equivalents(self, domain: int) -> tuple[int, ...]:
        if not self.sizes[domain]:
            return ()
        same = np.flatnonzero(self.sizes == self.sizes[domain])
        if same.size > 1 and self.sizes[domain] < self._count:
            domains, counts = self.shared_counts(domain)
            same = domains[(counts == self.sizes[domain]) & (counts == self.sizes[domains])]
        return tuple(other for other in same.tolist() if other != domain)

    def equipment_under(self, domain: int) -> list[int]:
        """Return the equipment that fails when this domain fails, itself excluded, ascending.

        Empty for attribute values and `*`, whose failure is no equipment's.
        """
        if not self._is_equipment(domain):
            return []
        return [other for other in self._dominance.below.row(domain).tolist() if other != domain]

    def powered_by(self, domain: int) -> tuple[int, ...]:
        """Return the equipment under this one that only power puts there, ascending.

        That is those of `equipment_under` that dependencies of service, and links, alone would
        not make fail with it. Empty for attribute values and `*`.
        """
        if not self._is_equipment(domain):
            return ()
        return row_of(self._relations.powered, domain)

    def hidden_by(self, domain: int) -> tuple[int, ...]:
        """Return the equipment that supervision loses when this one alone fails, ascending.

        It works on: what fails too is in `equipment_under`. Empty for attribute values and `*`.
        """
        if not self._is_equipment(domain):
            return ()
        return row_of(self._relations.hidden, domain)

    def arcs(self, equipment: Sequence[int]) -> list[tuple[int, ...]]:
        """Return what two cut links together cut off from the core, where it holds one of these.

        Each is the linked equipment that is cut off, ascending, two at least: not what depends on
        it, and nothing that one link alone cuts off. No set twice, the smallest first. Left out:
        cuts within blocks (rings or meshes that hang together by more than a place) of more than
        64 links, and sets of more than 1,000. Cached by block.
        """
        return self._arcs.of(equipment)

    def parents(self, domain: int) -> tuple[int, ...]:
        """Return the next domains up: the smallest strict dominators of an equipment.

        `*` for equipment without dominator and for attribute values; nothing for `*`. Cached.
        """
        return self._parents(domain)

    def _find_parents(self, domain: int) -> tuple[int, ...]:
        outside = self.domain_count - 1
        if domain == outside:
            return ()
        if not self._is_equipment(domain):
            return (outside,)
        return tuple(self._dominance.parents.row(domain).tolist()) or (outside,)

    def above(self, domain: int) -> frozenset[int]:
        """Return the equipment that takes this domain along, `*` left out."""
        found: set[int] = set()
        beyond = list(self.parents(domain))
        while beyond:
            one = beyond.pop()
            if one != self.domain_count - 1 and one not in found:
                found.add(one)
                beyond += self.parents(one)
        return frozenset(found)

    def children(self, domain: int) -> tuple[int, ...]:
        """Return the equipment that has this domain among its `parents`, ascending. Cached."""
        return self._children(domain)

    def _find_children(self, domain: int) -> tuple[int, ...]:
        if self._is_equipment(domain):
            return tuple(self._dominance.children.row(domain).tolist())
        if domain != self.domain_count - 1:
            return ()
        return tuple(np.flatnonzero(np.diff(self._dominance.parents.starts) == 0).tolist())

    def siblings(self, domain: int) -> tuple[int, ...]:
        """Return the other domains of the same type that share a parent, ascending.

        For an attribute value: the other values of its column. Cached.
        """
        return self._siblings(domain)

    def _find_siblings(self, domain: int) -> tuple[int, ...]:
        parents = set(self.parents(domain))
        alike = self._domains.types[self.type_of(domain)]
        if self._is_equipment(domain):
            near = {child for parent in parents for child in self.children(parent)}
            alike = np.intersect1d(alike, list(near))
        return tuple(
            other
            for other in alike.tolist()
            if other != domain and parents.intersection(self.parents(other))
        )

    # -------------------------------------------------------------------------------- scopes

    def scope(self, name: str) -> Scope | None:
        """Return the scope with this name; None where a part of it is no failure domain.

        The domain of a combination is its smallest part, that of neighbours the next equipment
        above all of them, or `*`.
        """
        found = parse_scope(name, self.domain)
        if found is None:
            return None
        joined_by, parts = found
        if joined_by == ONE_OF:
            return self.scope_among(parts)
        return self.combination(parts)

    def combination(self, values: Sequence[int]) -> Scope:
        """Return the scope of the customers that have all of some attribute values."""
        domain, *also = sorted(values, key=lambda value: (int(self.sizes[value]), value))
        return Scope(domain, tuple(sorted(also)))

    def scope_among(self, neighbours: Sequence[int]) -> Scope:
        """Return the scope of some neighbours, at least two."""
        above = frozenset.intersection(*map(self.above, neighbours))
        nearest = min(above, key=lambda one: (int(self.sizes[one]), one), default=None)
        domain = self.domain_count - 1 if nearest is None else nearest
        return Scope(domain, (), tuple(sorted(neighbours)))

    def scope_name(self, scope: Scope) -> str:
        """Return the name of a scope; that of a single one is its domain's."""
        several = scope.also or scope.among
        return scope_name(scope, self.names) if several else self._domains.names[scope.domain]

    def scope_type(self, scope: Scope) -> str:
        """Return the type of a scope: its domain's, that of the neighbours, or all its columns."""
        several = scope.also or scope.among
        return scope_type(scope, self.type_names) if several else self.type_of(scope.domain)

    def lines(self, scope: Scope) -> int:
        """Count the customers of a scope. Neighbours are taken to have none in common. Cached."""
        return self._lines(scope)

    def _count_lines(self, scope: Scope) -> int:
        if scope.also:
            return self._members.count_common((scope.domain, *scope.also))
        if scope.among:
            whole = int(self.sizes[scope.domain])
            return min(whole, int(self.sizes[list(scope.among)].sum()))
        return int(self.sizes[scope.domain])

    def values_among(self, domains: Sequence[int]) -> tuple[int, ...]:
        """Return those of a customer's domains that are attribute values, ascending."""
        first, outside = self._domains.equipment_count, self.domain_count - 1
        return tuple(domain for domain in domains if first <= domain < outside)

    def _is_equipment(self, domain: int) -> bool:
        return domain < self._domains.equipment_count
