"""Why an incident, why (not) a ticket: the stored numbers, in both languages."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from correlator.adapters.sql import Queries, open_store
from correlator.formats.times import to_rfc3339
from correlator.formats.wording import Language, number, percent, reason_prose, signed, typeset
from correlator.model import (
    Answer,
    Change,
    Evidence,
    Incident,
    Level,
    Link,
    LinkState,
    Reason,
    ReasonCode,
    Rival,
    Ticket,
    TicketKept,
    Verdict,
    Window,
)
from correlator.tools import explain as explaining
from correlator.tools.explain import Explanation, UnknownIdError, explain

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


def words(key: str, language: Language) -> str:
    return explaining._LABELS[key][LANGUAGES.index(language)]


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
    assert reason_prose(widest.reason, language) in texts
    assert typeset(widest.wordings[language], language) in texts
    assert widest.rule in texts
    assert widest.announced is not None
    when = row(told, {"fr": "quand", "en": "when"}[language])
    assert to_rfc3339(widest.onset) in when
    assert to_rfc3339(widest.announced) in when
    in_all = row(told, {"fr": "en tout", "en": "in all"}[language])
    assert f" {widest.observed}" in in_all
    assert number(widest.expected, language) in in_all


def evidence_of(incident: Incident) -> Evidence:
    assert incident.evidence is not None
    return incident.evidence


@pytest.mark.parametrize("language", LANGUAGES)
def test_calls_are_shown_by_window_as_observed_and_expected(
    queries: Queries, told: list[Incident], language: Language
) -> None:
    for incident in told:
        text = row(explain(queries, incident.id, language), words("windows", language))
        minutes, observed, expected = (line.split() for line in text.splitlines())
        windows = evidence_of(incident).windows
        assert minutes[1::2] == [str(window.minutes) for window in windows]
        assert observed[1:] == [number(window.observed, language) for window in windows]
        assert expected[1:] == [number(window.expected, language) for window in windows]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_is_shown_with_what_was_asked_of_it(
    queries: Queries, told: list[Incident], language: Language
) -> None:
    for incident in told:
        shown, found = explain(queries, incident.id, language), evidence_of(incident)
        assert found.level is not None
        level = row(shown, words("level", language))
        assert level.startswith(number(found.level.value, language) + ",")
        assert f" {number(found.level.threshold, language)} " in level
        assert percent(found.dial_share, language) in level
        gain = row(shown, words("gain", language))
        assert gain.startswith(f"{signed(found.gain, language)} nats, ")
        assert signed(found.alarm_gain, language) in gain
        assert number(found.call_rate, language) in gain
        lines = row(shown, words("lines", language))
        assert lines.startswith(number(incident.customers, language))
        assert number(found.silent, language) in lines


def test_alarms_are_shown_with_their_weight_and_the_rest_counted(
    queries: Queries, widest: Incident
) -> None:
    found = evidence_of(widest)
    lines = row(explain(queries, widest.id, "en"), "alarms").splitlines()
    assert len(widest.alarms) >= found.alarm_count > 3
    assert lines.pop() == f"and {found.alarm_count - 3} more"
    for line, alarm in zip(lines, found.alarms[:3], strict=True):
        assert line.startswith(f"{alarm.alarm}: ")
        own = alarm.domain == found.domain
        assert (f": {signed(alarm.weight, 'en')} nats," in line) == own
        assert (": below," in line) != own


def test_a_rival_outside_the_network_is_said_in_words(widest: Incident) -> None:
    elsewhere = msgspec.structs.replace(widest.rivals[0], domain="*", type="*")
    incident = msgspec.structs.replace(widest, rivals=(elsewhere,))
    words_of = {"fr": "hors du réseau", "en": "outside the network"}
    for language in LANGUAGES:
        shown = explaining._rivals(incident, explaining._Words(language))
        assert words_of[language] in shown
        assert "* (*)" not in shown


def test_every_rival_is_shown_with_its_numbers(queries: Queries, widest: Incident) -> None:
    lines = row(explain(queries, widest.id, "en"), "rivals").splitlines()[1:]
    assert len(lines) == len(widest.rivals) > 0
    for line, rival in zip(lines, widest.rivals, strict=True):
        assert line.startswith(f"{rival.domain} ({rival.type})")
        assert rival.silent == rival.customers - rival.callers
        figures = [signed(rival.gain, "en"), signed(rival.alarm_gain, "en")]
        figures += [number(rival.callers, "en"), number(rival.silent, "en")]
        assert line.split()[-4:] == figures


def test_the_last_changes_are_told_and_the_earlier_ones_counted(
    queries: Queries, widest: Incident
) -> None:
    lines = row(explain(queries, widest.id, "en"), "journal").splitlines()
    stored = queries.journal_of("incident", widest.id)
    assert len(stored) > len(lines) == 4
    assert lines[0].endswith(f"(and {len(stored) - 4} before)")
    for line, change in zip(lines, stored[-4:], strict=True):
        assert line.startswith(f"{to_rfc3339(change.time)} {change.actor}: {change.field} ")


def test_linked_tickets_are_counted_whole_and_listed_in_part(
    queries: Queries, widest: Incident
) -> None:
    text = row(explain(queries, widest.id, "en"), "linked tickets")
    links = queries.links_of_incident(widest.id)
    linked = [link.ticket for link in links if link.state is LinkState.LINKED]
    count, _, names = text.partition(": ")
    assert int(count) == len(linked) == widest.linked > 8
    assert names == ", ".join(linked[:8]) + " …"


def test_what_is_over_says_why(queries: Queries, widest: Incident) -> None:
    assert widest.ended is not None
    ended = reason_prose(widest.ended, "fr")
    assert row(explain(queries, widest.id, "fr"), "état").endswith(f" — {ended}")


def test_a_surge_from_outside_has_no_equipment(queries: Queries, outside: Incident) -> None:
    assert row(explain(queries, outside.id, "fr"), "cause") == "hors du réseau"
    assert row(explain(queries, outside.id, "en"), "cause") == "outside the network"


def test_a_cause_that_was_revised_is_shown_beside_the_first(
    queries: Queries, told: list[Incident]
) -> None:
    for incident in told:
        revised = incident.first_domain != incident.domain
        assert ("first cause" in labels(explain(queries, incident.id, "en"))) == revised


def test_the_languages_differ_in_words_not_in_facts(queries: Queries, widest: Incident) -> None:
    french, english = (explain(queries, widest.id, language) for language in LANGUAGES)
    assert len(french.rows) == len(english.rows)
    assert set(labels(french)) & set(labels(english)) <= {"cause", "journal"}
    assert french.values == english.values


def test_programs_get_the_whole_incident(queries: Queries, widest: Incident) -> None:
    values = msgspec.json.decode(msgspec.json.encode(explain(queries, widest.id, "fr").values))
    assert set(values) == {"incident", "links", "journal"}
    assert msgspec.convert(values["incident"], Incident) == widest
    assert values["incident"]["evidence"]["windows"][0]["minutes"] == 5
    links = msgspec.convert(values["links"], list[Link])
    assert links == queries.links_of_incident(widest.id)
    assert len(values["journal"]) == len(queries.journal_of("incident", widest.id))


# ----------------------------------------------------------------- what is printed was stored


class Stored:
    """A store that holds one incident, or one ticket with its answer, exactly as given."""

    def __init__(self, *found: Incident | TicketKept | Verdict | Link) -> None:
        self._found = found

    def _of(self, kind: type) -> list[Any]:
        return [one for one in self._found if isinstance(one, kind)]

    def incident(self, _: str) -> Incident | None:
        return next(iter(self._of(Incident)), None)

    def ticket(self, _: str) -> TicketKept | None:
        return next(iter(self._of(TicketKept)), None)

    def verdict_of(self, _: str) -> Verdict | None:
        return next(iter(self._of(Verdict)), None)

    def links_of_incident(self, _: str) -> list[Link]:
        return self._of(Link)

    def links_of_ticket(self, _: str) -> list[Link]:
        return self._of(Link)

    def journal_of(self, _subject: str, _id: str) -> list[Change]:
        return []


def screen_of(language: Language, *found: Incident | TicketKept | Verdict | Link) -> str:
    return "\n".join(explain(cast("Queries", Stored(*found)), "x", language).screen())


def numbers_of(value: Any) -> Iterator[tuple[tuple[str | int, ...], float]]:
    """Yield the path and value of every number below a plain value, dates left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if isinstance(inner, dict | list):
            yield from (((key, *path), number) for path, number in numbers_of(inner))
        elif isinstance(inner, float | int) and key not in {"time", "raised"}:
            yield (key,), inner


def with_number(incident: Incident, path: tuple[str | int, ...], value: float) -> Incident:
    plain = msgspec.to_builtins(incident)
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return msgspec.convert(plain, Incident)


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_stored_number_is_another_printed_number(
    widest: Incident, language: Language
) -> None:
    """Nothing is worked out again: every number shows as it was kept, whatever the others say."""
    incident = msgspec.structs.replace(widest, healthy=3, siblings=5)
    before = screen_of(language, incident)
    plain = msgspec.to_builtins(incident)
    kept = {key: plain[key] for key in ("evidence", "healthy", "siblings", "observed", "customers")}
    paths = [path for path, _ in numbers_of(kept)]
    rivals = [("rivals", *path) for path, _ in numbers_of(plain["rivals"])]
    shown = 0
    for path in [*paths, *rivals]:
        if path[:2] == ("evidence", "alarms") or path[-1] == "customers" != path[0]:
            continue  # only the first alarms are listed; a rival's size is told by its silent lines
        after = screen_of(language, with_number(incident, path, 9_876))
        assert after != before, path
        assert number(9_876, language) in after or path[-1] in {"dial_share", "alarm_count"}
        shown += 1
    assert shown > 20


def test_an_incident_kept_without_evidence_still_shows_what_there_is(widest: Incident) -> None:
    old = msgspec.structs.replace(widest, evidence=None)
    text = screen_of("en", old)
    assert f"{old.reason.numbers['gain']:g} nats" in text
    assert "statistic" not in text


def test_rows_of_before_still_decode() -> None:
    rival = {"domain": "A", "type": "dslam", "gain": 1.0, "callers": 2, "customers": 9}
    assert msgspec.convert(rival, Rival).silent is None


# ------------------------------------------------------------------------------------ the screen


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_fits_one_screen(
    queries: Queries, verdicts: list[Verdict], language: Language
) -> None:
    for subject in [i.id for i in queries.incidents()] + [v.ticket for v in verdicts[::40]]:
        lines = explain(queries, subject, language).screen()
        assert len(lines) <= 40
        assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_even_an_incident_with_too_much_of_everything_fits(
    widest: Incident, language: Language
) -> None:
    found, long = evidence_of(widest), "DOMAINE-AU-TRÈS-LONG-NOM-" * 4
    rivals = tuple(msgspec.structs.replace(r, domain=long + str(n), gain=-1e9)
                   for n, r in enumerate(widest.rivals))  # fmt: skip
    level = Level(long, "une-règle-au-nom-très-long", 1e300, 1e300)
    full = msgspec.structs.replace(
        widest,
        domain=long,
        first_domain="x",
        equivalents=(long,) * 9,
        rivals=rivals,
        wordings={"fr": "mot " * 300, "en": "word " * 300},
        evidence=msgspec.structs.replace(
            found, windows=tuple(Window(m, 10**9, 1e9) for m in (15, 30, 60, 120, 240)),
            level=level, alert=level,
        ),
    )  # fmt: skip
    lines = screen_of(language, full).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_french_is_set_as_french(queries: Queries, told: list[Incident]) -> None:
    for incident in told:
        lines = "\n".join(explain(queries, incident.id, "fr").screen())
        assert not re.search(r"(?<! ) [;:?!%»](?:\s|$)|« ", lines)  # a space that could break
        assert not re.search(r"(?<![\w.:-])\d+\.\d+(?![\d.:Z-])", lines)  # a decimal point


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
    (text,) = [text for label, text in told.rows if label == words("link", language)]
    state = {"fr": "rattaché", "en": "linked"}[language]
    assert text.startswith(f"{state} → {widest.id}")
    assert reason_prose(link.reason, language) in text
    assert percent(link.probability, language) in text
    assert percent(link.reason.numbers["needed"], language) in text
    assert number(link.reason.numbers["incident_rate"], language) in text
    kept = queries.ticket(link.ticket)
    assert kept is not None
    assert row(told, "ticket").startswith(f"{kept.ticket.customer}, {kept.symptom}")
    assert kept.ticket.text in row(told, "ticket")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", [Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.RESTORED])
def test_the_answer_at_call_time_is_the_stored_one(
    queries: Queries, verdicts: list[Verdict], answer: Answer, language: Language
) -> None:
    verdict = first(verdicts, answer)
    text = row(explain(queries, verdict.ticket, language), words("answer", language))
    said = explaining._WORDS_FOR[answer][LANGUAGES.index(language)]
    assert text.startswith(f"{to_rfc3339(verdict.time)} {said}")
    assert text.endswith(reason_prose(verdict.reason, language))
    assert verdict.cause in text
    assert verdict.incident in text
    if verdict.incident:
        assert f", {percent(verdict.probability, language)} — " in text


KEPT_OUT = {
    ReasonCode.TOO_IMPROBABLE: {"incident": "GI-1", "probability": 0.03, "needed": 0.2},
    ReasonCode.OTHER_SYMPTOM: {
        "incident": "GI-1", "domain": "DSL-1", "symptom": "no-tv", "probability": 0.03,
        "needed": 0.2,
    },
    ReasonCode.NOT_BELOW: {
        "incident": "GI-1", "domain": "DSL-1", "below": 412, "shared": "AGG-1", "lines": 6741,
    },
    ReasonCode.BEFORE_ONSET: {"incident": "GI-1", "domain": "DSL-1", "minutes": 37},
    ReasonCode.AFTER_END: {
        "incident": "GI-1", "domain": "DSL-1", "minutes": 239, "probability": 0.03, "needed": 0.2,
    },
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", KEPT_OUT)
def test_what_kept_a_ticket_out_and_by_how_much(code: ReasonCode, language: Language) -> None:
    kept = TicketKept(Ticket("T1", 1, 1, "e", "C1", "slow", "lent"), "slow", known=True)
    numbers: dict[str, Any] = KEPT_OUT[code]
    text = screen_of(language, kept, Verdict("T1", 1, Answer.NO, Reason(code, numbers)))
    flat = " ".join(text.split())
    assert "GI-1" in flat
    for name, value in numbers.items():
        if name in {"probability", "needed"}:
            assert " ".join(percent(value, language).split()) in flat
        else:
            shown = value if isinstance(value, str) else number(value, language)
            assert " ".join(shown.split()) in flat


def test_a_ticket_that_points_nowhere_says_so(queries: Queries, verdicts: list[Verdict]) -> None:
    nowhere = next(v for v in verdicts if v.reason.code is ReasonCode.NO_CUSTOMER)
    told = explain(queries, nowhere.ticket, "en")
    assert row(told, "ticket").startswith("–, ")
    assert row(told, "answer at call time").endswith("ticket without a customer")


@pytest.mark.parametrize(
    ("language", "shown"),
    [("fr", "C7, no-sync (saisi : billing)"), ("en", "C7, no-sync (typed: billing)")],
)
def test_a_category_that_was_not_believed_is_shown_beside_what_was(
    language: Language, shown: str
) -> None:
    ticket = Ticket(
        id="T7", arrived=0, occurred=0, event_id="E", customer="C7", symptom="billing",
        text="plus de synchro",
    )  # fmt: skip
    lines = screen_of(language, TicketKept(ticket, "no-sync", known=True))
    assert shown in " ".join(lines.split())
    same = screen_of(language, TicketKept(ticket, "billing", known=True))
    assert "C7, billing :" in " ".join(same.split()) or "C7, billing:" in " ".join(same.split())


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
