"""What is wired: every kind of event has a handler."""

from correlator.model import Event, RulesChanged, TopologyChanged
from tests.builders import Desk


def test_every_kind_of_event_has_a_handler() -> None:
    swaps = {TopologyChanged, RulesChanged}
    assert Desk(cold=True).inside.handlers.keys() == set(Event.__args__) - swaps
