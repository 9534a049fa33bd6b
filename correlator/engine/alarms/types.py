"""Alarming by type of equipment: how often while all is well, and whether when it fails.

Rates are decayed counts per τ; P(alarm | failure) is a Beta count per type. A type of which nothing
has ever alarmed, while others did, is taken to be passive (a splitter, a cable).
"""

from __future__ import annotations

import math
from typing import Any

from correlator.engine.alarms.tuning import TUNING
from topology import Topology


class AlarmingTypes:
    """Alarms and failures counted by type of domain."""

    def __init__(self, topology: Topology) -> None:
        self._types = topology.type_names
        self._sizes = {kind: len(domains) for kind, domains in topology.types.items()}
        self._rates: dict[str, list[float]] = {}  # type → [decayed count, τ of the last]
        self._own: dict[str, list[float]] = {}  # type → failures [with, without] an alarm of it
        self._heard = 0.0
        self.changes = 0
        """Rises with everything that changes what is known."""

    def heard(self, domain: int, tau: float) -> None:
        """Count an alarm of equipment of this type."""
        self._heard += 1.0
        self.changes += 1
        kind = self._types[domain]
        count, last = self._rates.get(kind, [0.0, tau])
        self._rates[kind] = [count * 2.0 ** (-(tau - last) / TUNING.rate_half_life) + 1.0, tau]

    def failed(self, domain: int, *, alarmed: bool) -> None:
        """Learn from a failure whether equipment of this type alarms when it fails."""
        counts = self._own.setdefault(self._types[domain], [0.0, 0.0])
        counts[0 if alarmed else 1] += 1.0
        self.changes += 1

    def is_passive(self, domain: int) -> bool:
        """Return whether no equipment of the domain's type has ever alarmed, while others did."""
        silent = self._types[domain] not in self._rates
        return silent and self._heard >= TUNING.enough_alarms

    def silence(self, domain: int) -> float:
        """Return the evidence, in nats, of a domain without alarm: ln(1 − P(alarm | failure)).

        0 for a type that has never alarmed.
        """
        return math.log(1.0 - self.alarms_when_failed(domain))

    def alarms_when_failed(self, domain: int) -> float:
        """Return P(it alarms | it fails); 0 for a type that has never alarmed."""
        kind = self._types[domain]
        if kind not in self._rates:
            return 0.0
        alarmed, silent = self._own.get(kind, (0.0, 0.0))
        return (TUNING.own_alarm_prior[0] + alarmed) / (
            sum(TUNING.own_alarm_prior) + alarmed + silent
        )

    def alarms_when_well(self, domain: int, now: float, window: float) -> float:
        """Return P(equipment like this alarms within `window` τ while all is well)."""
        kind = self._types[domain]
        count, last = self._rates.get(kind, [0.0, now])
        exposure = min(now, TUNING.rate_half_life / math.log(2)) + TUNING.rate_prior
        rate = count * 2.0 ** (-(now - last) / TUNING.rate_half_life) / exposure
        per_child = rate / max(1, self._sizes[kind])
        return max(TUNING.child_if_well, 1.0 - math.exp(-per_child * window))

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {"rates": self._rates, "own": self._own, "heard": self._heard}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._rates, self._own, self._heard = state["rates"], state["own"], state["heard"]
        self.changes += 1
