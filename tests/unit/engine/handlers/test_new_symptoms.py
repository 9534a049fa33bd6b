"""Calls that get a provisional symptom are decided like any others, cool-downs included."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from correlator.engine.arrays import Ints
from correlator.engine.calls import Call
from correlator.engine.handlers.new_symptoms import SymptomDiscovery
from correlator.engine.wiring import Assembly
from correlator.model import MINUTE, TicketKept
from tests.builders import Desk, at, spread, ticket, under
from tests.unit.test_clusters import CENTRAL

CALLERS = spread(under("TV"), 12)


@dataclass
class Alerts:
    """Takes down what it is asked to decide."""

    asked: list[tuple[Ints, Callable[[int], Call]]] = field(default_factory=list)

    def drain(self, rows: Ints, call_for: Callable[[int], Call]) -> None:
        self.asked.append((rows, call_for))


def waiting() -> Desk:
    """Return a desk that has heard twelve texts alike about television, one a minute."""
    return Desk().feed(
        ticket(customer, 1 + n, None, id=f"N{n}", text=CENTRAL[n % len(CENTRAL)])
        for n, customer in enumerate(CALLERS)
    )


def discovery(inside: Assembly, alerts: Alerts, kept: list[object]) -> SymptomDiscovery:
    owners = inside.owners
    return SymptomDiscovery(
        kept.append, owners.clusters, owners.known, owners.calls, owners.rates, owners.detector,
        owners.incidents, owners.ledger, alerts,
    )  # fmt: skip


def test_all_rows_of_the_new_symptom_are_handed_over_once_with_the_last_call_of_each() -> None:
    """Which of them are decided, and which rest or wait, is one rule for all alerts."""
    desk, alerts, kept = waiting(), Alerts(), list[object]()
    moment = desk.inside.owners.rates.advance(at(15))
    discovery(desk.inside, alerts, kept).run(moment)
    ((rows, call_for),) = alerts.asked
    (name,) = desk.new_symptoms()
    streams = [desk.inside.owners.detector.stream(row) for row in rows.tolist()]
    number = desk.inside.owners.detector.symptom(name).number
    assert {one.unnamed for one in streams} == {number}
    assert desk.domain("TV") in {one.domain for one in streams}
    assert call_for(desk.domain("TV")).ticket == "N11"
    assert {one.symptom for one in kept if isinstance(one, TicketKept)} == {name}
    assert desk.call("N0").symptom == number


@pytest.mark.parametrize("rests", [False, True])
def test_a_domain_that_rests_is_not_asked_again_when_a_symptom_is_found(*, rests: bool) -> None:
    """It was looked at in vain a moment ago."""
    desk = waiting().until(14)
    assert desk.announced() == desk.candidates() == []
    owners = desk.inside.owners
    owners.rates.advance(at(15) - MINUTE // 6)
    for domain in range(desk.inventory.domain_count if rests else 0):
        owners.detector.rest(domain, announce=True)
        owners.detector.rest(domain, announce=False)
    desk.until(15)
    assert desk.new_symptoms() != []
    assert desk.causes() == ([] if rests else ["TV"])
