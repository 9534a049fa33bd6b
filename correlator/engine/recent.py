"""The tickets of the last hours, in arrays, by failure domain.

Positions are absolute: the first ticket ever kept has position 0, and a position never changes its
meaning. Rows older than the horizon are forgotten now and then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from correlator.model import HOUR, Millis

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

HORIZON: Millis = 26 * HOUR  # a day of repeat callers, and some
FIT_HORIZON: Millis = 14 * HOUR  # how far back a failure's first caller is looked for
_FIRST_ROWS = 4_096


class Seen(msgspec.Struct):
    """A ticket that points somewhere. `parts` is incident number → expected rate π·i.

    `rate` is the line's expected rate of its symptom, per τ, without incidents; `counted`: the
    first of its customer in a day; `spent`: it may not make a burst (again); `planned`: rate that
    the planned works `work` add.
    """

    ticket: str
    event_id: str
    customer: str
    domains: tuple[int, ...]
    symptom: int
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
    parts: dict[int, float] = {}

    def expected(self) -> float:
        """Return the line's expected rate, incidents and works included; ∞ for a spent ticket."""
        return np.inf if self.spent else self.rate + self.planned + sum(self.parts.values())

    def explained(self) -> float:
        """Return P(some incident or planned works explain it)."""
        by = self.planned + sum(self.parts.values())
        return by / (by + self.rate) if by else 0.0

    def probability(self, incident: int) -> float:
        """Return P(this incident explains it)."""
        part = self.parts.get(incident, 0.0)
        return part / (self.rate + self.planned + sum(self.parts.values())) if part else 0.0


class Recent:
    """What `localise` looks at."""

    def __init__(self, *, explains: bool = True) -> None:
        """`explains` false (for ablations): no incident takes a ticket out of the next one."""
        self._explains = explains
        self._first = 0
        self._seen: deque[Seen] = deque()
        self._tau = np.zeros(_FIRST_ROWS)
        self._symptom = np.zeros(_FIRST_ROWS, np.int64)
        self._expected = np.zeros(_FIRST_ROWS)
        self._rate = np.zeros(_FIRST_ROWS)
        self._by_domain: dict[int, list[int]] = {}
        self._explained: dict[int, dict[int, float]] = {}  # incident → position → rate
        self.positions: dict[str, int] = {}  # ticket id → position
        self._by_customer: dict[str, list[int]] = {}

    def add(self, seen: Seen) -> int:
        """Keep a ticket; returns its position."""
        position = self._first + len(self._seen)
        row = position - self._first
        if row >= len(self._tau):
            self._grow()
        self._tau[row] = seen.tau
        self._symptom[row] = seen.symptom
        self._expected[row] = seen.expected()
        self._rate[row] = seen.rate
        self._seen.append(seen)
        self.positions[seen.ticket] = position
        self._by_customer.setdefault(seen.customer, []).append(position)
        for number, strength in seen.parts.items():
            self._explained.setdefault(number, {})[position] = strength
        if seen.counted:
            for domain in seen.domains:
                self._by_domain.setdefault(domain, []).append(position)
        return position

    def _grow(self) -> None:
        rows = len(self._tau)
        self._tau = np.concatenate([self._tau, np.zeros(rows)])
        self._symptom = np.concatenate([self._symptom, np.zeros(rows, np.int64)])
        self._expected = np.concatenate([self._expected, np.zeros(rows)])
        self._rate = np.concatenate([self._rate, np.zeros(rows)])

    def explain(self, seen: Seen, number: int, strength: float) -> None:
        """Let an incident explain a ticket with this rate."""
        seen.parts[number] = strength
        position = self.positions[seen.ticket]
        self._explained.setdefault(number, {})[position] = strength
        self._expected[position - self._first] = seen.expected()

    def unexplain(self, seen: Seen, number: int, *, spend: bool = False) -> None:
        """Let an incident no longer explain a ticket. `spend`: nor may it make a burst again."""
        seen.parts.pop(number, None)
        seen.spent = seen.spent or spend
        position = self.positions[seen.ticket]
        self._explained.get(number, {}).pop(position, None)
        self._expected[position - self._first] = seen.expected()

    def rename(self, seen: Seen, symptom: int, rate: float) -> None:
        """Take a ticket for another symptom, usual at `rate`; what explains it, explains as much.

        Its P(explained) stays: the incidents' rates change with the usual one.
        """
        factor = rate / seen.rate
        position = self.positions[seen.ticket]
        for number in seen.parts:
            seen.parts[number] *= factor
            self._explained.setdefault(number, {})[position] = seen.parts[number]
        seen.planned *= factor
        seen.symptom, seen.rate = symptom, rate
        row = position - self._first
        self._symptom[row], self._rate[row] = symptom, rate
        self._expected[row] = seen.expected()

    def __iter__(self) -> Iterator[Seen]:
        return (self[position] for position in sorted(self.positions.values()))

    def __getitem__(self, position: int) -> Seen:
        return self._seen[position - self._first]

    def find(self, ticket: str) -> Seen | None:
        """Return a recent ticket, or None."""
        position = self.positions.get(ticket)
        return None if position is None else self[position]

    def last_of(self, customer: str) -> Seen | None:
        """Return the customer's last recent ticket, or None."""
        positions = self._by_customer.get(customer)
        return self[positions[-1]] if positions else None

    def forget(self, ticket: str) -> Seen | None:
        """Take a ticket out of every count (it changed place or symptom)."""
        position = self.positions.pop(ticket, None)
        if position is None:
            return None
        seen = self[position]
        self._forget_customer(seen.customer, position)
        for number in seen.parts:
            self._explained.get(number, {}).pop(position, None)
        for domain in seen.domains if seen.counted else ():
            held = self._by_domain.get(domain, [])
            if position in held:
                held.remove(position)
        return seen

    def under(self, domain: int) -> list[int]:
        """Return the positions of the counted tickets under a domain, oldest first."""
        return self._by_domain.get(domain, [])

    def taus(self, positions: Ints) -> Floats:
        """Return occurrence in operational time."""
        return self._tau[positions - self._first]

    def symptoms(self, positions: Ints) -> Ints:
        """Return the symptoms."""
        return self._symptom[positions - self._first]

    def expected(self, positions: Ints, without: frozenset[int] = frozenset()) -> Floats:
        """Return each line's expected rate of its symptom, works and incidents included.

        `without`: numbers of incidents to leave out.
        """
        if not self._explains:
            return self._rate[positions - self._first]
        found = self._expected[positions - self._first]
        explained = [self._explained[n] for n in without if self._explained.get(n)]
        if not explained:
            return found
        less = np.zeros(len(self._seen))
        for by_position in explained:
            rows = np.fromiter(by_position, np.int64, len(by_position)) - self._first
            less[rows] += np.fromiter(by_position.values(), np.float64, len(by_position))
        return np.asarray(found - less[positions - self._first])

    def rates(self, positions: Ints) -> Floats:
        """Return each line's expected rate of its symptom when nothing is wrong."""
        return self._rate[positions - self._first]

    def prune(self, now: Millis) -> None:
        """Forget what arrived before the horizon."""
        fit = now - FIT_HORIZON
        for domain in list(self._by_domain):
            kept = self._by_domain[domain]
            old = bisect_left(kept, fit, key=lambda position: self[position].arrived)
            del kept[:old]
            if not kept:
                del self._by_domain[domain]
        dropped = 0
        while self._seen and self._seen[0].arrived < now - HORIZON:
            self._drop_first(self._first + dropped)
            dropped += 1
        for column in (self._tau, self._symptom, self._expected, self._rate):
            column[: len(self._seen)] = column[dropped : dropped + len(self._seen)].copy()
        self._first += dropped
        for number in list(self._explained):
            kept_parts = {p: r for p, r in self._explained[number].items() if p >= self._first}
            self._explained[number] = kept_parts
            if not kept_parts:
                del self._explained[number]

    def _drop_first(self, position: int) -> None:
        seen = self._seen.popleft()
        if self.positions.get(seen.ticket) == position:
            del self.positions[seen.ticket]
        self._forget_customer(seen.customer, position)

    def _forget_customer(self, customer: str, position: int) -> None:
        positions = self._by_customer.get(customer, [])
        if position in positions:
            positions.remove(position)
            if not positions:
                del self._by_customer[customer]

    def state(self) -> dict[str, Any]:
        """Return all tickets, for a snapshot."""
        return {
            "first": self._first,
            "seen": list(self._seen),
            "positions": self.positions,
            "by_customer": self._by_customer,
            "by_domain": [[d, kept] for d, kept in self._by_domain.items()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._first = state["first"]
        self._seen = deque(msgspec.convert(state["seen"], list[Seen]))
        self.positions = state["positions"]
        self._by_customer = state["by_customer"]
        self._by_domain = dict(state["by_domain"])
        rows = max(_FIRST_ROWS, 2 * len(self._seen))
        self._explained = {}
        self._tau = np.zeros(rows)
        self._symptom = np.zeros(rows, np.int64)
        self._expected = np.zeros(rows)
        self._rate = np.zeros(rows)
        for row, seen in enumerate(self._seen):
            self._tau[row] = seen.tau
            self._symptom[row] = seen.symptom
            self._expected[row] = seen.expected()
            self._rate[row] = seen.rate
            if self.positions.get(seen.ticket) == self._first + row:
                for number, strength in seen.parts.items():
                    self._explained.setdefault(number, {})[self._first + row] = strength
