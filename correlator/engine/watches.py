"""What is watched: one row per rule and failure domain that the rule is about.

A rule about symptoms that nobody has named has a row per domain *and* symptom; those rows are made
when the first such ticket arrives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from correlator.engine.columns import with_room
from correlator.engine.kernels import gather
from correlator.engine.learning import Counts, blend
from correlator.model import UNNAMED
from correlator.text import MOST_CLUSTERS, PROVISIONAL
from rules.model import ANY_TYPE, OUTSIDE, UNLISTED_TYPES, UNNAMED_SYMPTOMS, Catalog, Rule
from topology import Topology

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

ANY_SYMPTOM = -1


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where one kind of customer stands: the domains, and the rows that watch them."""

    domains: Ints
    rows: Ints


def rule_types(catalog: Catalog, types: frozenset[str]) -> list[frozenset[str]]:
    """Say, rule by rule, which of the inventory's domain types it is about."""
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


class Watches:
    """The rows, their rules and domains, and each rule's symptom profile π."""

    def __init__(self, topology: Topology, catalog: Catalog) -> None:
        self.rules = catalog.rules
        self._named = frozenset(symptom.id for symptom in catalog.symptoms) | {UNNAMED}
        self._no_faults = frozenset(s.id for s in catalog.symptoms if not s.fault)
        self._types = rule_types(catalog, frozenset(topology.types))
        self.unnamed = tuple(rule.symptoms == UNNAMED_SYMPTOMS for rule in self.rules)
        patterns = [pattern for rule in self.rules for pattern in rule.only]
        self._domains_of_rule = [
            self._domains(topology, types, rule.only, patterns)
            for types, rule in zip(self._types, self.rules, strict=True)
        ]
        self._rows_of_domain: dict[int, tuple[int, ...]] = {}
        self._unnamed_rules: dict[int, list[int]] = {}
        self._dynamic: dict[tuple[int, int, int], int] = {}
        self._dynamic_symptoms: set[int] = set()
        self._provisional: set[int] = set()
        # By row; the columns may have room for more rows than there are.
        self.domain, self.rule, self.symptom = self._lay_rows()
        self._used = len(self.domain)
        self._other_rows = self._lay_other_rows(topology.domain_count - 1)
        self.other_business = frozenset(
            int(self.rule[row]) for rows in self._other_rows.values() for row in rows
        )
        self._row_table = self._lay_table(topology.domain_count)
        self._asked: tuple[int, ...] = ()
        self._place = Place(np.zeros(0, np.int64), np.zeros(0, np.int64))
        self.profile: Floats = np.zeros((len(self.rules), 0))

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
                    before = self._rows_of_domain.get(domain, ())
                    self._rows_of_domain[domain] = (*before, len(domains))
                    domains.append(domain)
                    rules.append(index)
        return (
            np.array(domains, np.int64),
            np.array(rules, np.int64),
            np.full(len(domains), ANY_SYMPTOM, np.int64),
        )

    def _lay_table(self, domains: int) -> Ints:
        """Return the static rows of every domain, as many columns as one has at most; −1: none."""
        most = max(map(len, self._rows_of_domain.values()), default=0)
        table = np.full((domains, most), -1, np.int64)
        for domain, rows in self._rows_of_domain.items():
            table[domain, : len(rows)] = rows
        return table

    def _lay_other_rows(self, outside: int) -> dict[str, Ints]:
        """Return the rows that watch what is no fault of the network; all are on `*`."""
        rows = self._rows_of_domain.get(outside, ())
        found = {
            name: [row for row in rows if name in self.rules[self.rule[row]].symptoms]
            for name in self._no_faults
        }
        return {name: np.array(watching, np.int64) for name, watching in found.items()}

    def __len__(self) -> int:
        return self._used

    def place(self, domains: tuple[int, ...]) -> Place:
        """Return the domains and static rows of customers who stand under `domains`."""
        if domains is not self._asked:  # a ticket asks several times
            where = np.array(domains, np.int64)
            rows = np.empty(len(where) * self._row_table.shape[1], np.int64)
            rows = rows[: gather(where, self._row_table, rows)]
            self._asked, self._place = domains, Place(where, rows)
        return self._place

    def dynamic_rows(self, domains: tuple[int, ...], symptom: int, name: str) -> Ints | None:
        """Return the rows for a symptom nobody has named, made where missing; else None."""
        if name in self._named or not self._unnamed_rules:
            return None
        provisional = name.startswith(PROVISIONAL)
        (self._provisional if provisional else self._dynamic_symptoms).add(symptom)
        rows = [
            self._dynamic_row(rule, domain, symptom)
            for domain in domains
            for rule in self._unnamed_rules.get(domain, ())
        ]
        return np.array(rows, np.int64)

    def _dynamic_row(self, rule: int, domain: int, symptom: int) -> int:
        key = (rule, domain, symptom)
        row = self._dynamic.get(key)
        if row is None:
            row = self._dynamic[key] = self._used
            self._used += 1
            self.domain = with_room(self.domain, self._used)
            self.rule = with_room(self.rule, self._used)
            self.symptom = with_room(self.symptom, self._used)
            self.domain[row], self.rule[row], self.symptom[row] = domain, rule, symptom
        return row

    def release(self, symptom: int) -> None:
        """A symptom is forgotten: it is not watched any more. Its rows wait for the next one."""
        self._dynamic_symptoms.discard(symptom)
        self._provisional.discard(symptom)

    def rows_of(self, domain: int) -> Sequence[int]:
        """Return the static rows of one domain."""
        return self._rows_of_domain.get(domain, ())

    def dynamic_rows_of(self, domain: int, symptom: int) -> list[int]:
        """Return the rows of one domain and one symptom that nobody has named."""
        keys = ((rule, domain, symptom) for rule in self._unnamed_rules.get(domain, ()))
        return [self._dynamic[key] for key in keys if key in self._dynamic]

    def counts(self) -> Floats:
        """Return how many places each rule watches: its multiplicity for the dial.

        Provisional symptoms were sought among all texts, so they count as many as there can be.
        """
        symptoms = max(1, len(self._dynamic_symptoms) + MOST_CLUSTERS * bool(self._provisional))
        return np.array(
            [
                len(domains) * (symptoms if unnamed else 1)
                for domains, unnamed in zip(self._domains_of_rule, self.unnamed, strict=True)
            ],
            np.float64,
        )

    def rules_for(self, domain: int) -> list[int]:
        """Return the rules about named symptoms on this domain."""
        return [int(self.rule[row]) for row in self._rows_of_domain.get(domain, ())]

    def unnamed_rules_for(self, domain: int) -> list[int]:
        """Return the rules about symptoms that nobody has named on this domain."""
        return self._unnamed_rules.get(domain, [])

    def refresh_profile(
        self, symptoms: list[str], rates: Floats, learned: Mapping[str, Counts] | None = None
    ) -> None:
        """Compute π[rule, symptom]: listed weights, the rest as usual, none for non-faults.

        "No symptom" is missing at random: its share of a failure's tickets is its share of all.

        `learned`: counts by rule and symptom, from the cell's verdicts.
        """
        named = [name if self.is_fault(name) else "" for name in symptoms]
        rows = []
        for rule in self.rules:
            counts = (learned or {}).get(rule.id, {})
            rows.append(blend(self._profile_of(rule, symptoms, rates), named, counts))
        self.profile = np.array(rows)

    def _profile_of(self, rule: Rule, symptoms: list[str], rates: Floats) -> Floats:
        if isinstance(rule.symptoms, str):
            fault = np.array([name not in self._named for name in symptoms], np.float64)
            return np.where(fault > 0, 1.0 - rule.other_symptoms, 0.0)
        weights = np.array([rule.symptoms.get(name, 0.0) for name in symptoms])
        rest = np.array(
            [
                0.0 if weights[i] > 0 or name in self._no_faults or name == UNNAMED else rates[i]
                for i, name in enumerate(symptoms)
            ]
        )
        profile: Floats = (1.0 - rule.other_symptoms) * weights / weights.sum()
        if rest.sum() > 0:
            profile += rule.other_symptoms * rest / rest.sum()
        # Whether a symptom is written down does not depend on what has failed.
        unnamed = np.array([name == UNNAMED for name in symptoms])
        unsaid = float(rates[unnamed].sum() / max(rates.sum(), 1e-300))
        return np.where(unnamed, unsaid, (1.0 - unsaid) * profile)

    def is_fault(self, symptom: str) -> bool:
        """Say whether a network failure can cause this symptom."""
        return symptom not in self._no_faults

    def other_rows(self, symptom: str) -> Ints:
        """Return the rows that watch a symptom which is no fault; none where no rule names it."""
        return self._other_rows[symptom]

    def state(self) -> dict[str, Any]:
        """Return the rows made so far, in order, for a snapshot."""
        return {
            "dynamic": [list(key) for key in self._dynamic],
            "symptoms": sorted(self._dynamic_symptoms),
            "provisional": sorted(self._provisional),
            "profile": self.profile,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Make the same rows again, in the same order."""
        for rule, domain, symptom in state["dynamic"]:
            self._dynamic_row(rule, domain, symptom)
        self._dynamic_symptoms = set(state["symptoms"])
        self._provisional = set(state["provisional"])
        self.profile = state["profile"]
