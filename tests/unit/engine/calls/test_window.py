"""The calls of the last hours: a customer's last one, and one that may make no burst again."""

import math

from correlator.engine.calls import Call, CallWindow
from tests.builders import at


def call(name: str, customer: str, minute: float) -> Call:
    return Call(
        ticket=name, event_id=name, customer=customer, domains=(0,), symptom=0, mark=0,
        arrived=at(minute), occurred=at(minute), tau=minute / 60, rate=1e-4, counted=True,
    )  # fmt: skip


def test_when_a_repeat_is_forgotten_the_customers_earlier_ticket_is_the_last_again() -> None:
    window = CallWindow(8)
    window.add(call("T1", "C1", 0), 0.0)
    window.add(call("T2", "C1", 1), 1 / 60)
    window.remove("T2")
    last = window.last_of("C1")
    assert last is not None
    assert last.ticket == "T1"


def test_a_spent_ticket_explains_nothing_any_more() -> None:
    window = CallWindow(8)
    window.add(one := call("T1", "C1", 0), 0.0)
    window.attribute(one, 3, 0.5)
    window.withdraw(one, 3, spend=True)
    assert math.isinf(one.expected())
    assert one.explained() == 0.0
