"""The tickets of the last hours, against a list that is searched from end to end."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from correlator.engine.recent import FIT_HORIZON, HORIZON, Recent, Seen
from correlator.model import HOUR

DOMAINS = range(4)
INCIDENTS = (1, 2, 3)
TICKETS = st.fixed_dictionaries(
    {
        "customer": st.sampled_from("ABC"),
        "domains": st.sets(st.sampled_from(DOMAINS)).map(lambda found: tuple(sorted(found))),
        "counted": st.booleans(),
        "rate": st.floats(1e-5, 1e-2),
        "planned": st.sampled_from([0.0, 0.1]),
        "parts": st.dictionaries(st.sampled_from(INCIDENTS), st.floats(1e-4, 1)),
    }
)


@dataclass
class Naive:
    """Every ticket ever kept, in order; forgotten ones are taken out."""

    tickets: list[Seen] = field(default_factory=list)

    def under(self, domain: int, since: int) -> list[str]:
        return [
            s.ticket
            for s in self.tickets
            if s.counted and domain in s.domains and s.arrived >= since
        ]

    def of(self, customer: str) -> list[str]:
        return [s.ticket for s in self.tickets if s.customer == customer]


class RecentTickets(RuleBasedStateMachine):
    """Adds, forgets, explains, unexplains, prunes and takes snapshots, as the engine does."""

    @initialize()
    def begin(self) -> None:
        self.recent, self.naive, self.now, self.made = Recent(len(DOMAINS)), Naive(), 0, 0
        self.pruned = -HORIZON

    @rule(what=TICKETS, step=st.integers(0, 3 * HOUR), late=st.integers(0, 2 * HOUR))
    def add(self, what: dict[str, Any], step: int, late: int) -> None:
        self.now += step
        self.made += 1
        occurred = self.now - late
        seen = Seen(
            ticket=f"T{self.made}",
            event_id="",
            symptom=self.made % 3,
            arrived=self.now,
            occurred=occurred,
            tau=occurred / HOUR,
            **{**what, "parts": dict(what["parts"])},
        )
        self.recent.add(seen)
        self.naive.tickets.append(seen)

    def _any(self, data: st.DataObject) -> Seen:
        return data.draw(st.sampled_from(self.naive.tickets))

    @precondition(lambda self: self.naive.tickets)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        seen = self._any(data)
        assert self.recent.forget(seen.ticket) is seen
        self.naive.tickets.remove(seen)
        assert self.recent.forget(seen.ticket) is None

    @precondition(lambda self: self.naive.tickets)
    @rule(data=st.data(), number=st.sampled_from(INCIDENTS), strength=st.floats(1e-4, 1))
    def explain(self, data: st.DataObject, number: int, strength: float) -> None:
        seen = self._any(data)
        self.recent.explain(seen, number, strength)
        assert seen.parts[number] == strength

    @precondition(lambda self: self.naive.tickets)
    @rule(data=st.data(), number=st.sampled_from(INCIDENTS), spend=st.booleans())
    def unexplain(self, data: st.DataObject, number: int, spend: bool) -> None:  # noqa: FBT001
        self.recent.unexplain(self._any(data), number, spend=spend)

    @rule()
    def prune(self) -> None:
        self.recent.prune(self.now)
        self.pruned = self.now
        self.naive.tickets = [s for s in self.naive.tickets if s.arrived >= self.now - HORIZON]

    @rule()
    def restore(self) -> None:
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.recent.state()), strict=False)
        state["positions"] = dict(state["positions"])
        again = Recent(len(DOMAINS))
        again.restore(state)
        assert again.state() == self.recent.state()
        self.recent = again
        self.naive.tickets = list(again)

    # --------------------------------------------------------------------------- what must hold

    @invariant()
    def the_same_tickets_are_kept(self) -> None:
        assert [s.ticket for s in self.recent] == [s.ticket for s in self.naive.tickets]
        assert all(self.recent.find(s.ticket) is s for s in self.naive.tickets)

    @invariant()
    def the_same_counted_tickets_are_under_each_domain(self) -> None:
        for domain in DOMAINS:
            found = [self.recent[p].ticket for p in self.recent.under(domain)]
            assert found == self.naive.under(domain, self.pruned - FIT_HORIZON)

    @invariant()
    def the_columns_are_those_of_the_tickets(self) -> None:
        for domain in DOMAINS:
            positions = self.recent.under(domain)
            seen = [self.recent[p] for p in positions.tolist()]
            assert self.recent.taus(positions).tolist() == [s.tau for s in seen]
            assert self.recent.symptoms(positions).tolist() == [s.symptom for s in seen]
            assert self.recent.rates(positions).tolist() == [s.rate for s in seen]
            assert self.recent.expected(positions).tolist() == [s.expected() for s in seen]

    @invariant()
    def incidents_can_be_left_out_of_what_is_expected(self) -> None:
        for without in (frozenset({1}), frozenset({2, 3}), frozenset(INCIDENTS)):
            for domain in DOMAINS:
                positions = self.recent.under(domain)
                seen = [self.recent[p] for p in positions.tolist()]
                left = [
                    s.expected() - sum(v for n, v in s.parts.items() if n in without) for s in seen
                ]
                assert self.recent.expected(positions, without).tolist() == pytest.approx(left)

    @invariant()
    def probabilities_share_one(self) -> None:
        for seen in self.naive.tickets:
            shares = [seen.probability(n) for n in INCIDENTS]
            assert sum(shares) <= seen.explained() + 1e-9 <= 1 + 2e-9

    @invariant()
    def a_customers_last_ticket_is_one_of_his(self) -> None:
        for customer in "ABC":
            last = self.recent.last_of(customer)
            assert last is None or last.ticket in self.naive.of(customer)


RecentTickets.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestRecentTickets = RecentTickets.TestCase
