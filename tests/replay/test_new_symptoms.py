"""A trouble that nobody has named yet: from its texts to an incident that quotes them."""

from collections.abc import Sequence

import pytest

from correlator.engine import EngineSettings
from correlator.formats.wire import service_problem
from correlator.formats.wording import reason_text
from correlator.model import DAY, MINUTE, Event, Incident, TicketKept
from tests.builders import (
    Desk,
    calls,
    customers_of,
    ordinary,
    spread,
    ticket,
    under,
)
from tests.unit.test_clusters import CENTRAL, VAGUE

NAME = "~centrale-telesurveillance"


def says(
    customers: Sequence[str], start: float, every: float, texts: Sequence[str] = CENTRAL
) -> list[Event]:
    """Return one ticket without a category per customer, so many minutes apart."""
    return [
        ticket(customer, start + n * every, None, text=texts[n % len(texts)])
        for n, customer in enumerate(customers)
    ]


def raised(where: str = "DSL-2", count: int = 14, every: float = 3) -> tuple[Desk, Incident]:
    desk = Desk().feed(says(spread(under(where), count), 0, every)).until(60)
    return desk, desk.incident()


@pytest.mark.parametrize(("where", "count"), [("DSL-2", 14), ("TV", 25), ("AGG-1", 16)])
def test_a_trouble_nobody_has_named_ends_in_an_incident(where: str, count: int) -> None:
    desk, incident = raised(where, count)
    assert (incident.domain, incident.symptom) == (where, NAME)
    assert desk.minute_of(incident) <= 45


def test_the_cell_is_shown_typical_sentences_in_both_languages() -> None:
    _, incident = raised()
    french, english = (reason_text(incident.reason, language) for language in ("fr", "en"))
    for sentence in incident.reason.numbers["sentences"]:
        assert f"« {sentence} »" in french
        assert f"“{sentence}”" in english
    assert "on nous dit" in french
    assert service_problem(incident, None)["description"] == french


def test_the_tickets_that_made_the_cluster_count_and_are_linked() -> None:
    desk, incident = raised()
    assert len(desk.linked(incident)) >= 12
    kept = {one.ticket.id: one.symptom for one in desk.of(TicketKept)}
    assert set(kept.values()) == {NAME}


def test_later_callers_get_the_answer_at_once() -> None:
    desk, incident = raised()
    late = customers_of("DSL-2/C4")[1]
    desk.feed(ticket(late, 61, None, id="late", text="centrale de télésurveillance muette"))
    assert desk.verdict("late").incident == incident.id


def test_five_callers_with_new_words_from_all_over_are_no_incident() -> None:
    desk = Desk().feed(says(spread(under("*"), 10), 0, 25)).until(400)
    assert desk.new_symptoms() == [NAME]
    assert desk.announced() == []


@pytest.mark.parametrize("seed", range(4))
def test_vague_texts_make_no_symptom_and_random_places_no_incident(seed: int) -> None:
    places = spread(under("*")[seed::5], 40)
    desk = Desk().feed(says(places, 0, 15, VAGUE[seed:])).until(700)
    assert desk.new_symptoms() == []
    assert desk.announced() == []


def test_its_usual_rate_is_what_it_has_been_so_far() -> None:
    """Once it is heard every day from everywhere, a few callers in one place are nothing."""
    usual = says(spread(under("*"), 60), -8 * 1_440, 190)
    few = says(spread(under("TV"), 4), 5, 20)
    desk = Desk(cold=True).feed(ordinary(-8 * 1_440, 0), usual).until(1)
    assert desk.rate(NAME) * 900 * 8 * 24 == pytest.approx(60, rel=0.3)
    assert desk.feed(few).until(120).announced() == []


def test_a_snapshot_takes_the_same_decisions() -> None:
    events = says(spread(under("DSL-2"), 14), 0, 3)
    whole = Desk().feed(events).until(60)
    for cut in (3, 6, 9):
        first = Desk().feed(events[:cut])
        second = Desk()
        assert second.engine.restore(first.engine.snapshot())
        second.feed(events[cut:]).until(60)
        assert second.engine.snapshot() == whole.engine.snapshot()
        assert [one.id for one in second.announced()] == [one.id for one in whole.announced()]


def test_an_incident_of_a_named_rule_learns_the_words_of_its_callers() -> None:
    """A card dies: the first calls are typed, those after them only say new words."""
    card = spread(customers_of("DSL-3/C2"), 20)
    desk = Desk().feed(calls(card[:5], 0, 3), says(card[5:], 15, 2)).until(62)
    incident = desk.announced()[0]
    assert (incident.domain, incident.rule) == ("DSL-3/C2", "access-line-card")
    assert incident.symptom == NAME
    assert incident.reason.numbers["sentences"]


def test_without_texts_nothing_is_clustered() -> None:
    desk = Desk(EngineSettings(use_text=False)).feed(says(spread(under("DSL-2"), 8), 0, 4))
    desk.until(60)
    assert desk.new_symptoms() == []


def test_a_forgotten_symptom_gives_its_place_to_the_next() -> None:
    desk = Desk().feed(says(spread(under("*"), 6), 0, 30))
    owners = desk.inside.owners
    quarter = 15 * MINUTE
    desk.engine.tick(owners.rates.moment.now // quarter * quarter + quarter)
    index = owners.detector.symptom(NAME).number
    known = len(owners.rates.symptoms)
    desk.engine.tick((owners.rates.moment.now + 30 * DAY) // quarter * quarter)
    assert NAME not in owners.rates.symptoms
    assert owners.detector.symptom("something-else").number == index
    assert len(owners.rates.symptoms) == known
