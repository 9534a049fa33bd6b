"""The detector: what a call is expected to be, and which symptoms have rows of their own."""

from typing import Any

import numpy as np
import pytest

from correlator.engine.arrays import Floats
from correlator.engine.calls import Call
from correlator.model import UNNAMED
from tests.builders import at, at_rest, customers_of, network


@pytest.mark.parametrize("name", [UNNAMED, "no-sync", "billing"])
def test_named_symptoms_have_no_rows_of_their_own(name: str) -> None:
    detector = at_rest().owners.detector
    symptom = detector.symptom(name)
    assert not symptom.unnamed
    assert detector.unnamed_rows((0,), symptom.number, 0.0).tolist() == []


def expected_with(**more: Any) -> Floats:
    """Return λ on every row that a ticket of one line meets, times what is the same for all.

    A ticket multiplies a row's statistic by 1 + c·π/λ, where c is what the row is at just before.
    """
    detector = at_rest().owners.detector
    domains = network().domains_of(customers_of("DSL-1/C1")[0]) or ()
    call = Call(
        ticket="T", event_id="t", customer="c", domains=domains,
        symptom=detector.symptom("no-internet").number, arrived=at(0), occurred=at(0), tau=1.0,
        rate=0.001, counted=True, **more,
    )  # fmt: skip
    rows = detector.rows(call)
    detector.advance(rows, call.tau)
    before = detector.levels(rows)
    detector.observe(call)
    rises = detector.levels(rows) / before - 1.0
    return np.array(1.0 / rises[rises > 0.0])


def test_a_rate_that_follows_the_callers_is_expected_a_standard_deviation_higher() -> None:
    """It is known from some fifteen of them; planned works are not counted but assumed."""
    usual, planned_too = expected_with(), expected_with(planned=0.01)
    incident_too = expected_with(attributions={1: 0.01})
    works_add, incident_adds = planned_too - usual, incident_too - usual
    assert len(usual) >= 4
    assert (works_add > 0.0).all()
    assert incident_adds == pytest.approx((1 + 15**-0.5) * works_add)
