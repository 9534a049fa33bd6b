"""The call window: recent calls in columns, with an index by failure domain.

Positions are absolute: the first call ever kept has position 0, and a position never changes its
meaning. Rows older than the horizon are dropped; a removed call stays as one no query returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls.attributions import AttributionColumns
from correlator.engine.calls.call import Call, CallColumns
from correlator.engine.calls.domain_index import DomainIndex
from correlator.engine.calls.kernels.columns import WindowColumns
from correlator.engine.calls.table import CallTable
from correlator.engine.calls.tuning import TUNING
from correlator.engine.state.carry import Renumbering
from correlator.model import Millis

HORIZON = TUNING.horizon
FIT_HORIZON = TUNING.fit_horizon
_ALL = 1 << 62
_NONE: frozenset[int] = frozenset()


class CallWindow:
    """The recent calls and their attributions; the only one that changes either."""

    def __init__(self, domains: int, *, explains: bool = True) -> None:
        """`domains`: how many there are, `*` last.

        `explains` false (for ablations): λ of a call leaves out what incidents explain.
        """
        self._explains = explains
        self.nowhere = domains
        """Where callers are of whom neither customer nor place is known, beside `*`."""
        self._clear(0)

    def _clear(self, first: int) -> None:
        self._first = first
        self._oldest = first  # position of the oldest call that a fit may use
        self.latest = -np.inf
        """τ of the latest call."""
        self._calls: list[Call] = []
        self._table = CallTable()
        self._index = DomainIndex(self.nowhere + 1)
        self._attributions = AttributionColumns()
        self._positions: dict[str, int] = {}  # ticket id → position
        self._by_customer: dict[str, tuple[int, ...]] = {}

    # ---------------------------------------------------------------------------------- changes

    def add(self, call: Call, came: float, where: Ints | None = None) -> int:
        """Add a call that arrived at τ = `came`, and set its weight; returns its position.

        `where`: its domains, if the caller has them in an array.
        """
        call.weight = 1.0 - call.explained() if call.attributions or call.planned else 1.0
        return self._keep(call, came, where)

    def _keep(self, call: Call, came: float, where: Ints | None = None) -> int:
        position = self._first + len(self._calls)
        self._put(position, call, came)
        self._positions[call.ticket] = position
        self._by_customer[call.customer] = (*self._by_customer.get(call.customer, ()), position)
        for number, rate in call.attributions.items():
            self._attributions.set(number, position, rate)
        if call.counted:
            usual = call.fault and len(call.domains) > 1  # most are, and need no further call
            self._find_under(position, where if usual and where is not None else self._places(call))
        return position

    def _places(self, call: Call) -> Ints:
        return np.array(call.places(self.nowhere), np.int64)

    def _find_under(self, position: int, domains: Ints) -> None:
        row = position - self._first
        self._table.links[row] = self._index.add(position, domains)
        self._table.places[row] = len(domains)

    def _put(self, position: int, call: Call, came: float) -> None:
        self._table.put(position - self._first, call, came)
        self.latest = max(self.latest, call.tau)
        self._calls.append(call)

    def mark_retracted(self, call: Call) -> None:
        """Record that a call has been retracted from the burst statistic."""
        call.retracted = True

    def attribute(self, call: Call, number: int, rate: float, *, assigned: bool = False) -> float:
        """Attribute a retracted call; returns the change of its weight. `assigned`: by a person."""
        call.retracted = True
        call.attributions[number] = rate
        if assigned:
            call.assigned = number
        position = self._positions[call.ticket]
        self._attributions.set(number, position, rate)
        return self._update_weight(call, position)

    def withdraw(self, call: Call, number: int, *, spend: bool = False) -> float:
        """Withdraw the attribution of a call to an incident; returns the change of its weight.

        `spend`: the call may not move a burst statistic again.
        """
        call.attributions.pop(number, None)
        call.spent = call.spent or spend
        if call.assigned == number:
            call.assigned = 0
        position = self._positions[call.ticket]
        self._attributions.drop(number, position)
        return self._update_weight(call, position)

    def _update_weight(self, call: Call, position: int) -> float:
        before, row = call.weight, position - self._first
        self._table.expected[row], call.weight = call.weighed()
        self._table.assigned[row] = call.assigned
        return call.weight - before

    def rename(self, call: Call, symptom: int, rate: float) -> None:
        """Change the symptom of a call, usual at `rate`.

        Its P(explained) stays: attributions change in proportion to the usual rate.
        """
        factor = rate / call.rate
        position = self._positions[call.ticket]
        for number in call.attributions:
            call.attributions[number] *= factor
            self._attributions.set(number, position, call.attributions[number])
        call.planned *= factor
        call.symptom, call.mark, call.rate = symptom, symptom, rate
        row = position - self._first
        table = self._table
        table.symptoms[row], table.marks[row], table.usual[row] = symptom, symptom, rate
        table.expected[row] = call.expected()

    def remove(self, ticket: str) -> Call | None:
        """Remove a call (its ticket changed or was cancelled); returns it, None if unknown."""
        position = self._positions.pop(ticket, None)
        if position is None:
            return None
        call = self._at(position)
        self._forget_customer(call.customer, position)
        self._table.alive[position - self._first] = False
        for number in call.attributions:
            self._attributions.drop(number, position)
        return call

    # ------------------------------------------------------------------------------------ queries

    def __iter__(self) -> Iterator[Call]:
        return (self._at(position) for position in sorted(self._positions.values()))

    def _at(self, position: int) -> Call:
        return self._calls[position - self._first]

    def calls(self, positions: Ints | tuple[int, ...]) -> list[Call]:
        """Return the calls at these positions."""
        first, held = self._first, self._calls
        return [held[int(position) - first] for position in positions]

    def find(self, ticket: str) -> Call | None:
        """Return a recent call, or None."""
        position = self._positions.get(ticket)
        return None if position is None else self._at(position)

    def last_of(self, customer: str) -> Call | None:
        """Return the customer's last recent call, or None."""
        positions = self._by_customer.get(customer)
        return self._at(positions[-1]) if positions else None

    def calls_of(self, customer: str) -> list[Call]:
        """Return the customer's recent calls, oldest first."""
        return self.calls(self._by_customer.get(customer, ()))

    def under(self, domain: int, since: float = -np.inf, most: int = _ALL) -> Ints:
        """Return the positions of the counted calls under a domain, oldest first.

        Those that came at or after τ = `since`, and of these the newest `most`.
        """
        return self._index.under(
            domain, self._table.came, self._table.alive, self._first, since, most
        )

    def callers(self, domain: int, since: float) -> int:
        """Count the calls under a domain since τ, but for those that a person has assigned."""
        return int((self._table.assigned[self.under(domain, since) - self._first] == 0).sum())

    def columns(self, positions: Ints, without: frozenset[int] = _NONE) -> CallColumns:
        """Return calls in columns; `without`: incidents to leave out of what is explained."""
        rows = positions - self._first
        usual = self._table.usual[rows]
        expected = self._unexplained(positions, rows, without) if self._explains else usual
        table = self._table
        return CallColumns(
            positions, table.taus[rows], table.symptoms[rows], table.marks[rows], expected, usual
        )

    def table(self, without: frozenset[int] = _NONE) -> WindowColumns:
        """Return all columns; `without`: incidents to leave out of what is explained."""
        index, table = self._index, self._table
        return WindowColumns(
            self._first, len(self._calls), index.dropped,
            table.taus, table.came, table.symptoms, table.marks, self._expected_without(without),
            table.usual, table.alive, table.links, table.places,
            index.heads, index.positions, index.domains, index.before,
        )  # fmt: skip

    def _expected_without(self, without: frozenset[int]) -> Floats:
        if not self._explains:
            return self._table.usual
        if not without:
            return self._table.expected
        found = self._table.expected.copy()
        self._attributions.reduce(found, without, self._first)
        return found

    def symptoms(self, positions: Ints) -> Ints:
        """Return the symptoms of the calls at these positions."""
        return self._table.symptoms[positions - self._first]

    def _unexplained(self, positions: Ints, rows: Ints, without: frozenset[int]) -> Floats:
        found = self._table.expected[rows]
        if without:
            self._attributions.subtract(found, without, positions, self._first, self._table.room)
        return found

    def silent(self, domains: Iterable[int], since: float) -> int:
        """Count the domains without a call since τ that nothing explains."""
        return sum(not self._called_since(domain, since) for domain in domains)

    def _called_since(self, domain: int, since: float) -> bool:
        calls = self.columns(self.under(domain, since))
        return bool(((calls.usual > 0.5 * calls.expected) & (calls.taus >= since)).any())

    def not_attributed(self, number: int, domain: int, since: float) -> list[Call]:
        """Return the counted calls under a domain since τ that this incident does not explain."""
        under = self.under(domain, since)
        found = np.zeros(len(under))
        self._attributions.subtract(
            found, frozenset((number,)), under, self._first, self._table.room
        )
        recent = self._table.taus[under - self._first] >= since
        return self.calls(under[(found == 0.0) & recent])

    # ------------------------------------------------------------------------------------ expiry

    def prune(self, now: Millis) -> None:
        """Forget what arrived before the horizon."""
        fit = now - FIT_HORIZON
        end = self._first + len(self._calls)
        while self._oldest < end and self._at(self._oldest).arrived < fit:
            self._oldest += 1
        self._index.forget(self._oldest)
        dropped = 0
        while dropped < len(self._calls) and self._calls[dropped].arrived < now - HORIZON:
            self._unfind(self._first + dropped)
            dropped += 1
        if not dropped:
            return
        del self._calls[:dropped]
        self._table.drop(dropped, len(self._calls))
        self._first += dropped
        self._oldest = max(self._oldest, self._first)
        self._attributions.forget(self._first)

    def _unfind(self, position: int) -> None:
        call = self._at(position)
        if self._positions.get(call.ticket) == position:
            del self._positions[call.ticket]
        self._forget_customer(call.customer, position)

    def _forget_customer(self, customer: str, position: int) -> None:
        left = tuple([p for p in self._by_customer.pop(customer, ()) if p != position])
        if left:
            self._by_customer[customer] = left

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return all calls, for a snapshot."""
        return {
            "first": self._first,
            "oldest": self._oldest,
            "calls": self._calls,
            "came": self._table.came[: len(self._calls)].tolist(),
            "positions": self._positions,
            "by_customer": self._by_customer,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._clear(state["first"])
        self._oldest = state["oldest"]
        self._positions = state["positions"]
        self._by_customer = {who: tuple(held) for who, held in state["by_customer"].items()}
        came = state["came"]
        for row, call in enumerate(msgspec.convert(state["calls"], list[Call])):
            position = self._first + row
            self._put(position, call, came[row])
            if self._positions.get(call.ticket) != position:
                self._table.alive[row] = False
                continue
            for number, rate in call.attributions.items():
                self._attributions.set(number, position, rate)
            if call.counted and position >= self._oldest:
                self._find_under(position, self._places(call))

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Keep the calls of customers that another inventory knows as well, under its domains."""
        first, positions, came = state["first"], state["positions"], state["came"]
        for position, call in enumerate(msgspec.convert(state["calls"], list[Call]), first):
            domains = moved.domains_of(call.customer, call.domains, known=call.known)
            if domains is not None and positions.get(call.ticket) == position:
                # The statistic starts anew, and counts it again.
                self._keep(call.carried_over(domains), came[position - first])
