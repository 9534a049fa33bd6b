"""Each kind of evidence earns its place: the same story with it and without it."""

from correlator.engine import EngineSettings
from tests.builders import (
    Desk,
    alarm,
    calls,
    customers_of,
    ordinary,
    spread,
    ticket,
    under,
    works,
)

CARD = customers_of("DSL-1/C1")
WEEK = 7 * 24 * 60
NO_ALARMS = EngineSettings(use_alarms=False)
NO_EXPLAINING = EngineSettings(use_explaining_away=False)
NO_LEARNING = EngineSettings(use_learned_rates=False)
NO_TEXT = EngineSettings(use_text=False)


def test_alarms_bring_the_announcement_and_the_onset_forward() -> None:
    raised = alarm("DSL-1/C1", 2)
    story = [raised, *calls(spread(CARD, 7), 5, 6, ("no-sync", "no-internet"))]
    sooner, later = Desk().feed(story), Desk(NO_ALARMS).feed(story)
    assert sooner.causes() == later.causes() == ["DSL-1/C1"]
    first, second = sooner.incident(), later.incident()
    assert sooner.minute_of(first) < later.minute_of(second)
    assert first.onset == raised.occurred < second.onset


def test_explaining_away_keeps_one_outage_from_alerting_again_and_again() -> None:
    story = calls(spread(under("AGG-1"), 40), 0, 1, ("no-internet", "no-internet", "no-tv"))
    with_it, without = Desk().feed(story), Desk(NO_EXPLAINING).feed(story)
    assert with_it.causes() == ["AGG-1"]
    assert with_it.suppressed() == []
    assert len(without.announced()) + len(without.suppressed()) > 4


def test_explaining_away_keeps_planned_works_from_alerting() -> None:
    story = [works("DSL-1", -10, 0, 60), *calls(spread(under("DSL-1"), 12), 2, 4)]
    with_it, without = Desk().feed(story), Desk(NO_EXPLAINING).feed(story)
    assert with_it.announced() == with_it.suppressed() == []
    assert without.announced() or without.suppressed()


def test_learned_rates_know_a_place_that_always_calls_more() -> None:
    old_copper = customers_of("DSL-4/C2")
    noisy = [
        ticket(old_copper[n * 7 % 30], minute, ("slow", "no-sync", "no-internet")[n % 3])
        for n, minute in enumerate(range(0, WEEK, 61))
        if 8 <= (10 + minute // 60) % 24 < 22
    ]
    story = [*ordinary(0, WEEK), *noisy]
    assert Desk().feed(story).announced() == []
    assert len(Desk(NO_LEARNING).feed(story).announced()) >= 3


def test_text_names_the_card_where_no_agent_has_named_the_trouble() -> None:
    sentences = ("plus de synchro depuis ce matin", "la box ne synchronise plus, voyant rouge")
    story = [
        ticket(customer, 4 * n, None, text=sentences[n % 2])
        for n, customer in enumerate(spread(CARD, 8))
    ]
    with_text, without = Desk().feed(story), Desk(NO_TEXT).feed(story)
    assert with_text.causes() == ["DSL-1/C1"]
    assert with_text.incident().symptom == "no-sync"
    assert without.incident().symptom != "no-sync"
    assert without.incident().announced > with_text.incident().announced
