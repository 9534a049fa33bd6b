"""Why an incident, why (not) a ticket: the stored numbers, in both languages."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from correlator.adapters.sql import Queries, open_store
from correlator.model import Answer, Incident, Link, LinkState, ReasonCode, Verdict
from correlator.times import to_rfc3339
from correlator.tools.explain import Explanation, UnknownIdError, explain
from correlator.wording import Language, reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.worlds import Evening

LANGUAGES: tuple[Language, ...] = ("fr", "en")


@pytest.fixture(scope="module")
def queries(evening: Evening) -> Iterator[Queries]:
    """Return what can be asked of the demo's store."""
    with closing(open_store(evening.store_url)) as store:
        yield store.queries


@pytest.fixture(scope="module")
def told(queries: Queries) -> list[Incident]:
    return [incident for incident in queries.incidents() if incident.announced is not None]


@pytest.fixture(scope="module")
def widest(told: list[Incident]) -> Incident:
    return max(told, key=lambda incident: (len(incident.alarms), incident.customers))


@pytest.fixture(scope="module")
def outside(told: list[Incident]) -> Incident:
    (surge,) = [incident for incident in told if not incident.domain]
    return surge


@pytest.fixture(scope="module")
def verdicts(queries: Queries) -> list[Verdict]:
    return queries.verdicts()


def row(explanation: Explanation, label: str) -> str:
    (text,) = [text for name, text in explanation.rows if name == label]
    return text


def labels(explanation: Explanation) -> list[str]:
    return [name for name, _ in explanation.rows]


# ------------------------------------------------------------------------------------ an incident


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_incident_shows_what_was_stored(
    queries: Queries, widest: Incident, language: Language
) -> None:
    told = explain(queries, widest.id, language)
    texts = [text for _, text in told.rows]
    assert told.title == f"{widest.id} — {widest.names[language]}"
    assert f"{widest.domain} ({widest.domain_type})" in texts
    assert reason_text(widest.reason, language) in texts
    assert to_rfc3339(widest.onset) in texts
    assert widest.announced is not None
    assert to_rfc3339(widest.announced) in texts
    assert f"{widest.observed} / {widest.expected:g}" in texts
    assert str(widest.customers) in texts
    assert ", ".join(widest.alarms) in texts
    assert widest.wordings[language] in texts
    assert widest.rule in texts


def test_every_rival_is_shown_with_its_numbers(queries: Queries, widest: Incident) -> None:
    rivals = [text for name, text in explain(queries, widest.id, "en").rows if name == "rival"]
    assert len(rivals) == len(widest.rivals) > 0
    for text, rival in zip(rivals, widest.rivals, strict=True):
        assert text.startswith(f"{rival.domain} ({rival.type}): {rival.gain:+g} nats")
        assert text.endswith(f"{rival.callers}/{rival.customers}")


def test_the_journal_is_told_from_the_first_line_to_the_last(
    queries: Queries, widest: Incident
) -> None:
    lines = [text for name, text in explain(queries, widest.id, "en").rows if name == "journal"]
    stored = queries.journal_of("incident", widest.id)
    assert len(lines) == len(stored) > 0
    for line, change in zip(lines, stored, strict=True):
        assert line.startswith(f"{to_rfc3339(change.time)} {change.actor}: {change.field} ")


def test_linked_tickets_are_counted_whole_and_listed_in_part(
    queries: Queries, widest: Incident
) -> None:
    text = row(explain(queries, widest.id, "en"), "linked tickets")
    links = queries.links_of_incident(widest.id)
    linked = [link.ticket for link in links if link.state is LinkState.LINKED]
    count, _, names = text.partition(": ")
    assert int(count) == len(linked) == widest.linked > 12
    assert names == ", ".join(linked[:12]) + " …"


def test_what_is_over_says_why(queries: Queries, widest: Incident) -> None:
    assert widest.ended is not None
    assert row(explain(queries, widest.id, "fr"), "fin") == reason_text(widest.ended, "fr")


def test_a_surge_from_outside_has_no_equipment(queries: Queries, outside: Incident) -> None:
    assert row(explain(queries, outside.id, "fr"), "cause") == "hors du réseau"
    assert row(explain(queries, outside.id, "en"), "cause") == "outside the network"


def test_a_cause_that_was_revised_is_shown_beside_the_first(
    queries: Queries, told: list[Incident]
) -> None:
    for incident in told:
        revised = incident.first_domain != incident.domain
        assert ("first cause named" in labels(explain(queries, incident.id, "en"))) == revised


def test_the_languages_differ_in_words_not_in_facts(queries: Queries, widest: Incident) -> None:
    french, english = (explain(queries, widest.id, language) for language in LANGUAGES)
    assert len(french.rows) == len(english.rows)
    assert set(labels(french)) & set(labels(english)) <= {"cause", "journal"}
    assert french.values == english.values
    assert row(french, "observé / attendu") == row(english, "observed / expected")


def test_programs_get_the_whole_incident(queries: Queries, widest: Incident) -> None:
    values = msgspec.json.decode(msgspec.json.encode(explain(queries, widest.id, "fr").values))
    assert set(values) == {"incident", "links", "journal"}
    assert msgspec.convert(values["incident"], Incident) == widest
    links = msgspec.convert(values["links"], list[Link])
    assert links == queries.links_of_incident(widest.id)
    assert len(values["journal"]) == len(queries.journal_of("incident", widest.id))


# -------------------------------------------------------------------------------------- a ticket


def first(verdicts: list[Verdict], answer: Answer) -> Verdict:
    return next(verdict for verdict in verdicts if verdict.answer is answer)


def linked_ticket(queries: Queries, incident: Incident) -> Link:
    links = queries.links_of_incident(incident.id)
    return next(link for link in links if link.state is LinkState.LINKED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_linked_ticket_shows_its_link_with_the_stored_probability(
    queries: Queries, widest: Incident, language: Language
) -> None:
    link = linked_ticket(queries, widest)
    told = explain(queries, link.ticket, language)
    name = {"fr": "lien", "en": "link"}[language]
    links = [text for label, text in told.rows if label == name]
    assert f"linked → {widest.id}: {reason_text(link.reason, language)}" in links
    kept = queries.ticket(link.ticket)
    assert kept is not None
    text = row(told, "ticket")
    assert text.startswith(f"{kept.ticket.customer}, {kept.symptom}: ")
    assert kept.ticket.text in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", [Answer.YES, Answer.NO, Answer.UNKNOWN])
def test_the_answer_at_call_time_is_the_stored_one(
    queries: Queries, verdicts: list[Verdict], answer: Answer, language: Language
) -> None:
    verdict = first(verdicts, answer)
    name = {"fr": "réponse à l'appel", "en": "answer at call time"}[language]
    text = row(explain(queries, verdict.ticket, language), name)
    assert text.startswith(f"{answer.upper()} {verdict.cause} ({verdict.probability:.0%}) — ")
    assert text.endswith(reason_text(verdict.reason, language))


def test_a_ticket_that_points_nowhere_says_so(queries: Queries, verdicts: list[Verdict]) -> None:
    nowhere = next(v for v in verdicts if v.reason.code is ReasonCode.NO_CUSTOMER)
    told = explain(queries, nowhere.ticket, "en")
    assert row(told, "ticket").startswith("–, ")
    assert row(told, "answer at call time").endswith("ticket without a customer")


def test_programs_get_ticket_answer_and_links(queries: Queries, widest: Incident) -> None:
    link = linked_ticket(queries, widest)
    values = msgspec.json.decode(msgspec.json.encode(explain(queries, link.ticket, "en").values))
    assert set(values) == {"ticket", "verdict", "links"}
    assert msgspec.convert(values["verdict"], Verdict) == queries.verdict_of(link.ticket)
    assert link in msgspec.convert(values["links"], list[Link])


# -------------------------------------------------------------------------------------- in general


def test_every_subject_of_the_evening_can_be_explained(
    queries: Queries, verdicts: list[Verdict]
) -> None:
    subjects = [i.id for i in queries.incidents()] + [v.ticket for v in verdicts[::40]]
    for subject in subjects:
        for language in LANGUAGES:
            told = explain(queries, subject, language)
            assert told.rows
            assert not [text for _, text in told.rows if re.search(r"[{}]|\bNone\b|\bnan\b", text)]


@pytest.mark.parametrize("subject", ["GI-20260101-00000000", "T0", "", "' OR 1=1"])
def test_what_is_not_there_is_told(queries: Queries, subject: str) -> None:
    with pytest.raises(UnknownIdError, match=re.escape(repr(subject))):
        explain(queries, subject, "fr")
