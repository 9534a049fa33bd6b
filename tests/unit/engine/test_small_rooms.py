"""Works, watches, alarm weights, ids, settings: one thing at a time."""

import math
from typing import Any

import numpy as np
import pytest

from correlator.engine import EngineSettings
from correlator.engine.ageing import drop_oldest
from correlator.engine.alarms import Alarms
from correlator.engine.incidents import incident_id
from correlator.engine.live import Live
from correlator.engine.parts import Parts, primary_parents
from correlator.engine.recent import Recent, Seen
from correlator.engine.snapshot import VERSION, SnapshotError, dump, load
from correlator.engine.watches import ANY_SYMPTOM, Watches, rule_types
from correlator.engine.works import Works
from correlator.model import UNNAMED, Reason, ReasonCode, State
from rules.model import UNNAMED_SYMPTOMS
from tests.builders import NEW, alarm, at, cards, catalog, customers_of, network, works


def domain(name: str) -> int:
    found = network().domain(name)
    assert found is not None
    return found


# ------------------------------------------------------------------------------------ works


def test_only_what_is_old_and_stands_first_is_dropped() -> None:
    held = {"a": 1, "b": 2, "c": 9, "d": 1}
    drop_oldest(held, lambda value: value < 5)
    assert held == {"c": 9, "d": 1}


def planned(start: float = 0, end: float = 60, where: str = "DSL-1") -> Works:
    found = Works(network())
    found.take(works(where, -10, start, end))
    return found


def test_works_begin_at_their_start_and_last_until_their_end() -> None:
    found, card = planned(), domain("DSL-1/C1")
    assert found.covers(card, at(0) - 1) == ""
    assert found.covers(card, at(0)) == "M-DSL-1"
    assert found.covers(card, at(60) - 1) == "M-DSL-1"
    assert found.covers(card, at(60)) == ""


def test_works_cover_what_depends_on_them_and_nothing_above_or_beside() -> None:
    found = planned()
    covered = {name for name in network().names if found.covers(domain(name), at(5))}
    assert covered == {"DSL-1", *(f"DSL-1/C{c}" for c in range(1, 7))}


def test_the_explanation_halves_every_five_minutes_after_the_end() -> None:
    found, place = planned(), (domain("DSL-1"),)
    rates = [found.on(place, at(minute))[1] for minute in (30, 60, 65, 70)]
    assert rates[0] == rates[1] == pytest.approx(2 * rates[2]) == pytest.approx(4 * rates[3])
    assert found.on(place, at(-1)) == ("", 0.0)
    assert found.on((domain("DSL-2"),), at(30)) == ("", 0.0)


def test_works_are_forgotten_half_a_day_after_their_end() -> None:
    found = planned()
    found.forget(at(60 + 11 * 60))
    assert found.state()["works"]
    found.forget(at(60 + 13 * 60))
    assert found.state()["works"] == []
    assert found.on((domain("DSL-1"),), at(30)) == ("", 0.0)


def test_taking_works_says_whether_every_object_is_known() -> None:
    found = Works(network())
    assert found.take(works("DSL-1", 0, 0, 60))
    assert not found.take(works("NOWHERE", 0, 0, 60))


# ---------------------------------------------------------------------------------- watches


def test_there_is_a_row_per_rule_and_domain_it_is_about() -> None:
    watches = Watches(network(), catalog())
    names = [rule.id for rule in catalog().rules]
    rows = {
        (names[r], network().name(d)) for d, r in zip(watches.domain, watches.rule, strict=True)
    }
    assert ("access-line-card", "DSL-1/C1") in rows
    assert ("access-node", "DSL-1") in rows
    assert ("cpe-firmware", f"cpe_firmware={NEW}") in rows
    assert ("outside-network", "*") in rows
    assert ("access-line-card", "DSL-1") not in rows
    assert (watches.symptom == ANY_SYMPTOM).all()


def test_every_equipment_type_is_some_rules_business() -> None:
    types = frozenset(network().types)
    assert frozenset().union(*rule_types(catalog(), types)) == types


def test_rows_for_a_trouble_without_a_name_are_made_once() -> None:
    watches = Watches(network(), catalog())
    before, place = len(watches), (domain("DSL-1"), domain("DSL-1/C1"))
    first = watches.dynamic_rows(place, 40, "purple-picture")
    second = watches.dynamic_rows(place, 40, "purple-picture")
    assert first is not None
    assert second is not None
    assert first.tolist() == second.tolist()
    assert len(watches) == before + len(first)


@pytest.mark.parametrize("name", [UNNAMED, "no-sync", "billing"])
def test_named_symptoms_have_no_rows_of_their_own(name: str) -> None:
    assert Watches(network(), catalog()).dynamic_rows((0,), 1, name) is None


def test_each_profile_is_a_share_of_a_failures_tickets() -> None:
    watches = Watches(network(), catalog())
    symptoms = [UNNAMED, *(s.id for s in catalog().symptoms)]
    watches.refresh_profile(symptoms, np.ones(len(symptoms)))
    for rule, profile in zip(catalog().rules, watches.profile, strict=True):
        assert (profile >= 0).all()
        if rule.symptoms != UNNAMED_SYMPTOMS:
            assert profile.sum() == pytest.approx(1.0)


def test_what_is_no_fault_has_no_share_in_an_equipments_failure() -> None:
    watches = Watches(network(), catalog())
    assert not watches.is_fault("billing")
    assert watches.is_fault("no-sync")
    assert watches.is_fault("purple-picture")


# ----------------------------------------------------------------------------------- alarms


def test_an_alarm_stands_until_it_clears() -> None:
    alarms, card = Alarms(network()), domain("DSL-1/C1")
    assert alarms.take(alarm("DSL-1/C1", 0), card, 0.0) is not None
    assert alarms.take(alarm("DSL-1/C1", 1, state="updated"), card, 0.1) is None
    assert [one.id for one in alarms.on(card)] == ["A-DSL-1/C1"]
    assert alarms.take(alarm("DSL-1/C1", 2, state="cleared"), card, 0.2) is None
    assert alarms.on(card) == []
    assert alarms.take(alarm("DSL-1/C1", 3), card, 0.3) is not None


def test_an_alarm_whose_clear_was_never_heard_is_forgotten_in_the_end() -> None:
    alarms, place = Alarms(network()), domain("DSL-1")
    alarms.take(alarm("DSL-1", 0), place, 0.0)
    alarms.take(alarm("DSL-1", 10, id="later"), place, 0.2)
    alarms.forget(at(5))
    assert [standing.id for standing in alarms.on(place)] == ["later"]


def test_records_are_remembered_from_when_they_were_last_heard_of() -> None:
    """Or one of before the clear would raise the alarm again."""
    alarms, place = Alarms(network()), domain("DSL-1")
    alarms.take(alarm("DSL-1", 0), place, 0.0)
    alarms.take(alarm("DSL-2", 1), domain("DSL-2"), 0.0)
    alarms.take(alarm("DSL-1", 20, state="cleared"), place, 0.4)
    alarms.forget_records(at(10))
    assert alarms.take(alarm("DSL-1", 15), place, 0.5) is None
    assert list(alarms.state()["heard"]) == ["A-DSL-1"]


def test_an_alarm_that_customers_follow_weighs_more_and_others_less() -> None:
    alarms, card = Alarms(network()), domain("DSL-1/C1")
    first = alarms.take(alarm("DSL-1/C1", 0), card, 0.0)
    assert first is not None
    start = alarms.weight(first, 0.3)
    for n in range(20):
        alarms.take(alarm("DSL-2/C1", n, id=f"x{n}"), domain("DSL-2/C1"), n / 100)
    alarms.learn(10.0)
    assert alarms.weight(first, 0.3) < start


def test_weights_are_clipped_and_zero_where_the_rule_says_nothing() -> None:
    alarms = Alarms(network())
    first = alarms.take(alarm("DSL-1/C1", 0), domain("DSL-1/C1"), 0.0)
    assert first is not None
    assert alarms.weight(first, 0.0) == 0.0
    assert -2.0 <= alarms.weight(first, 1e-6) <= alarms.weight(first, 1.0) <= 8.0


def test_children_that_alarm_together_speak_for_their_parent() -> None:
    alarms, parent = Alarms(network()), domain("DSL-1")
    weights = []
    for c in range(1, 7):
        alarms.take(alarm(f"DSL-1/C{c}", c), domain(f"DSL-1/C{c}"), 1.0)
        weights.append(alarms.children_weight(parent, 0.5, 1.0))
    assert weights[0] == 0.0
    assert weights[1:] == sorted(weights[1:])
    assert weights[-1] > 3.0


# ---------------------------------------------------------------------- ids, incidents, state


def test_an_id_is_the_utc_day_and_a_hash_of_trigger_and_domain() -> None:
    one = incident_id(at(0), "e1", "DSL-1")
    assert one.startswith("GI-20260303-")
    assert len(one) == len("GI-20261122-7f3a91c2")
    assert one == incident_id(at(30), "e1", "DSL-1")
    assert one != incident_id(at(0), "e2", "DSL-1")
    assert one != incident_id(at(0), "e1", "DSL-2")
    assert incident_id(at(15 * 60) - 1, "e1", "DSL-1") == one  # 23:59:59.999 UTC
    assert incident_id(at(15 * 60), "e1", "DSL-1").startswith("GI-20260304-")


def live() -> Live:
    return Live(
        number=1, id="GI", rule=0, domain=0, first_domain=0, state=State.OPEN, symptom="no-sync",
        unnamed=-1, created=0, onset=0, onset_tau=0.0, reason=Reason(ReasonCode.BURST),
        customers=30, calls=5.0, exposure=10.0, filter_tau=0.0, last_tau=0.0, gap=0.1,
    )  # fmt: skip


def test_the_rate_of_an_incident_fades_and_rises_with_its_callers() -> None:
    one = live()
    rates = [one.rate(tau) for tau in (0.0, 0.5, 1.0, 5.0)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 0.5
    one.count(1.0, at(60), 0, 1.0)
    assert one.rate(1.0) > rates[2]


def test_looking_at_the_rate_changes_nothing() -> None:
    one, other = live(), live()
    other.rate(3.0)
    other.count(2.0, at(120), 0, 0.0)
    assert other.rate(4.0) == pytest.approx(one.rate(4.0))


def failing_for_two_units() -> Live:
    """Return an incident with a call each 0.02 τ for one τ, then one each 0.2 τ."""
    one = live()
    one.fitted(0.0, 0.5)
    for n in range(1, 51):
        one.count(0.02 * n, 0, 0, 1.0)
    for n in range(1, 6):
        one.count(1.0 + 0.2 * n, 0, 0, 0.1)
    return one


def test_who_is_heard_of_later_met_the_rate_of_his_own_time() -> None:
    one = failing_for_two_units()
    assert one.rate(0.01) == 0.5
    assert one.rate(0.9) > 5 * one.rate(1.99)
    assert one.rate(0.9) == pytest.approx(50 / 30, rel=0.2)  # 50 calls per τ of 30 lines


def test_a_rate_learned_anew_leaves_what_was_before() -> None:
    one = failing_for_two_units()
    before = one.rate(0.5)
    one.fitted(0.8, 9.0)
    assert (one.rate(0.5), one.rate(0.85)) == (before, 9.0)


def test_what_is_kept_of_a_rate_is_bounded() -> None:
    one = live()
    one.fitted(0.0, 0.5)
    for n in range(5_000):
        one.count(0.1 * n, 0, 0, 1.0)
    assert len(one.history) <= 400
    assert [tau for tau, _ in one.history] == sorted(tau for tau, _ in one.history)
    assert one.history[0] == (0.0, 0.5)


def test_the_primary_parent_is_the_smallest_domain_above() -> None:
    parents = primary_parents(network())
    name = network().name
    assert {name(int(parents[domain(card)])) for card in cards()} == {
        f"DSL-{d}" for d in range(1, 6)
    }
    assert name(int(parents[domain("DSL-1")])) == "AGG-1"
    assert name(int(parents[domain("DSL-5")])) == "*"
    assert name(int(parents[domain("*")])) == "*"


def seen(name: str, customer: str, minute: float) -> Seen:
    return Seen(
        ticket=name, event_id=name, customer=customer, domains=(0,), symptom=0, arrived=at(minute),
        occurred=at(minute), tau=minute / 60, rate=1e-4, counted=True,
    )  # fmt: skip


def test_when_a_repeat_is_forgotten_the_customers_earlier_ticket_is_the_last_again() -> None:
    recent = Recent(8)
    recent.add(seen("T1", "C1", 0))
    recent.add(seen("T2", "C1", 1))
    recent.forget("T2")
    last = recent.last_of("C1")
    assert last is not None
    assert last.ticket == "T1"


def test_a_spent_ticket_explains_nothing_any_more() -> None:
    recent = Recent(8)
    recent.add(one := seen("T1", "C1", 0))
    recent.explain(one, 3, 0.5)
    recent.unexplain(one, 3, spend=True)
    assert math.isinf(one.expected())
    assert one.explained() == 0.0


def test_equal_states_are_equal_bytes_and_come_back() -> None:
    state = {"a": np.arange(6.0).reshape(2, 3), "b": [1, "é"], "c": {"x": None}}
    back = load(dump(state))
    assert dump(back) == dump(state)
    assert (back["a"] == state["a"]).all()
    back["a"][0, 0] = 9.0  # an array of its own, that can be written to


def test_a_snapshot_of_another_version_is_refused() -> None:
    with pytest.raises(SnapshotError, match="another version"):
        load(dump({}).replace(b"version" + bytes([VERSION]), b"version\x63"))


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        dump({"a": object()})


# --------------------------------------------------------------------------------- settings


@pytest.mark.parametrize("dial", [0.0, -1.0, float("nan")])
def test_a_dial_must_be_above_zero(dial: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        EngineSettings(false_incidents_per_week=dial)


@pytest.mark.parametrize("zone", ["Europe/Pariis", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no such zone"):
        EngineSettings(timezone=zone)


# ------------------------------------------------------------------------------ what is expected


def expected_with(**more: Any) -> list[float]:
    """Return λ on every row that a ticket of one line meets."""
    parts = Parts(network(), catalog(), EngineSettings(), lambda _effect: None)
    domains = network().domains_of(customers_of("DSL-1/C1")[0]) or ()
    symptom = parts.symptom("no-internet")
    seen = Seen(
        ticket="T", event_id="t", customer="c", domains=domains, symptom=symptom, arrived=at(0),
        occurred=at(0), tau=1.0, rate=0.001, counted=True, **{"parts": {}, **more},
    )  # fmt: skip
    return list(parts.row_terms(parts.rows(domains, symptom), seen)[1])


def test_a_rate_that_follows_the_callers_is_expected_a_standard_deviation_higher() -> None:
    """It is known from some fifteen of them; planned works are not counted but assumed."""
    usual, planned_too = expected_with(), expected_with(planned=0.01)
    incident_too = expected_with(parts={1: 0.01})
    works_add, incident_adds = (
        [a - b for a, b in zip(found, usual, strict=True)] for found in (planned_too, incident_too)
    )
    assert usual
    assert incident_adds == pytest.approx([(1 + 15**-0.5) * add for add in works_add])
