"""Carrying a state over to another inventory or catalog: domains by name, rules by id.

What has no counterpart is left out: an incident whose domain or rule is gone, an alarm on equipment
that is gone. Burst statistics start anew, and so do rows for unnamed symptoms; call rates learned
from earlier failures stay with the rules. The counts of the concurrent ratio start anew; the
overdispersion by hour of the day is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from correlator.model import Millis
from rules.model import Catalog
from topology import Scope, Topology


class Renumbering:
    """Maps domains and rules of a former state to those in force.

    `domains_before[u]`, `rules_before[r]`: the index that domain u and rule r had there, −1 where
    they are new; `rule_ids`: of the rules in force; `now`: when the state was taken, in ms.
    """

    def __init__(
        self,
        topology: Topology,
        catalog: Catalog,
        names: Sequence[str],
        rules: Sequence[str],
        now: Millis,
    ) -> None:
        """`names`, `rules`: the names of the domains and ids of the rules that it counts by."""
        self._topology = topology
        self._names = names
        self._rules = rules
        self.now = now
        self.rule_ids = [rule.id for rule in catalog.rules]
        self._rule_index = {rule: index for index, rule in enumerate(self.rule_ids)}
        rules_before = {rule: index for index, rule in enumerate(rules)}
        self.rules_before = [rules_before.get(rule, -1) for rule in self.rule_ids]
        before = {name: index for index, name in enumerate(names)}
        self.domains_before: NDArray[np.int64] = np.array(
            [before.get(name, -1) for name in topology.names], np.int64
        )

    def domain(self, before: int) -> int | None:
        """Return the index that a domain of the former state has now, None where it is gone."""
        return self._topology.domain(self._names[before])

    def scope(self, before: Scope) -> Scope | None:
        """Return what a scope of the former state is now, None where a part of it is gone.

        As the inventory in force would have it: which part is the smallest, and what is next above
        all neighbours, may be another.
        """
        domains = map(self.domain, before.parts)
        found = [domain for domain in domains if domain is not None]
        if len(found) < len(before.parts):
            return None
        if before.among:
            return self._topology.scope_among(found)
        return self._topology.combination(found)

    def rule(self, before: int) -> int | None:
        """Return the index that a rule of the former state has now, None where it is gone."""
        return self._rule_index.get(self._rules[before])

    def domains_of(
        self, customer: str, before: tuple[int, ...], *, known: bool
    ) -> tuple[int, ...] | None:
        """Return the domains that a caller is under, None where the inventory lacks the customer.

        Of one who was not `known`, those of `before` that there still are.
        """
        if known:
            return self._topology.domains_of(customer)
        found = (self.domain(domain) for domain in before)
        return tuple(sorted(domain for domain in found if domain is not None))
