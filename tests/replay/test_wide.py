"""Causes that a tenth or most of all customers share: one value, a combination, neighbours."""

from collections.abc import Sequence

import pytest

from correlator.engine import Engine, EngineSettings
from correlator.formats.wire import service_problem
from correlator.model import (
    Answer,
    Event,
    Incident,
    IncidentChanged,
    NeighboursSeen,
    ReasonCode,
    Relation,
    State,
    TopologyChanged,
)
from tests import wide
from tests.builders import Desk, alarm, at, catalog, spread, step, ticket

COMBINATION = "cpe_model=NB6&offer=premium"
PREMIUM_NB6 = ("cpe_model=NB6", "offer=premium")
FOUR = ("AGG-1", "AGG-2", "AGG-4", "AGG-5")


def told(*events: Sequence[Event], until: float = 180) -> Desk:
    """Return a desk after ordinary hours with something else in them."""
    everything = [*wide.ordinary(0, round(until)), *(event for some in events for event in some)]
    return wide.desk().feed([e for e in everything if e.arrived <= at(until)]).until(until)


def names_of(desk: Desk, incident: Incident) -> list[str]:
    """Return all names that an incident has had, in order."""
    changes = [c.incident for c in desk.of(IncidentChanged) if c.incident.id == incident.id]
    return list(dict.fromkeys(one.domain for one in changes))


# ------------------------------------------------------------------------------ single values


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("share", wide.SHARES)
def test_a_value_is_named_however_many_have_it(share: int, seed: int) -> None:
    customers = wide.under(f"share{share}=yes")
    desk = told(wide.failure(customers, len(customers) * 3 // 100, seed=seed))
    incident = desk.incident()
    assert names_of(desk, incident) == [f"share{share}=yes"]
    assert incident.customers == len(customers)
    assert desk.minute_of(incident) <= 20


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("count", [600, 2_000])
def test_a_surge_of_everybody_stays_outside(count: int, seed: int) -> None:
    desk = told(wide.failure(wide.under("*"), count, seed=seed))
    assert desk.causes() == [""]
    assert desk.incident().rule == "outside-network"


def test_an_ordinary_day_names_nothing_wide() -> None:
    assert told(until=600).announced() == []


# -------------------------------------------------------------------------------- combinations


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_combination_is_named_when_those_who_have_both_values_call_alone(seed: int) -> None:
    customers = wide.having(*PREMIUM_NB6)
    desk = told(wide.failure(customers, 60, seed=seed))
    incident = desk.incident()
    assert (incident.domain, incident.among) == (COMBINATION, ())
    assert incident.domain_type == "cpe_model&offer"
    assert incident.customers == len(customers)


@pytest.mark.parametrize("value", ["cpe_model=NB6", "offer=premium", "share20=yes"])
def test_a_value_is_not_named_with_another_one(value: str) -> None:
    desk = told(wide.failure(wide.under(value), 200))
    assert desk.causes() == [value]
    assert not any("&" in name for name in names_of(desk, desk.incident()))


@pytest.mark.parametrize(("early", "others", "start", "seed"), [(60, 40, 2, 5), (120, 150, 4, 5)])
def test_a_combination_widens_when_the_others_with_one_value_call_too(
    early: int, others: int, start: float, seed: int
) -> None:
    both, one = wide.having(*PREMIUM_NB6), wide.under("cpe_model=NB6")
    rest = sorted(set(one) - set(both))
    first = wide.failure(both, early, seed=seed + 10)
    desk = told(first, wide.failure(rest, others, start, seed=seed), until=90)
    incident = desk.incident()
    assert names_of(desk, incident) == [COMBINATION, "cpe_model=NB6"]
    assert incident.first_domain == COMBINATION
    assert incident.customers == len(one)


# ---------------------------------------------------------------------------------- neighbours


@pytest.mark.parametrize("seed", [3, 4])
def test_four_of_six_neighbours_are_named_each(seed: int) -> None:
    customers = wide.under(*FOUR)
    desk = told(wide.failure(customers, 300, seed=seed))
    incident = desk.incident()
    assert (incident.domain, incident.among) == ("+".join(FOUR), FOUR)
    assert incident.domain_type == "aggregation-switch"
    assert incident.customers == len(customers)
    causes = service_problem(incident, None)["rootCauseResource"]
    assert [cause["id"] for cause in causes] == list(FOUR)


def test_all_but_one_of_six_are_neighbours_and_not_everybody() -> None:
    five = wide.switches()[:5]
    desk = told(wide.failure(wide.under(*five), 900))
    assert desk.incident().among == tuple(five)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_a_switch_is_named_though_only_some_of_its_children_have_called(
    *, own: bool, seed: int
) -> None:
    below = wide.dslams("AGG-3")
    alarmed = [*(["AGG-3"] if own else []), *below]
    failed = wide.failure(wide.under(*below[:-1]), 40, seed=seed)
    desk = told(failed, [alarm(place, 1 + n / 10) for n, place in enumerate(alarmed)])
    assert names_of(desk, desk.incident()) == ["AGG-3"]


def test_two_values_of_one_column_are_neighbours() -> None:
    two = ("cpe_model=NB5", "cpe_model=NB6")
    desk = told(wide.failure(wide.under(*two), 300))
    assert desk.incident().among == two


@pytest.mark.parametrize(
    ("name", "causes", "related"),
    [
        ("AGG-1/D1+AGG-1/D2", {"AGG-1/D1", "AGG-1/D2"}, {"AGG-1": Relation.PARENT}),
        (COMBINATION, set(PREMIUM_NB6), {"*": Relation.PARENT}),
        ("AGG-1", {"AGG-1"}, {"CORE": Relation.PARENT}),
    ],
)
def test_the_network_is_drawn_around_each_part_of_a_cause(
    name: str, causes: set[str], related: dict[str, Relation]
) -> None:
    desk = wide.desk()
    assert not desk.act("declare", "", 5, domain=name, symptom="no-internet")
    shown = desk.engine.project([told.effect for told in desk.told], 0)
    found = [effect for effect in shown if isinstance(effect, NeighboursSeen)]
    near = {one.domain: one.relation for one in found[-1].neighbourhood.neighbours}
    assert {domain for domain, kind in near.items() if kind is Relation.CAUSE} == causes
    assert {domain: kind for domain, kind in near.items() if domain not in causes} == related


def test_the_title_of_what_no_rule_names_says_its_type_unless_the_name_does() -> None:
    unlisted = {"share55=yes": "share55=yes", "share40=yes&share55=yes": "share40=yes&share55=yes"}
    for name, said in unlisted.items():
        desk = wide.desk()
        assert not desk.act("declare", "", 5, domain=name, symptom="no-internet")
        (found,) = desk.announced()
        assert found.names["en"] == f"No internet access — {said}"


# -------------------------------------------------------------------- what it explains, and not


def asked(
    customers: Sequence[str], count: int, every: float, *, known: Sequence[str]
) -> list[Event]:
    """Return one ticket each, from minute 60 on, of some customers who have not called."""
    fresh = spread([one for one in customers if one not in known], count)
    return [ticket(one, 60 + n * every, "no-internet", id=f"Q{one}") for n, one in enumerate(fresh)]


@pytest.mark.parametrize(
    ("scope", "count"),
    [(COMBINATION, 60), ("+".join(FOUR), 300), ("share40=yes", 240)],
)
def test_callers_inside_read_yes_and_others_do_not(scope: str, count: int) -> None:
    inside = wide.inside(scope)
    outside = sorted(set(wide.under("*")) - set(inside))
    failed = wide.failure(inside, count)
    called = [event.customer for event in failed if event.customer]  # type: ignore[union-attr]
    within = asked(inside, 20, 1, known=called)
    beside = asked(outside, 5, 4, known=called)
    desk = told(failed, within, beside, until=90)
    incident = desk.incident()
    assert incident.domain == scope
    words = [desk.verdict(event.id).answer for event in within]
    assert words.count(Answer.YES) >= 18
    assert {desk.verdict(event.id).cause for event in within} <= {scope, ""}
    assert not {desk.verdict(e.id).answer for e in beside} & {Answer.YES, Answer.PROBABLE}
    linked = set(desk.linked(incident))
    assert not linked & {event.id for event in beside}


def test_an_answer_says_no_without_pointing_to_a_combination_of_others() -> None:
    inside = wide.having(*PREMIUM_NB6)
    half = sorted(set(wide.under("offer=premium")) - set(inside))
    desk = told(wide.failure(inside, 60), [ticket(half[0], 60, "no-internet", id="half")], until=61)
    told_half = desk.verdict("half")
    assert told_half.answer is Answer.NO
    assert told_half.reason.code is ReasonCode.NO_INCIDENT


@pytest.mark.parametrize("count", [60, 240])
def test_callers_inside_a_combination_raise_no_second_incident(count: int) -> None:
    inside = wide.having(*PREMIUM_NB6)
    desk = told(wide.failure(inside, count))
    assert desk.causes() == [COMBINATION]
    assert len(desk.linked(desk.incident())) >= 0.8 * count
    assert desk.inside.owners.incidents.anything_lives


def test_a_card_that_fails_beside_a_combination_is_an_incident_of_its_own() -> None:
    inside = wide.having(*PREMIUM_NB6)
    place = [customer for customer in wide.under("AGG-3/D2") if customer not in inside]
    desk = told(wide.failure(inside, 60), wide.failure(place, 30, 30, seed=7))
    assert desk.causes() == [COMBINATION, "AGG-3/D2"]


# ------------------------------------------------------------------------- over time and change


@pytest.mark.parametrize("scope", [COMBINATION, "+".join(FOUR)])
def test_a_snapshot_in_mid_stream_changes_nothing(scope: str) -> None:
    failed = wide.failure(wide.inside(scope), 120)
    events = sorted([*wide.ordinary(0, 120), *failed], key=lambda event: event.arrived)
    first = [event for event in events if event.arrived < at(40)]
    rest = [event for event in events if at(40) <= event.arrived < at(150)]
    straight = wide.desk().feed(first)
    assert [one.domain for one in straight.announced()] == [scope]
    again = Engine(wide.network(), catalog(), EngineSettings())
    again.restore(straight.engine.snapshot())
    assert again.snapshot() == straight.engine.snapshot()
    for event in rest:
        assert step(again, event) == step(straight.engine, event)


@pytest.mark.parametrize(
    ("without", "ends"), [("offer=premium", True), ("cpe_model=NB6", True), ("share20=yes", False)]
)
def test_an_inventory_without_a_part_of_it_ends_the_incident(without: str, ends: bool) -> None:  # noqa: FBT001
    desk = told(wide.failure(wide.having(*PREMIUM_NB6), 60), until=60)
    assert desk.causes() == [COMBINATION]
    new = wide.inventory(without)
    desk.engine.offer(new)
    desk.feed(TopologyChanged("swap", at(61), new.version))
    incident = desk.now(desk.incident())
    assert (incident.state is State.CLOSED) is ends
    if not ends:
        assert incident.domain == COMBINATION
        assert desk.live(incident).customers == len(wide.having(*PREMIUM_NB6))


def test_an_inventory_in_which_the_other_part_is_smaller_leaves_one_incident() -> None:
    """The smallest part of a combination comes first in its scope, in each inventory."""
    values = ("cpe_model=NB4", "share20=yes")
    large, small = sorted(values, key=lambda value: -len(wide.under(value)))
    few = sorted(set(wide.under(large)) - set(wide.under(small)))
    lost = few[: len(wide.under(large)) - len(wide.under(small)) + 1]
    events = [*wide.ordinary(0, 180), *wide.failure(wide.having(*values), 120)]
    desk = wide.desk().feed([event for event in events if event.arrived < at(30)])
    new = wide.inventory(large, lost)
    assert desk.live(desk.incident()).scope.domain == wide.network().domain(small)
    desk.engine.offer(new)
    desk.feed(TopologyChanged("swap", at(30), new.version))
    assert desk.live(desk.incident()).scope == new.scope("&".join(values))
    assert desk.live(desk.incident()).scope.domain == new.domain(large)
    desk.feed([event for event in events if at(30) < event.arrived < at(180)])
    assert desk.causes() == ["&".join(values)]


# -------------------------------------------------------------------------------- what people do


def test_a_person_moves_an_incident_to_a_combination_and_back() -> None:
    customers = wide.under("cpe_model=NB6")
    desk = told(wide.failure(customers, 200), until=60)
    incident = desk.incident()
    assert desk.act("scope", incident, 61, domain="offer=premium&cpe_model=NB6") == ""
    assert desk.now(incident).domain == COMBINATION
    assert desk.now(incident).customers == len(wide.having(*PREMIUM_NB6))
    assert desk.act("scope", incident, 62, domain="cpe_model=NB6&offer=none") != ""
    assert desk.act("scope", incident, 63, domain="cpe_model=NB6") == ""
    assert desk.now(incident).customers == len(customers)


def test_a_person_declares_neighbours_and_what_they_explain() -> None:
    desk = told(until=30)
    assert desk.act("declare", "", 31, domain="+".join(FOUR), symptom="no-internet") == ""
    incident = desk.incident()
    assert incident.among == FOUR
    assert incident.customers == len(wide.under(*FOUR))
