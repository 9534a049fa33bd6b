"""Evidence for a failure of a domain in the alarms of its children (naive Bayes).

Alarms of several children are evidence for their parent: each counts ln P(alarm | parent failed) −
ln P(alarm | all is well), each silent child the complement.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

from correlator.engine.alarms.relations import Relations
from correlator.engine.alarms.standing import Standing, clip
from correlator.engine.alarms.tuning import TUNING
from correlator.engine.alarms.types import AlarmingTypes
from topology import Topology


class Book(Protocol):
    """The standing alarms; see `book.AlarmBook`."""

    @property
    def empty(self) -> bool:
        """Whether no alarm stands."""

    def any_on(self, domain: int) -> bool:
        """Return whether an alarm of a domain stands."""

    def alarmed(self, domains: Iterable[int]) -> set[int]:
        """Return those of the domains on which an alarm stands."""

    def since(self, domain: int, tau: float) -> bool:
        """Return whether an alarm of τ or later stands on an alarmed domain."""

    def on(self, domain: int) -> list[Standing]:
        """Return the standing alarms of a domain, in the order in which they were raised."""


class AlarmHierarchy:
    """Weighs the standing alarms along the network."""

    def __init__(
        self, topology: Topology, relations: Relations, book: Book, types: AlarmingTypes
    ) -> None:
        self._topology = topology
        self._hides = relations.hides
        self._book = book
        self._types = types
        self._noticed_by: dict[int, tuple[int, ...]] = {}
        self._children: dict[int, dict[str, list[int]]] = {}  # by domain and type; a cache

    def children_weight(self, parent: int, since: float, now: float) -> float:
        """Return the log likelihood ratio, in nats, for `parent` of which children alarm."""
        children = self._topology.children(parent)
        if not children:
            return 0.0
        if_well = self._types.alarms_when_well(children[0], now, now - since)
        if if_well >= TUNING.child_if_failed:
            return 0.0
        alarmed = self._alarmed(children, since)
        if alarmed < 2:
            return 0.0
        silent = len(children) - alarmed
        return clip(
            alarmed * math.log(TUNING.child_if_failed / if_well)
            + silent * math.log((1 - TUNING.child_if_failed) / (1 - if_well))
        )

    def log_odds(self, domain: int, own: float, since: float, now: float) -> float:
        """Return the evidence, in nats, of own and children's alarms for a failure of `domain`.

        `own`: the weight of its own alarms, 0 if it has none. Alarms of children are a consequence
        of a failure of their parent, not the other way round; where the parent has alarmed itself,
        so are the alarms below one of its children. Where a type alarms, silence is evidence
        against a failure: ln(1 − P(alarm | failure)); a passive type is not expected to alarm.
        """
        children = self._children_share(domain, since, now)
        if own > 0:
            return own + children + self._below_a_child(domain, since, now)
        if children or self._book.any_on(domain) or self._types.is_passive(domain):
            return children
        return self._types.silence(domain)

    def passive_children(self, domain: int) -> list[int]:
        """Return the children of a domain that are passive."""
        kinds = self._children.get(domain)
        if kinds is None:
            kinds = self._children[domain] = {}
            for child in self._topology.children(domain):
                kinds.setdefault(self._topology.type_of(child), []).append(child)
        passive = self._types.is_passive
        return [child for same in kinds.values() if passive(same[0]) for child in same]

    def is_quiet(self, domain: int) -> bool:
        """Return whether no alarm stands on a domain, nor on what alarms when it fails.

        Of a passive one, nor on what it hangs on.
        """
        if self._book.any_on(domain) or self._book.alarmed(self.noticing(domain)):
            return False
        return not (
            self._types.is_passive(domain) and self._book.alarmed(self._topology.parents(domain))
        )

    def _children_share(self, domain: int, since: float, now: float) -> float:
        if self._book.empty:
            return 0.0
        children = self.noticing(domain)
        alarmed = self._alarmed(children, since)
        if not alarmed:
            return 0.0
        if_well = self._types.alarms_when_well(children[0], now, now - since)
        found = alarmed * math.log(max(1.0, TUNING.child_if_failed / if_well))
        found += (len(children) - alarmed) * math.log(1.0 - TUNING.child_if_failed)
        return min(max(found, 0.0), TUNING.most_from_children)

    def _below_a_child(self, domain: int, since: float, now: float) -> float:
        """Return the evidence for the child below which most alarms: it is the parent's as well.

        Else a card whose ports alarm would always be likelier than its OLT, whatever alarms there.
        """
        alarmed = self._book.alarmed(self.noticing(domain))
        return max((self._children_share(child, since, now) for child in alarmed), default=0.0)

    def out_of_sight(self, alarm: Standing) -> bool:
        """Return whether what supervision sees its equipment through alarms no later.

        Then the equipment cannot be reached, which tells nothing of its customers.
        """
        hiders = self._hides.get(alarm.domain)
        if not hiders:
            return False
        until = alarm.arrived + TUNING.at_once
        return any(other.arrived <= until for hider in hiders for other in self._book.on(hider))

    def _alarmed(self, domains: tuple[int, ...], since: float) -> int:
        """Count those with a standing alarm of `since` or later that tells of a failure."""
        return sum(self._tells(domain, since) for domain in self._book.alarmed(domains))

    def _tells(self, domain: int, since: float) -> bool:
        if domain not in self._hides:
            return self._book.since(domain, since)
        standing = (alarm for alarm in self._book.on(domain) if alarm.tau >= since)
        return any(not self.out_of_sight(alarm) for alarm in standing)

    def noticing(self, domain: int) -> tuple[int, ...]:
        """Return what alarms when `domain` fails: its children; of a cable, the cards on it."""
        children = self._topology.children(domain)
        passive = self._types.is_passive
        if not passive(domain) or not all(map(passive, children)):
            return children
        found = self._noticed_by.get(domain)
        if found is None:
            found = self._noticed_by[domain] = self._sharing(domain)
        return found

    def _sharing(self, domain: int) -> tuple[int, ...]:
        """Return the smaller equipment that can alarm and has customers with a passive domain."""
        topology = self._topology
        sizes = topology.sizes
        if sizes[domain] > TUNING.largest_passive:
            return ()
        others, shared = topology.shared_counts(domain)
        return tuple(
            other
            for other, count in zip(others.tolist(), shared.tolist(), strict=True)
            if count >= TUNING.noticed_share * sizes[other]
            and sizes[other] < sizes[domain]
            and topology.name(other) in topology.graph
            and not self._types.is_passive(other)
        )
