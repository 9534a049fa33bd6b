"""The detector: what a call is expected to be, and which symptoms have rows of their own."""

from typing import Any

import numpy as np
import pytest

from correlator.engine import EngineSettings
from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import Call
from correlator.engine.detection import Detector
from correlator.engine.state import dump, load
from correlator.engine.wiring import assemble
from correlator.model import UNNAMED
from tests.builders import at, at_rest, catalog, customers_of, index_of, network


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
        mark=detector.symptom("no-internet").number,
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


# ------------------------------------------------------------------- symptoms, their rows


def called(detector: Detector, symptom: str, line: int = 0, **more: Any) -> Call:
    """Return a call about a symptom from a line of DSL-1/C1, at τ = 1."""
    customer = customers_of("DSL-1/C1")[line]
    domains = network().domains_of(customer)
    assert domains is not None
    more.setdefault("counted", True)
    return Call(
        ticket=f"T{line}", event_id="t", customer=customer, domains=domains,
        symptom=detector.symptom(symptom).number, arrived=at(0), occurred=at(0), tau=1.0,
        mark=detector.symptom(symptom).number,
        rate=1e-3, **more,
    )  # fmt: skip


def streams_of(detector: Detector, rows: Ints) -> set[tuple[str, int]]:
    found = [detector.stream(row) for row in rows.tolist()]
    return {(network().name(one.domain), one.unnamed) for one in found}


def test_a_new_symptom_gets_a_number_rows_and_a_share_in_unnamed_failures() -> None:
    detector = at_rest().owners.detector
    known = detector.symptom("no-sync")
    new = detector.symptom("purple-picture")
    assert new == detector.symptom("purple-picture")
    assert (new.fault, new.streamed, new.unnamed) == (True, True, True)
    assert detector.name_of(new.number) == "purple-picture"
    assert detector.profiles.matrix.shape[1] == new.number + 1
    rows = detector.rows(called(detector, "purple-picture"))
    assert ("DSL-1/C1", new.number) in streams_of(detector, rows)
    assert ("DSL-1/C1", -1) in streams_of(detector, rows)
    assert any(detector.can_cause(rule, new.number) for rule in range(len(catalog().rules)))
    assert detector.symptom("no-sync") == known


def test_a_forgotten_symptom_gives_its_number_to_the_next() -> None:
    detector = at_rest().owners.detector
    first = detector.symptom("~blue-screen")
    streams = detector.streams.counts().tolist()
    detector.learned.give(
        detector.learned.learn("GI", 1, {}), "r", {"~blue-screen": 4.0, "slow": 1.0}
    )
    detector.rows(called(detector, "~blue-screen"))
    assert detector.streams.counts().tolist() != streams
    detector.release("~blue-screen")
    assert detector.streams.counts().tolist() == streams
    assert detector.learned.counts == {"r": {"slow": 1.0}}
    assert "~blue-screen" not in {detector.name_of(n) for n in range(first.number + 1)}
    second = detector.symptom("~red-screen")
    assert second.number == first.number
    assert detector.name_of(second.number) == "~red-screen"
    rows = detector.rows(called(detector, "~red-screen"))
    assert ("DSL-1/C1", second.number) in streams_of(detector, rows)


def test_a_symptom_for_which_there_is_no_room_is_counted_as_not_named() -> None:
    detector = at_rest().owners.detector
    names = [f"trouble-{n}" for n in range(250)]
    numbers = [detector.symptom(name).number for name in names]
    other = detector.symptom(UNNAMED)
    assert numbers.count(other.number) == len(names) - len({*numbers} - {other.number})
    assert numbers[-1] == other.number
    assert detector.symptom(names[-1]).unnamed
    rows = detector.rows(called(detector, names[-1]))
    assert {unnamed for _, unnamed in streams_of(detector, rows)} == {-1}


def test_no_network_failure_makes_customers_call_about_bills() -> None:
    detector = at_rest().owners.detector
    billing = detector.symptom("billing").number
    rules = {detector.streams.rule[row] for row, _ in detector.streams_on([0])}
    assert rules
    assert not any(detector.can_cause(rule, billing) for rule in rules)


def test_the_dial_counts_the_rows_of_a_symptom_that_nobody_has_named() -> None:
    detector = at_rest().owners.detector
    detector.symptom("purple-picture")
    call = called(detector, "purple-picture")
    (rule, *_) = [n for n, one in enumerate(detector.streams.unnamed) if one]
    before = detector.streams.counts()[rule]
    detector.rows(call)
    assert detector.streams.counts()[rule] == before
    detector.rows(called(detector, "green-picture"))
    assert detector.streams.counts()[rule] == 2 * before


def test_what_is_no_fault_moves_the_rows_outside_the_network_alone() -> None:
    detector = at_rest().owners.detector
    billing = detector.symptom("billing")
    assert (billing.fault, billing.unnamed) == (False, False)
    moved = streams_of(detector, detector.rows(called(detector, "billing")))
    assert moved == {("*", -1)}
    assert not detector.is_fault("billing")


# ------------------------------------------------------------------------- in and out again


@pytest.mark.parametrize("symptom", ["no-sync", "purple-picture", "billing"])
def test_what_is_taken_back_leaves_the_statistic_where_it_was(symptom: str) -> None:
    detector = at_rest().owners.detector
    first, second = called(detector, symptom), called(detector, symptom, 1)
    rows = detector.rows(first)
    detector.observe(first)
    before = detector.levels(rows).copy()
    detector.observe(second)
    assert (detector.levels(rows) >= before).all()
    assert (detector.levels(rows) > 1.3 * before).any()
    detector.retract(second)
    # Nearly: of mass that began after the call it had multiplied less.
    assert detector.levels(rows) == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("symptom", ["no-sync", "purple-picture", "billing"])
def test_observing_says_the_highest_share_that_the_call_moved_a_row_to(symptom: str) -> None:
    detector = at_rest().owners.detector
    call = called(detector, symptom)
    share = detector.observe(call)
    assert share == pytest.approx(detector.levels(detector.rows(call)).max())


def test_a_repeat_moves_nothing_but_has_its_rows() -> None:
    detector = at_rest().owners.detector
    call = called(detector, "purple-picture", counted=False)
    rows = len(detector.streams)
    assert detector.observe(call) == 0.0
    assert len(detector.streams) > rows
    first = called(detector, "no-sync")
    before = detector.levels(detector.rows(first)).copy()
    assert detector.observe(called(detector, "no-sync", counted=False)) == 0.0
    assert detector.levels(detector.rows(first)).tolist() == before.tolist()


def test_without_explaining_away_nothing_is_taken_back() -> None:
    detector = assemble(
        network(), catalog(), EngineSettings(use_explaining_away=False), lambda _effect: None
    ).owners.detector
    call = called(detector, "no-sync", attributions={1: 5.0})
    rows = detector.rows(call)
    detector.observe(call)
    before = detector.levels(rows).copy()
    detector.retract(call)
    assert detector.levels(rows).tolist() == before.tolist()
    plain = at_rest().owners.detector
    plain.observe(called(plain, "no-sync"))
    assert detector.levels(rows) == pytest.approx(plain.levels(rows))


def test_calls_are_counted_anew_on_rows_that_start_from_rest() -> None:
    one, other = at_rest().owners.detector, at_rest().owners.detector
    calls = [called(one, "no-sync", line) for line in range(3)]
    rows = one.rows(calls[0])
    for call in calls:
        one.observe(call)
    other.recount(calls)
    assert other.levels(rows) == pytest.approx(one.levels(rows))


def test_a_renamed_call_counts_by_what_is_left_of_it() -> None:
    one, other = at_rest().owners.detector, at_rest().owners.detector
    rows = one.observe_renamed(called(one, "~new"), 1.0)
    same = other.observe_renamed(called(other, "~new"), 0.5)
    assert streams_of(one, rows) == streams_of(other, same)
    assert len(rows)
    assert (one.levels(rows) > other.levels(same)).all()


# ----------------------------------------------------------------------------- levels, alarms


def test_a_level_is_read_of_the_highest_row_of_a_rule() -> None:
    detector = at_rest().owners.detector
    call = called(detector, "no-sync")
    detector.observe(call)
    card = index_of("DSL-1/C1", network())
    (rule, *_) = detector.streams.rules_for(card)
    reading = detector.read(card, rule, -1)
    assert reading is not None
    assert (reading.stream.domain, reading.stream.rule, reading.stream.unnamed) == (card, rule, -1)
    assert reading.share > 0.0
    assert reading.threshold > 1.0
    assert detector.read(card, len(catalog().rules), -1) is None
    new = detector.symptom("purple-picture")
    assert detector.read(card, rule, new.number) is None
    detector.observe(called(detector, "purple-picture"))
    (unnamed, *_) = detector.streams.unnamed_rules_for(card)
    found = detector.read(card, unnamed, new.number)
    assert found is not None
    assert found.stream.unnamed == new.number


def test_an_alarm_raises_a_row_until_it_clears_and_a_weaker_one_does_not_lower_it() -> None:
    detector = at_rest().owners.detector
    card = index_of("DSL-1/C1", network())
    (row, _), *_ = detector.streams_on([card])
    rows = np.array([row])
    detector.boost(row, 4.0, 1.0, 1.0)
    detector.boost(row, 2.0, 5.0, 1.0)
    detector.advance(rows, 1.5)
    raised = float(detector.levels(rows)[0])
    detector.end_boost([card], 1.5)
    detector.end_boost([index_of("*", network())], 1.5)
    detector.advance(rows, 40.0)
    assert float(detector.levels(rows)[0]) < raised
    detector.boost(row, 5.0, 1.0, 40.0)
    detector.advance(rows, 40.5)
    assert float(detector.levels(rows)[0]) > raised


def test_a_second_alarm_of_the_same_weight_lasts_longer() -> None:
    detector = at_rest().owners.detector
    (row, _), *_ = detector.streams_on([index_of("DSL-1/C1", network())])
    detector.boost(row, 4.0, 1.0, 1.0)
    detector.boost(row, 4.0, 3.0, 1.0)
    rows = np.array([row])
    detector.advance(rows, 2.0)
    before = float(detector.levels(rows)[0])
    detector.advance(rows, 3.5)
    assert float(detector.levels(rows)[0]) > 1.2 * before


def test_a_row_that_has_been_dealt_with_starts_from_low_with_those_of_its_domain() -> None:
    detector = at_rest().owners.detector
    call = called(detector, "no-sync")
    rows = detector.rows(call)
    for line in range(8):
        detector.observe(called(detector, "no-sync", line))
    card = index_of("DSL-1/C1", network())
    own = np.isin(rows, [row for row, _ in detector.streams_on([card])])
    assert (detector.levels(rows)[own] > 0.05).any()
    before = detector.levels(rows).copy()
    detector.settle(card, int(rows[own][0]))
    assert (detector.levels(rows)[own] <= 0.05 * (1 + 1e-9)).all()
    assert detector.levels(rows)[~own].tolist() == before[~own].tolist()


def test_what_rests_or_waits_is_not_awake() -> None:
    detector = at_rest().owners.detector
    call = called(detector, "no-sync")
    rows = detector.rows(call)
    for line in range(12):
        detector.observe(called(detector, "no-sync", line))
    card, node = index_of("DSL-1/C1", network()), index_of("DSL-1", network())
    levels = detector.levels(rows)
    at_card = np.isin(rows, [row for row, _ in detector.streams_on([card])])
    at_node = np.isin(rows, [row for row, _ in detector.streams_on([node])])
    assert (levels[at_card] >= 1.0).any()
    detector.rest(card, announce=False)
    assert detector.keeps_quiet(card)
    assert detector.awake_levels(rows, set()).tolist() == levels.tolist()
    detector.rest(card, announce=True)
    assert (detector.awake_levels(rows, set())[at_card & (levels >= 1.0)] == 0.0).all()
    waiting: set[int] = set()
    detector.pause(node)
    awake = detector.awake_levels(rows, waiting)
    assert waiting == ({node} if (levels[at_node] >= 1.0).any() else set())
    assert (awake[at_node & (levels >= 1.0)] == 0.0).all()
    assert not detector.keeps_quiet(node)


def test_it_stands_where_it_stood() -> None:
    one, other = at_rest().owners, at_rest().owners
    call = called(one.detector, "purple-picture")
    one.detector.observe(call)
    one.detector.learn(0, 0.07)
    one.detector.rest(3, announce=True)
    other.rates.restore(load(dump(one.rates.state())))
    other.detector.restore(load(dump(one.detector.state())))
    assert dump(other.detector.state()) == dump(one.detector.state())
    assert other.detector.symptom("purple-picture") == one.detector.symptom("purple-picture")
    again = called(one.detector, "purple-picture", 1)
    assert other.detector.observe(again) == one.detector.observe(again)


def test_the_dial_sets_the_thresholds() -> None:
    loose, strict = (
        assemble(
            network(),
            catalog(),
            EngineSettings(false_incidents_per_week=dial),
            lambda _effect: None,
        ).owners.detector
        for dial in (10.0, 1.0)
    )
    (row, _), *_ = loose.streams_on([index_of("DSL-1/C1", network())])
    threshold = loose.read_rows([row]).threshold
    assert strict.read_rows([row]).threshold == pytest.approx(10.0 * threshold)
