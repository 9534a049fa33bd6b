"""What is kept of a decision: the calls, the level, the alarms."""

from itertools import pairwise

import numpy as np
import pytest

from correlator.engine import Engine, EngineSettings
from correlator.engine.localisation import Cause
from correlator.engine.localisation.evidence import spans
from correlator.model import MINUTE, Evidence, Incident, ReasonCode
from tests.builders import (
    START,
    Desk,
    alarm,
    at,
    calls,
    catalog,
    customers_of,
    network,
    spread,
    under,
    works,
)
from topology import Scope

CARD = "DSL-1/C1"


def fault(card: str = CARD, start: float = 0, count: int = 7, every: float = 4) -> list:
    return calls(spread(customers_of(card), count), start, every, ("no-sync", "no-internet"))


def evidence(incident: Incident) -> Evidence:
    assert incident.evidence is not None
    return incident.evidence


@pytest.fixture(scope="module")
def silent() -> Incident:
    """Return a card that died without an alarm."""
    return Desk().feed(fault()).incident()


# ------------------------------------------------------------------------------------ windows


@pytest.mark.parametrize(
    ("age", "windows"),
    [
        (0, (5,)),
        (5, (5,)),
        (6, (5, 15)),
        (18, (5, 15, 30)),
        (60, (5, 15, 30, 60)),
        (119, (5, 15, 30, 60, 120)),
        (121, (15, 30, 60, 120, 240)),
        (900, (15, 30, 60, 120, 240)),
    ],
)
def test_windows_reach_back_to_the_onset_and_no_further(age: int, windows: tuple[int, ...]) -> None:
    assert spans(age * MINUTE) == windows


def test_observed_are_the_calls_of_each_window(silent: Incident) -> None:
    found = evidence(silent)
    minute = (found.time - START) / MINUTE
    made = [n * 4 for n in range(7) if n * 4 <= minute]
    for window in found.windows:
        assert window.observed == sum(minute - window.minutes < m for m in made)
    assert found.windows[-1].observed == found.callers == len(made)


def test_expected_grows_with_the_window_and_is_far_below_what_came(silent: Incident) -> None:
    found = evidence(silent).windows
    assert len(found) >= 2
    for short, long in pairwise(found):
        assert long.expected == pytest.approx(
            short.expected * long.minutes / short.minutes, rel=0.2
        )
    assert 0 < found[-1].expected < 0.2


def test_calls_about_something_else_or_from_elsewhere_do_not_count() -> None:
    bills = calls(customers_of(CARD)[1:20:3], 1, 0.5, ("billing",))
    aside = calls(customers_of("DSL-3/C3")[:1], 1, 1)
    found = evidence(Desk().feed(fault(), bills, aside).incident())
    minute = (found.time - START) / MINUTE
    assert found.windows[-1].observed == sum(n * 4 <= minute for n in range(7))


def test_calls_that_works_or_other_incidents_explain_do_not_count() -> None:
    planned = works("DSL-1/C2", -30, -20, 60)
    desk = Desk().feed(planned, calls(customers_of("DSL-1/C2")[::3], 8, 1), fault())
    windows, live = desk.inside.reasoning.recorder.windows, desk.live(desk.incident())
    assert windows(live)[-1].observed == 7
    live.scope, live.rule = Scope(desk.domain("DSL-1")), desk.rule("access-node")
    assert windows(live)[-1].observed == 7  # not the ten of the card with works
    live.number = -1  # what the card's incident explains is nobody else's evidence
    assert windows(live)[-1].observed < 4


# -------------------------------------------------------------------------------- the statistic


def test_the_level_is_the_one_that_asked_before_the_decision_lowered_it(silent: Incident) -> None:
    found = evidence(silent)
    assert found.level is not None
    assert (found.level.domain, found.level.rule) == (CARD, "access-line-card")
    asked = found.level if found.alert is None else found.alert
    assert asked.value >= asked.threshold > 0


def test_the_dial_asks_what_the_operator_and_the_rule_allow(silent: Incident) -> None:
    stricter = Desk(EngineSettings(false_incidents_per_week=0.5)).feed(fault(count=12)).incident()
    one, other = evidence(silent), evidence(stricter)
    assert one.level is not None
    assert other.level is not None
    assert (one.dial, other.dial) == (2.0, 0.5)
    assert one.dial_share == catalog().rule("access-line-card").dial_share
    assert other.level.threshold == pytest.approx(4 * one.level.threshold, rel=0.05)


def test_an_alert_from_another_row_is_kept_beside_the_level_of_the_cause() -> None:
    desk = Desk().feed(fault())
    live = desk.live(desk.incident())
    cause = Cause(
        live.scope, live.rule, 9.0, 0.35, live.onset_tau, np.zeros(0, np.int64), 0.0, 9.0, 30
    )
    for where in (CARD, "DSL-1"):
        row = desk.inside.owners.detector.streams.rows_on[desk.domain(where)][0]
        live.evidence = None
        live.keep_evidence(desk.inside.reasoning.recorder.of(live, cause, row))
        assert live.evidence is not None
        assert live.evidence.level is not None
        assert live.evidence.level.domain == CARD
        alert = live.evidence.alert
        assert (alert.domain if alert else CARD) == where
        assert (alert is None) == (where == CARD)


def test_gain_and_silence_are_those_of_the_reason(silent: Incident) -> None:
    found, numbers = evidence(silent), silent.reason.numbers
    assert (found.gain, found.alarm_gain) == (numbers["gain"], numbers["alarm_gain"])
    assert (found.callers, found.silent) == (numbers["customers"], numbers["silent"])
    assert found.call_rate == numbers["call_rate"]
    assert found.gain >= found.gain_needed == catalog().rule("access-line-card").cause_gain


def test_rivals_say_what_they_explain_and_how_many_lines_stay_silent(silent: Incident) -> None:
    assert silent.rivals
    for rival in silent.rivals:
        assert rival.silent == rival.customers - rival.callers


# ----------------------------------------------------------------------------------- the alarms


def test_the_causes_own_alarm_has_a_weight_and_those_below_count_together() -> None:
    children = [alarm(f"DSL-2/C{c}", 1, severity="major") for c in range(1, 7)]
    desk = Desk().feed(
        alarm("DSL-2", 1), children, calls(spread(under("DSL-2"), 10), 3, 2, ("no-sync",))
    )
    found = evidence(desk.incident())
    assert found.alarm_count == len(found.alarms) == 7
    own, *below = found.alarms
    assert (own.alarm, own.domain, own.severity) == ("A-DSL-2", "DSL-2", "critical")
    assert own.raised == at(1)
    assert 0 < own.weight <= 8
    assert {one.weight for one in below} == {0.0}
    assert found.alarm_gain > 0


def test_only_the_heaviest_alarms_are_kept_and_all_are_counted() -> None:
    many = [alarm(CARD, 0.1 * n, id=f"A{n}") for n in range(20)]
    found = evidence(Desk().feed(many, fault(start=3)).incident())
    assert (len(found.alarms), found.alarm_count) == (8, 20)


def test_a_predicted_incident_keeps_its_alarm() -> None:
    desk = Desk().feed(alarm("DSL-3/C3", 0)).until(20)
    (candidate,) = desk.candidates()
    found = evidence(candidate)
    assert candidate.reason.code is ReasonCode.PREDICTED
    assert [one.alarm for one in found.alarms] == ["A-DSL-3/C3"]
    assert found.alarms[0].weight >= found.alarm_gain > 0  # it has stood for some minutes
    assert (found.callers, found.windows) == (0, ())
    assert found.silent == candidate.customers


# ------------------------------------------------------------------------------------- its life


def test_what_was_on_the_table_does_not_move_with_later_calls(silent: Incident) -> None:
    desk = Desk().feed(fault())
    desk.feed(calls(customers_of(CARD)[2::3], 40, 1)).until(60)
    later = desk.incident()
    assert later.observed > silent.observed
    assert evidence(later) == evidence(silent)
    assert evidence(later).time == later.announced


def test_another_cause_brings_its_own_evidence() -> None:
    first = calls(customers_of("DSL-1/C1")[::4], 0, 2, ("no-sync",))
    rest = [
        c for n in range(2, 7) for c in calls(customers_of(f"DSL-1/C{n}")[::4], 5, 2, ("no-sync",))
    ]
    desk = Desk().feed(first, rest).until(60)
    for incident in desk.announced():
        assert evidence(incident).domain == incident.domain
    assert any(incident.domain != incident.first_domain for incident in desk.announced())


def test_evidence_survives_a_snapshot() -> None:
    desk = Desk().feed(fault())
    before = desk.engine.snapshot()
    again = Engine(network(), catalog(), EngineSettings())
    again.restore(before)
    assert again.snapshot() == before
    told = [change.incident for change in again.living()]
    assert [evidence(incident) for incident in told] == [evidence(desk.incident())]
    again.tick(again.last_tick + MINUTE if again.last_tick else 0)
    assert [change.incident.evidence for change in again.living()] == [desk.incident().evidence]
