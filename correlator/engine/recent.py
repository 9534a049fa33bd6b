"""The tickets of the last hours, in arrays, by failure domain.

Positions are absolute: the first ticket ever kept has position 0, and a position never changes its
meaning. Rows older than the horizon are forgotten now and then; a ticket that changed place or
symptom stays as a row that nothing finds any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from correlator.engine.chains import Chains
from correlator.engine.columns import with_room
from correlator.engine.explained import Explained
from correlator.model import HOUR, Millis

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

HORIZON: Millis = 26 * HOUR  # a day of repeat callers, and some
FIT_HORIZON: Millis = 14 * HOUR  # how far back a failure's first caller is looked for
_FIRST_ROWS = 4_096
_ALL = 1 << 62
Chance = TypeVar("Chance", float, Floats)


class Seen(msgspec.Struct, gc=False):
    """A ticket that points somewhere. `parts` is incident number → expected rate π·i.

    `rate` is the line's expected rate of its symptom, per τ, without incidents; `counted`: the
    first of its customer in a day; `fault`: a network failure can cause it; `spent`: it may not
    make a burst (again); `planned`: rate that the planned works `work` add.
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

    def causes(self) -> tuple[int, ...]:
        """Return the domains that can be its cause: what is no fault comes from outside, `*`."""
        return self.domains if self.fault else self.domains[-1:]

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


def cautious(probability: Chance) -> Chance:
    """Return a probability with its odds divided by three.

    Telling a customer that an incident explains the call when it does not costs about three times
    what the opposite costs: the agent stops looking. So a link and a *yes* ask for odds of three.
    """
    return probability / (3.0 - 2.0 * probability)


class Recent:
    """What `localise` looks at."""

    def __init__(self, domains: int, *, explains: bool = True) -> None:
        """`domains`: how many there are.

        `explains` false (for ablations): no incident takes a ticket out of the next one.
        """
        self._explains = explains
        self._domain_count = domains
        self._clear(0)

    def _clear(self, first: int) -> None:
        self._first = first
        self._oldest = first  # position of the oldest ticket that a fit may look at
        self.latest = -np.inf  # τ at which somebody has called last
        self._seen: list[Seen] = []
        self._columns(_FIRST_ROWS)
        self._chains = Chains(self._domain_count)
        self._explained = Explained()
        self.positions: dict[str, int] = {}  # ticket id → position
        self._by_customer: dict[str, tuple[int, ...]] = {}

    def _columns(self, rows: int) -> None:
        self._tau = np.zeros(rows)
        self._came = np.zeros(rows)
        self._symptom = np.zeros(rows, np.int64)
        self._expected = np.zeros(rows)
        self._rate = np.zeros(rows)
        self._alive = np.zeros(rows, np.bool_)
        self._room = np.zeros(rows)  # for sums; zero in between

    _COLUMNS = ("_tau", "_came", "_symptom", "_expected", "_rate", "_alive", "_room")

    def add(self, seen: Seen, came: float | None = None) -> int:
        """Keep a ticket that arrived at τ = `came`; returns its position."""
        position = self._first + len(self._seen)
        self._put(position, seen, seen.tau if came is None else came)
        self.positions[seen.ticket] = position
        before = self._by_customer.get(seen.customer, ())
        self._by_customer[seen.customer] = (*before, position)
        for number, strength in seen.parts.items():
            self._explained.set(number, position, strength)
        if seen.counted:
            self._chains.add(position, seen.causes())
        return position

    def _put(self, position: int, seen: Seen, came: float) -> None:
        row = position - self._first
        for name in self._COLUMNS if row >= len(self._tau) else ():
            setattr(self, name, with_room(getattr(self, name), row + 1))
        self.latest = max(self.latest, seen.tau)
        self._tau[row] = seen.tau
        self._came[row] = came
        self._symptom[row] = seen.symptom
        self._expected[row] = seen.expected()
        self._rate[row] = seen.rate
        self._alive[row] = True
        self._seen.append(seen)

    def explain(self, seen: Seen, number: int, strength: float) -> None:
        """Let an incident explain a ticket with this rate."""
        seen.parts[number] = strength
        position = self.positions[seen.ticket]
        self._explained.set(number, position, strength)
        self._expected[position - self._first] = seen.expected()

    def unexplain(self, seen: Seen, number: int, *, spend: bool = False) -> None:
        """Let an incident no longer explain a ticket. `spend`: nor may it make a burst again."""
        seen.parts.pop(number, None)
        seen.spent = seen.spent or spend
        position = self.positions[seen.ticket]
        self._explained.drop(number, position)
        self._expected[position - self._first] = seen.expected()

    def rename(self, seen: Seen, symptom: int, rate: float) -> None:
        """Take a ticket for another symptom, usual at `rate`; what explains it, explains as much.

        Its P(explained) stays: the incidents' rates change with the usual one.
        """
        factor = rate / seen.rate
        position = self.positions[seen.ticket]
        for number in seen.parts:
            seen.parts[number] *= factor
            self._explained.set(number, position, seen.parts[number])
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
        self._alive[position - self._first] = False
        for number in seen.parts:
            self._explained.drop(number, position)
        return seen

    def under(self, domain: int, since: float = -np.inf, most: int = _ALL) -> Ints:
        """Return the positions of the counted tickets under a domain, oldest first.

        Those that came at or after τ = `since`, and of these the newest `most`.
        """
        return self._chains.under(domain, self._came, self._alive, self._first, since, most)

    def calls_since(self, domain: int, since: float) -> bool:
        """Return whether somebody under a domain has called since, and nothing explains it."""
        under = self.under(domain, since)
        if not len(under):
            return False
        unexplained = self.rates(under) > 0.5 * self.expected(under)
        return bool((unexplained & (self.taus(under) >= since)).any())

    def unexplained_by(self, number: int, domain: int, since: float) -> list[Seen]:
        """Return the counted tickets under a domain since then that this incident explains not."""
        under = self.under(domain, since)
        found = np.zeros(len(under))
        self._explained.take_from(found, frozenset((number,)), under, self._first, self._room)
        return [self[p] for p in under[(found == 0.0) & (self.taus(under) >= since)].tolist()]

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
        self._explained.take_from(found, without, positions, self._first, self._room)
        return found

    def rates(self, positions: Ints) -> Floats:
        """Return each line's expected rate of its symptom when nothing is wrong."""
        return self._rate[positions - self._first]

    def prune(self, now: Millis) -> None:
        """Forget what arrived before the horizon."""
        fit = now - FIT_HORIZON
        while self._oldest < self._first + len(self._seen) and self[self._oldest].arrived < fit:
            self._oldest += 1
        self._chains.forget(self._oldest)
        dropped = 0
        while dropped < len(self._seen) and self._seen[dropped].arrived < now - HORIZON:
            self._unfind(self._first + dropped)
            dropped += 1
        if not dropped:
            return
        del self._seen[:dropped]
        for name in self._COLUMNS:
            column = getattr(self, name)
            column[: len(self._seen)] = column[dropped : dropped + len(self._seen)].copy()
        self._first += dropped
        self._oldest = max(self._oldest, self._first)
        self._explained.forget(self._first)

    def _unfind(self, position: int) -> None:
        seen = self[position]
        if self.positions.get(seen.ticket) == position:
            del self.positions[seen.ticket]
        self._forget_customer(seen.customer, position)

    def _forget_customer(self, customer: str, position: int) -> None:
        left = tuple([p for p in self._by_customer.pop(customer, ()) if p != position])
        if left:
            self._by_customer[customer] = left

    def state(self) -> dict[str, Any]:
        """Return all tickets, for a snapshot."""
        return {
            "first": self._first,
            "oldest": self._oldest,
            "seen": self._seen,
            "came": self._came[: len(self._seen)].tolist(),
            "positions": self.positions,
            "by_customer": self._by_customer,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._clear(state["first"])
        self._oldest = state["oldest"]
        self.positions = state["positions"]
        by_customer = state["by_customer"]
        self._by_customer = {customer: tuple(held) for customer, held in by_customer.items()}
        came = state["came"]
        for row, seen in enumerate(msgspec.convert(state["seen"], list[Seen])):
            position = self._first + row
            self._put(position, seen, came[row])
            if self.positions.get(seen.ticket) != position:
                self._alive[row] = False
                continue
            for number, strength in seen.parts.items():
                self._explained.set(number, position, strength)
            if seen.counted and position >= self._oldest:
                self._chains.add(position, seen.causes())
