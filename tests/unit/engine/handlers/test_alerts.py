"""Which of the rows that rose are decided, and what becomes of the others."""

import numpy as np
import pytest

from correlator.engine import state
from correlator.engine.arrays import Ints
from correlator.engine.calls import Call
from correlator.engine.detection import Detector
from correlator.engine.handlers.alerts import AlertHandler
from correlator.engine.localisation import Alert
from correlator.engine.wiring import Assembly
from tests.builders import at_rest, catalog, index_of, wide_network


class InVain:
    """Finds nothing to say, whatever it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def decide(self, alert: Alert) -> None:
        self.asked.append(alert.row)


def handler(inside: Assembly, diagnosis: InVain) -> AlertHandler:
    owners, reasoning = inside.owners, inside.reasoning
    return AlertHandler(
        wide_network(), catalog().rules, lambda _effect: None, owners.rates, owners.calls,
        owners.detector, diagnosis, reasoning.localiser, reasoning.describer, reasoning.recorder,
        owners.incidents, owners.ledger, owners.alarms.outcomes,
    )  # fmt: skip


def raise_to(detector: Detector, rows: Ints, level: float) -> None:
    """Let rows stand at this share of their threshold."""
    before = state.load(state.dump(detector.state()))
    before["burst"]["mass"][rows] *= level / detector.levels(rows)[:, None]
    detector.restore(before)


@pytest.mark.parametrize("paused", [False, True])
def test_a_domain_that_waits_for_another_caller_is_not_taken_for_decided(*, paused: bool) -> None:
    """After three decisions on a ticket the rest is lowered, but for what is asked again later."""
    inside, diagnosis = at_rest(wide_network()), InVain()
    detector, switch = inside.owners.detector, index_of("AGG-1", wide_network())
    domains = wide_network().domains_of("DSL-1:0")
    assert domains is not None
    symptom = detector.symptom("no-internet").number
    call = Call("T", "t", "DSL-1:0", domains, symptom, symptom, 0, 0, 1.0, 1e-4, counted=True)
    rows = detector.rows(call)
    detector.observe(call)
    raise_to(detector, rows, 1.5)
    if paused:
        detector.pause(switch)
    handler(inside, diagnosis).drain(rows, lambda _domain: call)
    at_switch = np.isin(rows, [row for row, _ in detector.streams_on([switch])])
    assert at_switch.any()
    assert len(diagnosis.asked) == 3
    assert detector.levels(rows)[~at_switch] == pytest.approx(0.5)
    assert detector.levels(rows)[at_switch] == pytest.approx(1.5 if paused else 0.5)
    assert not paused or not set(diagnosis.asked) & set(rows[at_switch].tolist())
