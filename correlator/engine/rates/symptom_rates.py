"""National rates by symptom: r_s with a Gamma prior; a symptom's own hours, h_s / h."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from correlator.engine.rates.tuning import TUNING


class SymptomRates:
    """Calls by symptom and hour of the day, over all customers.

    `names[s]`: "" where an index is free; `rates[s]` and `upper[s]`, one standard deviation up:
    calls per line and unit of τ; `ratio[s, hour]`: h_s / h. `tickets[s]`, `hours[s, hour]`: counted
    by `concurrent.count_ticket`.
    """

    def __init__(self, names: Sequence[str], lines: float) -> None:
        """`names`: the symptoms to begin with; `lines`: how many customers there are."""
        self.names: list[str] = list(names)
        self._index = {name: i for i, name in enumerate(self.names)}
        self._lines = lines
        count = len(self.names)
        self.tickets = np.zeros(count)
        self.hours = np.zeros((count, 24))
        self.rates = np.zeros(count)
        self.upper = np.zeros(count)
        self.ratio = np.ones((count, 24))

    def index(self, name: str) -> int | None:
        """Return a symptom's index, None where it is not known yet."""
        return self._index.get(name)

    def add(self, name: str, exposure: float) -> int:
        """Give a new symptom an index: a free one, the next one, or 0 once there are too many."""
        if "" in self.names:
            index = self._index[name] = self.names.index("")
            self.names[index] = name
            return index
        if len(self.names) >= TUNING.most_symptoms:
            return 0
        self.names.append(name)
        self._index[name] = len(self.names) - 1
        self.tickets = np.append(self.tickets, 0.0)
        self.hours = np.vstack([self.hours, np.zeros((1, 24))])
        self.refresh(exposure)
        self.refresh_hours()
        return len(self.names) - 1

    def reassign(self, old: int, new: int, hour: int, weight: float) -> None:
        """Move the count of a call to another symptom."""
        for symptom, change in ((old, -weight), (new, weight)):
            self.tickets[symptom] = max(0.0, self.tickets[symptom] + change)
            self.hours[symptom, hour] += change

    def release(self, name: str, exposure: float) -> int | None:
        """Forget a symptom; returns its index, which goes to the next new one."""
        index = self._index.pop(name, None)
        if index is not None:
            self.names[index] = ""
            self.tickets[index] = 0.0
            self.hours[index] = 0.0
            self.refresh(exposure)
            self.refresh_hours()
        return index

    def forget(self, keep: float) -> None:
        """Keep that share of everything counted."""
        np.multiply(self.tickets, keep, out=self.tickets)
        np.multiply(self.hours, keep, out=self.hours)

    def refresh(self, exposure: float) -> None:
        """Estimate r_s over `exposure` hours per line."""
        prior = TUNING.prior_tickets / len(self.names)
        shape = np.maximum(self.tickets, 0.0) + prior
        lines = self._lines * exposure + TUNING.prior_tickets / TUNING.prior_rate
        self.rates = shape / lines
        self.upper = (shape + np.sqrt(shape)) / lines

    def refresh_hours(self) -> None:
        """Estimate h_s / h."""
        hours = np.maximum(self.hours, 0.0)
        total = max(1.0, float(hours.sum()))
        expected = np.outer(hours.sum(1), hours.sum(0)) / total
        self.ratio = (hours + TUNING.symptom_hour_prior) / (expected + TUNING.symptom_hour_prior)

    def state(self) -> dict[str, Any]:
        """Return everything counted, for a snapshot."""
        return {
            "names": self.names,
            "tickets": self.tickets,
            "hours": self.hours,
            "rates": self.rates,
            "upper": self.upper,
            "ratio": self.ratio,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.names = state["names"]
        self._index = {name: i for i, name in enumerate(self.names) if name}
        self.tickets, self.hours = state["tickets"], state["hours"]
        self.rates, self.upper, self.ratio = state["rates"], state["upper"], state["ratio"]
