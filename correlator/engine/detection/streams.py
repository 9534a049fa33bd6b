"""The streams: one row per rule and failure domain that the rule is about.

A rule about unnamed symptoms has a row per domain *and* symptom; those rows are made when the first
such call arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints, with_room
from correlator.text import MOST_CLUSTERS, PROVISIONAL
from rules.model import ANY_TYPE, OUTSIDE, UNLISTED_TYPES, UNNAMED_SYMPTOMS, Catalog
from topology import Topology

ANY_SYMPTOM = -1


def rule_types(catalog: Catalog, types: frozenset[str]) -> list[frozenset[str]]:
    """Return, rule by rule, which of the inventory's domain types it is about."""
    inside = types - {OUTSIDE}
    keywords = {ANY_TYPE, UNLISTED_TYPES}
    named = {name for rule in catalog.rules for name in rule.domains} - keywords
    found = []
    for rule in catalog.rules:
        chosen = set(rule.domains) & types
        if ANY_TYPE in rule.domains:
            chosen |= inside
        if UNLISTED_TYPES in rule.domains:
            chosen |= inside - named
        found.append(frozenset(chosen))
    return found


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@njit(cache=True)
def gather(places: Ints, table: Ints, found: Ints) -> int:
    """Copy the entries of the rows `places` of a table, but for −1; returns how many."""
    count = 0
    for place in places:
        for k in range(table.shape[1]):
            if table[place, k] >= 0:
                found[count] = table[place, k]
                count += 1
    return count


class Streams:
    """The rows, by domain, rule and symptom.

    `domain[row]`, `rule[row]`, `symptom[row]`: the columns may have room for more rows than there
    are. `table[u]`: the static rows of domain u, −1 where it has fewer than others;
    `rows_on[u]`, `rules_on[u]`: the same rows, and their rules, of domains that have any.
    `other_business`: the rules about what is no fault of the network.
    """

    def __init__(self, topology: Topology, catalog: Catalog) -> None:
        self.rules = catalog.rules
        self._no_faults = frozenset(s.id for s in catalog.symptoms if not s.fault)
        self._types = rule_types(catalog, frozenset(topology.types))
        self.unnamed = tuple(rule.symptoms == UNNAMED_SYMPTOMS for rule in self.rules)
        patterns = [pattern for rule in self.rules for pattern in rule.only]
        self._domains_of_rule = [
            self._domains(topology, types, rule.only, patterns)
            for types, rule in zip(self._types, self.rules, strict=True)
        ]
        self.rows_on: dict[int, tuple[int, ...]] = {}
        self._unnamed_rules: dict[int, list[int]] = {}
        self._unnamed: dict[tuple[int, int, int], int] = {}
        self._unnamed_symptoms: set[int] = set()
        self._provisional: set[int] = set()
        self.domain, self.rule, self.symptom = self._lay_rows()
        self._used = len(self.domain)
        self._other_rows = self._lay_other_rows(topology.domain_count - 1)
        self.other_business = frozenset(
            int(self.rule[row]) for rows in self._other_rows.values() for row in rows
        )
        self.rules_on = {
            domain: [int(self.rule[row]) for row in rows] for domain, rows in self.rows_on.items()
        }
        self.table = self._lay_table(topology.domain_count)

    @staticmethod
    def _domains(
        topology: Topology, types: frozenset[str], only: tuple[str, ...], patterns: list[str]
    ) -> Ints:
        chosen = [np.asarray(topology.types[t], np.int64) for t in sorted(types)]
        domains = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
        domains = domains[np.asarray(topology.sizes)[domains] > 0]
        if not only:
            return domains
        unlisted = only == (UNLISTED_TYPES,)
        wanted = [pattern.casefold() for pattern in (patterns if unlisted else only)]
        named = [_matches(topology.name(d).casefold(), wanted) != unlisted for d in domains]
        return domains[np.array(named, np.bool_)]

    def _lay_rows(self) -> tuple[Ints, Ints, Ints]:
        domains: list[int] = []
        rules: list[int] = []
        for index, covered in enumerate(self._domains_of_rule):
            for domain in covered.tolist():
                if self.unnamed[index]:
                    self._unnamed_rules.setdefault(domain, []).append(index)
                else:
                    before = self.rows_on.get(domain, ())
                    self.rows_on[domain] = (*before, len(domains))
                    domains.append(domain)
                    rules.append(index)
        return (
            np.array(domains, np.int64),
            np.array(rules, np.int64),
            np.full(len(domains), ANY_SYMPTOM, np.int64),
        )

    def _lay_table(self, domains: int) -> Ints:
        """Return the static rows of every domain, as many columns as one has at most; −1: none."""
        most = max(map(len, self.rows_on.values()), default=0)
        table = np.full((domains, most), -1, np.int64)
        for domain, rows in self.rows_on.items():
            table[domain, : len(rows)] = rows
        return table

    def _lay_other_rows(self, outside: int) -> dict[str, Ints]:
        """Return the rows about what is no fault of the network; all are on `*`."""
        rows = self.rows_on.get(outside, ())
        found = {
            name: [row for row in rows if name in self.rules[self.rule[row]].symptoms]
            for name in self._no_faults
        }
        return {name: np.array(about, np.int64) for name, about in found.items()}

    def __len__(self) -> int:
        return self._used

    def static_rows(self, domains: Sequence[int]) -> Ints:
        """Return the static rows of some domains, in their order."""
        where = np.array(domains, np.int64)
        rows = np.empty(len(where) * self.table.shape[1], np.int64)
        return rows[: gather(where, self.table, rows)]

    @property
    def has_unnamed(self) -> bool:
        """Whether some rule is about unnamed symptoms."""
        return bool(self._unnamed_rules)

    def unnamed_rows(self, domains: Sequence[int], symptom: int, name: str) -> Ints:
        """Return the rows for an unnamed symptom, made where missing."""
        provisional = name.startswith(PROVISIONAL)
        (self._provisional if provisional else self._unnamed_symptoms).add(symptom)
        rows = [
            self._unnamed_row(rule, domain, symptom)
            for domain in domains
            for rule in self._unnamed_rules.get(domain, ())
        ]
        return np.array(rows, np.int64)

    def _unnamed_row(self, rule: int, domain: int, symptom: int) -> int:
        key = (rule, domain, symptom)
        row = self._unnamed.get(key)
        if row is None:
            row = self._unnamed[key] = self._used
            self._used += 1
            self.domain = with_room(self.domain, self._used)
            self.rule = with_room(self.rule, self._used)
            self.symptom = with_room(self.symptom, self._used)
            self.domain[row], self.rule[row], self.symptom[row] = domain, rule, symptom
        return row

    def release(self, symptom: int) -> None:
        """Stop counting a symptom that is forgotten; the next one of its index gets its rows."""
        self._unnamed_symptoms.discard(symptom)
        self._provisional.discard(symptom)

    def unnamed_rows_of(self, domain: int, symptom: int) -> list[int]:
        """Return the rows of one domain and one unnamed symptom."""
        keys = ((rule, domain, symptom) for rule in self._unnamed_rules.get(domain, ()))
        return [self._unnamed[key] for key in keys if key in self._unnamed]

    def counts(self) -> Floats:
        """Return how many streams each rule has: its multiplicity for the dial.

        Provisional symptoms were selected among all texts, so they count as many as there can be
        (multiple testing).
        """
        symptoms = max(1, len(self._unnamed_symptoms) + MOST_CLUSTERS * bool(self._provisional))
        return np.array(
            [
                len(domains) * (symptoms if unnamed else 1)
                for domains, unnamed in zip(self._domains_of_rule, self.unnamed, strict=True)
            ],
            np.float64,
        )

    def rules_for(self, domain: int) -> list[int]:
        """Return the rules about named symptoms on this domain."""
        return self.rules_on.get(domain, [])

    def unnamed_rules_for(self, domain: int) -> list[int]:
        """Return the rules about unnamed symptoms on this domain."""
        return self._unnamed_rules.get(domain, [])

    def other_rows(self, symptom: str) -> Ints:
        """Return the rows about a symptom which is no fault; none where no rule names it."""
        return self._other_rows[symptom]

    def state(self) -> dict[str, Any]:
        """Return the rows made so far, in order, for a snapshot."""
        return {
            "rows": [list(key) for key in self._unnamed],
            "symptoms": sorted(self._unnamed_symptoms),
            "provisional": sorted(self._provisional),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Make the same rows again, in the same order."""
        for rule, domain, symptom in state["rows"]:
            self._unnamed_row(rule, domain, symptom)
        self._unnamed_symptoms = set(state["symptoms"])
        self._provisional = set(state["provisional"])
