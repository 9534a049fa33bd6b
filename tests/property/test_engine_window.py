"""The tickets of the last hours, against a list that is searched from end to end."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from correlator.engine.calls import FIT_HORIZON, HORIZON, Call, CallWindow
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
        "attributions": st.dictionaries(st.sampled_from(INCIDENTS), st.floats(1e-4, 1)),
    }
)


@dataclass
class Naive:
    """Every ticket ever kept, in order; forgotten ones are taken out."""

    tickets: list[Call] = field(default_factory=list)

    def under(self, domain: int, since: int) -> list[str]:
        return [
            s.ticket
            for s in self.tickets
            if s.counted and domain in s.domains and s.arrived >= since
        ]

    def of(self, customer: str) -> list[str]:
        return [s.ticket for s in self.tickets if s.customer == customer]


class CallsOfAWindow(RuleBasedStateMachine):
    """Adds, removes, attributes, withdraws, prunes and takes snapshots, as the engine does."""

    @initialize()
    def begin(self) -> None:
        self.window, self.naive, self.now, self.made = CallWindow(len(DOMAINS)), Naive(), 0, 0
        self.pruned = -HORIZON

    @rule(what=TICKETS, step=st.integers(0, 3 * HOUR), late=st.integers(0, 2 * HOUR))
    def add(self, what: dict[str, Any], step: int, late: int) -> None:
        self.now += step
        self.made += 1
        occurred = self.now - late
        call = Call(
            ticket=f"T{self.made}",
            event_id="",
            symptom=self.made % 3,
            mark=self.made % 3,
            arrived=self.now,
            occurred=occurred,
            tau=occurred / HOUR,
            **{**what, "attributions": dict(what["attributions"])},
        )
        self.window.add(call, self.now / HOUR)
        self.naive.tickets.append(call)

    def _any(self, data: st.DataObject) -> Call:
        return data.draw(st.sampled_from(self.naive.tickets))

    @precondition(lambda self: self.naive.tickets)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        call = self._any(data)
        assert self.window.remove(call.ticket) is call
        self.naive.tickets.remove(call)
        assert self.window.remove(call.ticket) is None

    @precondition(lambda self: self.naive.tickets)
    @rule(data=st.data(), number=st.sampled_from(INCIDENTS), strength=st.floats(1e-4, 1))
    def attribute(self, data: st.DataObject, number: int, strength: float) -> None:
        call = self._any(data)
        self.window.attribute(call, number, strength)
        assert call.attributions[number] == strength

    @precondition(lambda self: self.naive.tickets)
    @rule(data=st.data(), number=st.sampled_from(INCIDENTS), spend=st.booleans())
    def withdraw(self, data: st.DataObject, number: int, spend: bool) -> None:  # noqa: FBT001
        self.window.withdraw(self._any(data), number, spend=spend)

    @rule()
    def prune(self) -> None:
        self.window.prune(self.now)
        self.pruned = self.now
        self.naive.tickets = [s for s in self.naive.tickets if s.arrived >= self.now - HORIZON]

    @rule()
    def restore(self) -> None:
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.window.state()), strict=False)
        state["positions"] = dict(state["positions"])
        again = CallWindow(len(DOMAINS))
        again.restore(state)
        assert again.state() == self.window.state()
        self.window = again
        self.naive.tickets = list(again)

    # --------------------------------------------------------------------------- what must hold

    @invariant()
    def the_same_tickets_are_kept(self) -> None:
        assert [s.ticket for s in self.window] == [s.ticket for s in self.naive.tickets]
        assert all(self.window.find(s.ticket) is s for s in self.naive.tickets)

    @invariant()
    def the_same_counted_tickets_are_under_each_domain(self) -> None:
        for domain in DOMAINS:
            found = [call.ticket for call in self.window.calls(self.window.under(domain))]
            assert found == self.naive.under(domain, self.pruned - FIT_HORIZON)

    @invariant()
    def the_columns_are_those_of_the_tickets(self) -> None:
        for domain in DOMAINS:
            positions = self.window.under(domain)
            calls, columns = self.window.calls(positions), self.window.columns(positions)
            assert columns.taus.tolist() == [c.tau for c in calls]
            assert columns.symptoms.tolist() == [c.symptom for c in calls]
            assert columns.usual.tolist() == [c.rate for c in calls]
            assert columns.expected.tolist() == [c.expected() for c in calls]

    @invariant()
    def incidents_can_be_left_out_of_what_is_expected(self) -> None:
        for without in (frozenset({1}), frozenset({2, 3}), frozenset(INCIDENTS)):
            for domain in DOMAINS:
                positions = self.window.under(domain)
                left = [
                    c.expected() - sum(v for n, v in c.attributions.items() if n in without)
                    for c in self.window.calls(positions)
                ]
                expected = self.window.columns(positions, without).expected
                assert expected.tolist() == pytest.approx(left)

    @invariant()
    def probabilities_share_one(self) -> None:
        for call in self.naive.tickets:
            shares = [call.probability(n) for n in INCIDENTS]
            assert sum(shares) <= call.explained() + 1e-9 <= 1 + 2e-9

    @invariant()
    def a_customers_last_ticket_is_one_of_his(self) -> None:
        for customer in "ABC":
            last = self.window.last_of(customer)
            assert last is None or last.ticket in self.naive.of(customer)


CallsOfAWindow.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestCallsOfAWindow = CallsOfAWindow.TestCase
