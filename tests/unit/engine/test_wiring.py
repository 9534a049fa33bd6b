"""What is wired: every kind of event has a handler, every owner a place in the snapshot."""

from correlator.engine.state import VERSION, dump, load
from correlator.model import Event, RulesChanged, TopologyChanged
from tests.builders import Desk, calls, customers_of


def test_every_kind_of_event_has_a_handler() -> None:
    swaps = {TopologyChanged, RulesChanged}
    assert Desk(cold=True).inside.handlers.keys() == set(Event.__args__) - swaps


def test_what_a_snapshot_of_this_version_holds_stays_in_it() -> None:
    """An owner may come to it; one that goes or is called otherwise is another version."""
    components = {
        "actions", "alarms", "calls", "classifier", "clusters", "detector", "feeds", "incidents",
        "known", "ledger", "rates", "works",
    }  # fmt: skip
    assert VERSION == 10
    assert components <= {one.name for one in Desk(cold=True).inside.components}


def test_an_owner_that_a_snapshot_does_not_know_starts_empty() -> None:
    desk = Desk().feed(calls(customers_of("DSL-1/C1")[:6], 0, 1))
    state = load(desk.engine.snapshot())
    del state["clusters"]
    again = Desk(cold=True)
    assert again.engine.restore(dump(state))
    empty = Desk(cold=True).inside.owners.clusters.state()
    assert again.inside.owners.clusters.state() == empty
    assert len(list(again.inside.owners.incidents)) == 1
