"""What a cause pays for its type."""

import pytest

from correlator.engine.calls import Call
from tests.builders import at_rest, index_of, wide_network
from topology import Scope


@pytest.mark.parametrize(
    ("name", "spoken_for", "pays"),
    [
        ("DSL-1", 0.0, 0.0),
        ("AGG-1", 0.0, 0.0),
        ("CORE-1", 0.0, 2.0),
        ("CORE-1", -0.5, 2.0),
        ("CORE-1", 3.0, 0.0),
        ("cpe_firmware=9.0", 0.0, 2.0),
        ("cpe_firmware=9.0", 3.0, 2.0),
        ("*", 0.0, 3.0),
    ],
)
def test_what_everybody_hangs_on_pays_like_a_group_until_it_alarms(
    name: str, spoken_for: float, pays: float
) -> None:
    localiser = at_rest(wide_network()).reasoning.localiser
    assert localiser.penalty(Scope(index_of(name, wide_network())), spoken_for) == pays


@pytest.mark.parametrize(("name", "pays"), [("DSL-1", 0.0), ("CORE-1", 2.0), ("*", 3.0)])
def test_a_cause_is_compared_by_what_is_left_of_its_gain(name: str, pays: float) -> None:
    inside = at_rest(wide_network())
    symptom = inside.owners.detector.symptom("no-internet").number
    for n in range(20):
        customer = f"DSL-1:{n}"
        call = Call(
            ticket=customer, event_id=customer, customer=customer,
            domains=wide_network().domains_of(customer) or (), symptom=symptom, mark=symptom,
            arrived=0, occurred=0, tau=1.0 + n / 100, rate=1e-4, counted=True,
        )  # fmt: skip
        inside.owners.calls.add(call, call.tau)
    found = inside.reasoning.localiser.weigh(Scope(index_of(name, wide_network())), -1, 2.0)
    assert found is not None
    assert found.gain - found.penalised == pytest.approx(pays)
