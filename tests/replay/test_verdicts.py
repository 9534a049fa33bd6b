"""What the cell says of incidents moves symptom profiles and alarm weights."""

import pytest

from correlator.engine.state import dump
from correlator.model import Event, RulesChanged, State
from tests.builders import Desk, alarm, at, calls, catalog, customers_of, spread, ticket, under
from tests.replay.test_swaps import quieter

RULE = "access-line-card"
CARD = spread(customers_of("DSL-1/C1"), 12)
SLOW = calls(CARD, 0, 3, ("slow", "slow", "no-sync"))  # a card that fails in an unusual way


def raised(*, alarms: bool = False) -> Desk:
    first = [alarm("DSL-1/C1", -1)] if alarms else []
    desk = Desk().feed(first, SLOW)
    assert desk.incident().rule == RULE
    return desk


def share(desk: Desk, symptom: str, rule: str = RULE) -> float:
    """Return π of a rule."""
    return desk.share(rule, symptom)


def follows(desk: Desk) -> float:
    return desk.alarm_share("line-card/lossOfSignal/critical", 0.3)


def counts(desk: Desk) -> dict[str, float]:
    return desk.taught().get(RULE, {})


def test_a_confirmed_incident_teaches_the_symptoms_of_its_tickets() -> None:
    desk = raised()
    before = share(desk, "slow")
    desk.act("confirm", desk.incident(), 40)
    desk.until(61)
    linked = len(desk.linked(desk.incident()))
    assert sum(counts(desk).values()) == linked
    assert counts(desk)["slow"] >= 6
    expected = (50 * before + counts(desk)["slow"]) / (50 + linked)
    assert share(desk, "slow") == pytest.approx(expected, rel=0.05)
    assert share(desk, "slow", "access-node") == pytest.approx(
        share(raised().until(61), "slow", "access-node")
    )


def test_what_is_linked_after_the_confirmation_teaches_as_well() -> None:
    desk = raised()
    desk.act("confirm", desk.incident(), 20)
    early = sum(counts(desk).values())
    desk.feed(ticket(customers_of("DSL-1/C1")[1], 41, "no-sync")).until(61)
    assert sum(counts(desk).values()) > early


def test_an_incident_that_nobody_judged_teaches_nothing_while_it_lives_and_a_little_after() -> None:
    desk = raised().until(60)
    assert counts(desk) == {}
    desk.until(24 * 60)
    assert desk.incident().state is State.CLOSED
    assert sum(counts(desk).values()) == 0.25 * len(desk.linked(desk.incident()))


def test_a_small_one_that_nobody_judged_teaches_nothing() -> None:
    desk = Desk().feed(SLOW[:6]).until(24 * 60)
    assert desk.incident().state is State.CLOSED
    assert counts(desk) == {}


def test_a_large_one_counts_for_no_more_than_the_rule_itself_is_worth() -> None:
    desk = Desk().feed(calls(spread(under("DSL-3"), 100), 0, 0.4))
    large = max(desk.announced(), key=lambda one: one.linked)
    desk.act("confirm", large, 40)
    desk.until(46)
    assert large.linked > 60
    (counts_of_rule,) = desk.taught().values()
    assert sum(counts_of_rule.values()) == pytest.approx(50.0, abs=2.0)


def test_a_rejected_incident_takes_back_what_it_gave() -> None:
    desk, silent = raised(), raised()
    desk.act("confirm", desk.incident(), 40)
    assert counts(desk)
    desk.act("reject", desk.incident(), 41, reason="false alarm")
    silent.act("reject", silent.incident(), 41, reason="false alarm")
    for one in (desk, silent):
        one.until(50)
        assert counts(one) == {}
    assert share(desk, "slow") == pytest.approx(share(silent, "slow"))


def test_a_link_by_a_person_moves_its_symptom_in_and_an_unlink_out() -> None:
    desk = raised()
    incident = desk.incident()
    desk.feed(ticket(under("DSL-2")[0], 38, "wifi", id="stray"))
    desk.act("link", incident, 40, tickets=("stray",))
    assert counts(desk) == {"wifi": 1.0}
    desk.act("confirm", incident, 41)
    before = counts(desk)
    assert before["wifi"] == 1.0
    desk.act("unlink", incident, 42, tickets=("stray", SLOW[1].id))
    assert counts(desk) == {
        symptom: count - (symptom == "slow")
        for symptom, count in before.items()
        if symptom != "wifi"
    }


def test_a_merged_incident_teaches_through_the_other() -> None:
    desk = raised().feed(calls(spread(customers_of("DSL-3/C4"), 7), 40, 3))
    first, second = desk.announced()
    desk.act("confirm", first, 65)
    desk.act("merge", first, 66, into=second.id)
    desk.until(121)
    tickets = len(desk.linked(second))
    assert 0 < sum(counts(desk).values()) <= tickets


def test_a_confirmed_incidents_alarms_are_believed_sooner() -> None:
    desk, silent = raised(alarms=True), raised(alarms=True)
    desk.act("confirm", desk.incident(), 40)
    for one in (desk, silent):
        one.until(300)
    assert follows(desk) > follows(silent) > 0.3


def test_a_rejected_incidents_alarms_are_believed_later() -> None:
    for minute in (40, 170):  # before and after the outcome of the alarm is booked
        desk = raised(alarms=True).until(minute - 1)
        desk.act("reject", desk.incident(), minute, reason="false alarm")
        desk.until(300)
        assert follows(desk) == pytest.approx(3.0 / 11.0)


def test_a_confirmation_that_is_taken_back_leaves_the_alarms_not_followed() -> None:
    desk = raised(alarms=True)
    desk.act("confirm", desk.incident(), 40)
    desk.act("reject", desk.incident(), 45, reason="false alarm")
    desk.until(300)
    assert follows(desk) == pytest.approx(3.0 / 11.0)


def test_a_refused_action_teaches_nothing() -> None:
    desk = raised()
    assert desk.act("reject", desk.incident(), 40)
    assert counts(desk) == {}
    assert desk.now(desk.incident()).state is State.OPEN


def states(desk: Desk) -> bytes:
    """Return all that the engine keeps, but for the ids of what was done to it."""
    kept = [one for one in desk.inside.components if one.name != "actions"]
    return dump({one.name: one.state() for one in kept})


def test_a_snapshot_remembers_what_was_taught() -> None:
    desk = raised(alarms=True)
    desk.act("confirm", desk.incident(), 40)
    desk.until(60)
    other = Desk()
    assert other.engine.restore(desk.engine.snapshot())
    assert share(other, "slow") == share(desk, "slow")
    assert follows(other) == follows(desk)
    for one in (desk, other):
        one.act("reject", desk.incident(), 70, reason="false alarm")
        one.until(300)
    assert states(desk) == states(other)


def test_what_was_taught_lives_on_under_other_rules() -> None:
    desk = raised()
    desk.act("confirm", desk.incident(), 40)
    taught = counts(desk)
    new = quieter()
    assert new.version != catalog().version
    desk.engine.offer(new)
    desk.feed(RulesChanged("swap", at(45), new.version)).until(50)
    assert counts(desk) == taught
    desk.act("reject", desk.incident(), 55, reason="false alarm")
    assert counts(desk) == {}


BLINKS = "la boite violette clignote toute seule"


def blinking(start: float, count: int, seed: int) -> list[Event]:
    """Return calls from one card about what no example says, without a category."""
    customers = spread(customers_of(f"DSL-{1 + seed % 4}/C{1 + seed % 6}"), count)
    return [
        ticket(name, start + 3 * n, None, text=f"{BLINKS} depuis {n} h", id=f"B{seed}-{n}")
        for n, name in enumerate(customers)
    ]


@pytest.mark.parametrize("confirmed", [True, False])
def test_the_words_of_a_confirmed_incidents_callers_say_its_symptom(*, confirmed: bool) -> None:
    desk = Desk()
    classifier = desk.inside.owners.classifier
    before = classifier.chances(BLINKS)["no-sync"]
    for seed in range(4):
        at_ = seed * 26 * 60.0
        card = customers_of(f"DSL-{1 + seed % 4}/C{1 + seed % 6}")
        desk.feed(calls(spread(card, 8), at_, 2), blinking(at_ + 20, 6, seed))
        incident = desk.announced()[-1]
        if confirmed:
            assert not desk.act("confirm", incident, at_ + 60)
        desk.until(at_ + 26 * 60 - 1)
    learned = [one[:3] for one in classifier.state()["waiting"] if one[2] < 1.0]
    assert {symptom for _, symptom, _ in learned} == ({"no-sync"} if confirmed else set())
    for text, symptom, weight in [*learned, *[("plus de télé", "no-tv", 1.0)] * 200]:
        classifier.learn(text, symptom, weight)
    classifier.train(10**15)
    assert (classifier.chances(BLINKS)["no-sync"] > before + 0.05) is confirmed
