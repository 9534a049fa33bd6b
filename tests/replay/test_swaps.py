"""Another inventory or other rules in mid-stream: what lives goes on."""

from collections.abc import Callable
from importlib.resources import files

import pytest

import rules
from correlator.model import (
    Audience,
    Incident,
    Phase,
    RulesChanged,
    State,
    TextApproved,
    TopologyChanged,
    Wording,
)
from rules import Catalog
from tests.builders import (
    Desk,
    alarm,
    at,
    calls,
    cards,
    customer_rows,
    customers_of,
    dependency_rows,
    equipment_rows,
    index_of,
    load,
    spread,
    ticket,
    under,
    works,
)
from topology import Topology

CARD = customers_of("DSL-1/C1")
FAULT = calls(spread(CARD, 6), 0, 4)


def grown() -> Topology:
    """Return the network with one more card, sorted before all others."""
    more = [(f"new:{n}", "DSL-0/C0", "5.1.0") for n in range(30)]
    return load(
        [("DSL-0", "dslam"), ("DSL-0/C0", "line-card"), *equipment_rows()],
        [("DSL-0/C0", "DSL-0", ""), *dependency_rows()],
        [*more, *customer_rows()],
    )


def without(card: str) -> Topology:
    return load(
        [row for row in equipment_rows() if row[0] != card],
        [row for row in dependency_rows() if row[0] != card],
        [row for row in customer_rows() if card not in row[1].split()],
    )


def edited(change: Callable[[str], str] = lambda text: text) -> Catalog:
    folder = files("rules") / "catalog"
    names = [e.name for e in folder.iterdir() if e.name.endswith(".yaml")]
    return rules.parse({name: change((folder / name).read_text()) for name in names})


def quieter() -> Catalog:
    return edited(lambda text: text.replace("quiet: 45m", "quiet: 3h"))


def swap(desk: Desk, new: Topology | Catalog, minute: float) -> None:
    desk.engine.offer(new)
    kind = TopologyChanged if isinstance(new, Topology) else RulesChanged
    desk.feed(kind(f"swap-{minute}", at(minute), new.version))


def raised() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT)
    return desk, desk.incident()


def test_an_incident_lives_on_under_a_new_inventory() -> None:
    desk, incident = raised()
    swap(desk, grown(), 25)
    desk.feed(ticket(CARD[3], 26, id="next"))
    assert desk.verdict("next").incident == incident.id
    assert "next" in desk.linked(incident)
    assert desk.now(incident).domain == "DSL-1/C1"


def test_the_new_inventory_is_in_force_at_once() -> None:
    desk, _ = raised()
    swap(desk, grown(), 25)
    desk.feed(calls([f"new:{n}" for n in range(6)], 30, 4))
    assert desk.causes() == ["DSL-1/C1", "DSL-0"] or desk.causes() == ["DSL-1/C1", "DSL-0/C0"]


def test_callers_from_before_a_swap_count_together_with_those_after() -> None:
    desk = Desk().feed(FAULT[:2])
    swap(desk, grown(), 5)
    desk.feed(FAULT[2:])
    assert desk.causes() == ["DSL-1/C1"]
    assert set(desk.linked(desk.incident())) == {e.id for e in FAULT}


def test_an_incident_lives_on_under_new_rules() -> None:
    desk, incident = raised()
    swap(desk, quieter(), 25)
    desk.feed(ticket(CARD[3], 26, id="next"))
    assert desk.verdict("next").incident == incident.id


def test_new_rules_are_in_force_at_once() -> None:
    desk, incident = raised()
    swap(desk, quieter(), 25)
    assert desk.until(100).now(incident).state is State.OPEN
    unchanged, same = raised()
    assert unchanged.until(100).now(same).state is State.RESOLVED


def test_an_incident_whose_equipment_is_gone_is_told_to_be_over() -> None:
    desk, incident = raised()
    swap(desk, without("DSL-1/C1"), 25)
    desk.until(26)
    assert desk.now(incident).state not in {State.OPEN, State.PROPOSED}


def test_a_standing_alarm_still_counts_after_a_swap() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0), FAULT[:1])
    swap(desk, grown(), 3)
    desk.feed(calls(spread(CARD, 6)[1:], 5, 4))
    assert "A-DSL-1/C1" in desk.incident().alarms
    before = Desk().feed(alarm("DSL-1/C1", 0), FAULT[:1])
    before.feed(calls(spread(CARD, 6)[1:], 5, 4))
    assert desk.minute_of(desk.incident()) <= before.minute_of(before.incident())


def test_a_standing_alarm_is_still_shown_as_predicted_after_a_swap() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0))
    swap(desk, grown(), 3)
    assert [one.domain for one in desk.until(20).candidates()] == ["DSL-1/C1"]


def test_planned_works_are_remembered_after_a_swap() -> None:
    desk = Desk().feed(works("DSL-1", -10, 0, 120))
    swap(desk, grown(), 1)
    desk.feed(calls(spread(CARD, 8), 5, 4))
    assert desk.announced() == []


def test_a_ticket_that_had_moved_is_carried_over_once() -> None:
    elsewhere = customers_of("DSL-3/C4")
    old = [ticket(customer, 2 + n / 10, id=f"M{n}") for n, customer in enumerate(CARD[:4:2])]
    moved = [
        ticket(customer, 5 + n / 10, id=f"M{n}", occurred=at(2))
        for n, customer in enumerate(elsewhere[:4:2])
    ]
    desk = Desk().feed(old, moved)
    swap(desk, grown(), 10)
    window = desk.inside.owners.calls
    under_card = window.calls(window.under(index_of("DSL-1/C1", grown())))
    assert [call.ticket for call in under_card if call.ticket[0] == "M"] == []


def test_a_version_that_nobody_offered_changes_nothing() -> None:
    desk, incident = raised()
    versions = desk.engine.versions
    desk.feed(TopologyChanged("swap", at(25), "0123456789abcdef"))
    assert desk.engine.versions == versions
    assert desk.now(incident).state is State.OPEN


def test_a_swap_to_what_is_in_force_changes_nothing() -> None:
    desk, _ = raised()
    swap(desk, edited(), 25)
    swapped = desk.until(60).engine.snapshot()
    plain, _ = raised()
    assert plain.until(60).engine.snapshot() == swapped


@pytest.mark.parametrize("new", [grown, quieter])
def test_what_cannot_be_foreseen_is_remembered_after_a_swap(
    new: Callable[[], Topology | Catalog],
) -> None:
    rush = calls(spread(under("*"), 120), 0, 0.2, ("no-tv", "billing", "mail", "slow", "wifi"))
    desk = Desk(cold=True).feed(rush)
    before = desk.inside.owners.rates.concurrent.doubt
    assert before > 0.0
    swap(desk, new(), 24.5)
    assert desk.inside.owners.rates.concurrent.doubt == before


def test_the_new_inventory_has_no_ties_to_the_old_numbering() -> None:
    old, new = Desk().engine, grown()
    assert old.versions[0] != new.version
    assert all(new.domain(card) is not None for card in cards())


def test_under_a_new_inventory_no_call_has_been_taken_back_yet() -> None:
    """The burst statistic starts anew, and counts them all again, the explained ones as such."""
    desk, incident = raised()
    mine = ticket(customers_of("DSL-4/C2")[0], 24, id="mine")
    desk.feed(mine)
    desk.act("link", incident, 25, tickets=("mine",))
    assert desk.call("mine").retracted
    swap(desk, grown(), 26)
    assert not desk.call("mine").retracted
    assert desk.call("mine").assigned == desk.live(incident).number
    assert desk.level("DSL-4/C2") < 0.01


def test_what_was_said_of_an_incident_whose_equipment_is_gone_is_withdrawn() -> None:
    desk, incident = raised()
    wording = Wording(Audience.N1, Phase.DETECTED, "Panne en cours.")
    assert desk.act("say", incident, 25, wording=wording) == ""
    swap(desk, without("DSL-1/C1"), 26)
    said, gone = desk.of(TextApproved)
    assert (said.text.withdrawn, gone.text.withdrawn) == (None, at(26))
    assert gone.incident.state is State.CLOSED
