"""One call, and many of them as columns."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from correlator.engine.arrays import Bools, Floats, Ints
from correlator.model import Millis

Chance = TypeVar("Chance", float, Floats)


class Call(msgspec.Struct, gc=False):
    """A ticket as the engine counts it; changed only by the `CallWindow` that holds it.

    `symptom`: the likeliest; `mark`: what it is about, where that is more than one, or less
    (`detection.Marks`); a symptom is its own mark. `attributions`: incident number → the rate
    i·π(s), per τ, that it adds to this line; `rate`: the line's expected rate of its symptom, per
    τ, without incidents; `counted`: the first of its customer in a day; `fault`: a network
    failure can cause it; `spent`: it may not move a burst statistic (again); `planned`: rate that
    the planned works `work`, or a habit of the place, add; `weight`: the share that the baseline
    learns, 1 − P(explained); `retracted`: taken back from the burst statistic; `assigned`: number
    of the incident that a person has linked it to, or 0. `known`: the inventory knows the
    customer; else `customer` is the ticket's own, and `domains` those of the place that it names,
    or `*` alone.
    """

    ticket: str
    event_id: str
    customer: str
    domains: tuple[int, ...]
    symptom: int
    mark: int
    arrived: Millis
    occurred: Millis
    tau: float
    rate: float
    counted: bool
    planned: float = 0.0
    work: str = ""
    spent: bool = False
    weight: float = 1.0
    fault: bool = True
    attributions: dict[int, float] = {}
    retracted: bool = False
    assigned: int = 0
    known: bool = True

    def claim(self, incident: int) -> tuple[float, float]:
        """Return P(this incident explains it), and the same `cautious`, as links use it.

        0 where a person has linked it to another one.
        """
        chance = self.probability(incident) if self.assigned in (0, incident) else 0.0
        return chance, cautious(chance)

    def causes(self) -> tuple[int, ...]:
        """Return the domains that can be its cause; only `*` for what is no network fault."""
        return self.domains if self.fault else self.domains[-1:]

    def places(self, nowhere: int) -> tuple[int, ...]:
        """Return where it is found: under its causes; `nowhere` too, if only `*` is known."""
        causes = self.domains if self.fault else self.domains[-1:]
        return causes if len(self.domains) > 1 else (*causes, nowhere)

    def carried_over(self, domains: tuple[int, ...]) -> Call:
        """Return it under the domains of another inventory; marks are those of its catalog."""
        return msgspec.structs.replace(self, domains=domains, retracted=False, mark=self.symptom)

    def expected(self) -> float:
        """Return the line's expected rate, incidents and works included; ∞ for a spent call."""
        if self.spent:
            return np.inf
        return self.rate + self.planned + sum(self.attributions.values())

    def explained(self) -> float:
        """Return P(some incident or planned works explain it)."""
        by = self.planned + sum(self.attributions.values())
        return by / (by + self.rate) if by else 0.0

    def weighed(self) -> tuple[float, float]:
        """Return `expected`, and the weight with which the baseline learns it."""
        return self.expected(), 0.0 if self.spent else 1.0 - self.explained()

    def probability(self, incident: int) -> float:
        """Return P(this incident explains it)."""
        part = self.attributions.get(incident, 0.0)
        if not part:
            return 0.0
        return part / (self.rate + self.planned + sum(self.attributions.values()))


class CallColumns(NamedTuple):
    """Calls in columns: positions in the window, τ, symptom, mark, λ of each line.

    `usual` is λ when nothing is wrong: without incidents and works.
    """

    positions: Ints
    taus: Floats
    symptoms: Ints
    marks: Ints
    expected: Floats
    usual: Floats

    def only(self, chosen: Ints | Bools) -> CallColumns:
        """Return some of them."""
        return CallColumns(
            self.positions[chosen], self.taus[chosen], self.symptoms[chosen], self.marks[chosen],
            self.expected[chosen], self.usual[chosen],
        )  # fmt: skip


def cautious(probability: Chance) -> Chance:
    """Return a probability with its odds divided by three.

    The decision rule of least Bayes risk with losses 3 : 1: a wrong link or *yes* costs about three
    times what a missed one does, since the agent stops searching.
    """
    return probability / (3.0 - 2.0 * probability)
