"""Restore times that people promise, texts that they approve, and what else they put on record."""

import pytest

from correlator.model import (
    Audience,
    Band,
    CustomerTold,
    External,
    ExternalMoved,
    ExternalState,
    Incident,
    Journaled,
    Phase,
    Promised,
    PromiseOutcome,
    Restore,
    State,
    TextApproved,
    Told,
    Wording,
    band_of,
)
from tests.builders import Desk, alarm, at, calls, customers_of, spread

FAULT = calls(spread(customers_of("DSL-1/C1"), 7), 0, 4)
SOON, LATER = Restore(at(60), "terrain", "sûre"), Restore(at(90))
DETECTED = Wording(Audience.AGENT, Phase.DETECTED, "Une panne touche votre secteur.", "A fault.")
TIMED = Wording(Audience.AGENT, Phase.TIMED, "Retour à 11 h.")
SHORT = Wording(Audience.SMS, Phase.DETECTED, "Panne en cours.")


def raised() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT)
    return desk, desk.incident()


def predicted() -> tuple[Desk, Incident]:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    return desk, candidate


def outcomes(desk: Desk) -> list[tuple[int, PromiseOutcome | None]]:
    return [(e.promise.n, e.promise.outcome) for e in desk.of(Promised)]


def in_force(desk: Desk) -> dict[Audience, str]:
    """Return what a reader of the texts has by audience, as they came out."""
    found: dict[Audience, str] = {}
    for text in (e.text for e in desk.of(TextApproved)):
        if text.withdrawn is None:
            found[text.wording.audience] = text.wording.fr
        elif found.get(text.wording.audience) == text.wording.fr:
            del found[text.wording.audience]
    return found


# ---------------------------------------------------------------------------------- promises


def test_a_promise_is_part_of_the_incident_and_of_the_journal() -> None:
    desk, incident = raised()
    assert desk.act("promise", incident, 30, restore=SOON, reason="pièce en route") == ""
    promise = desk.now(incident).promise
    assert promise is not None
    assert (promise.n, promise.restore, promise.by, promise.at) == (1, SOON, "anna", at(30))
    assert promise.outcome is None
    assert band_of(desk.now(incident)) is Band.REPAIR
    (row,) = [e.change for e in desk.of(Journaled) if e.change.field == "promise"]
    assert (row.old, row.new, row.reason) == ("", str(at(60)), "pièce en route")


def test_another_promise_takes_its_place() -> None:
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=SOON)
    desk.act("promise", incident, 40, restore=LATER)
    now = desk.now(incident).promise
    assert now is not None
    assert (now.n, now.restore) == (2, LATER)
    assert outcomes(desk) == [(1, None), (1, PromiseOutcome.SUPERSEDED), (2, None)]
    (*_, row) = [e.change for e in desk.of(Journaled) if e.change.field == "promise"]
    assert (row.old, row.new) == (str(at(60)), str(at(90)))


def test_a_promise_whose_time_has_passed_is_missed_whatever_follows() -> None:
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=Restore(at(35)))
    desk.act("promise", incident, 36, restore=LATER)
    assert outcomes(desk) == [(1, None), (1, PromiseOutcome.MISSED), (2, None)]


@pytest.mark.parametrize(
    ("minute", "outcome"),
    [(34, PromiseOutcome.KEPT), (35, PromiseOutcome.KEPT), (35.1, PromiseOutcome.MISSED)],
)
def test_a_promise_is_kept_if_the_incident_is_resolved_by_then(
    minute: float, outcome: PromiseOutcome
) -> None:
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=Restore(at(35)))
    assert desk.act("resolve", incident, minute) == ""
    promise = desk.now(incident).promise
    assert promise is not None
    assert promise.outcome is outcome
    assert outcomes(desk) == [(1, None), (1, outcome)]


def test_the_engine_keeps_a_promise_as_well() -> None:
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=Restore(at(600)))
    assert desk.until(300).now(incident).state in {State.RESOLVED, State.CLOSED}
    assert outcomes(desk) == [(1, None), (1, PromiseOutcome.KEPT)]


def test_a_reopened_incident_has_no_promise_until_there_is_another() -> None:
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=SOON)
    desk.act("resolve", incident, 40)
    desk.act("reopen", incident, 41)
    assert desk.now(incident).promise is None
    desk.act("promise", incident, 42, restore=LATER)
    now = desk.now(incident).promise
    assert now is not None
    assert (now.n, now.outcome) == (2, None)
    assert outcomes(desk) == [(1, None), (1, PromiseOutcome.KEPT), (2, None)]


def test_a_candidate_may_have_a_restore_time() -> None:
    desk, candidate = predicted()
    assert desk.act("promise", candidate, 21, restore=SOON) == ""
    assert desk.now(candidate).promise is not None


def test_nothing_is_promised_of_what_is_over() -> None:
    desk, incident = raised()
    desk.act("resolve", incident, 30)
    before = desk.engine.snapshot()
    assert "resolved" in desk.act("promise", incident, 30, restore=SOON)
    assert desk.engine.snapshot() == before


def test_a_promise_of_what_is_rejected_is_void() -> None:
    """It was no failure: nobody kept or missed anything."""
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=SOON)
    desk.act("reject", incident, 40, reason="coïncidence")
    assert outcomes(desk) == [(1, None), (1, PromiseOutcome.VOID)]


def test_a_promise_needs_a_time() -> None:
    desk, incident = raised()
    assert desk.act("promise", incident, 30) == "promise needs a restore time"


# ------------------------------------------------------------------------------------- texts


def test_a_text_is_approved_for_its_audience_with_the_incident_as_it_stands() -> None:
    desk, incident = raised()
    assert desk.act("say", incident, 30, wording=DETECTED) == ""
    (said,) = desk.of(TextApproved)
    assert (said.text.n, said.text.wording, said.text.by) == (1, DETECTED, "anna")
    assert (said.text.at, said.text.promise, said.text.withdrawn) == (at(30), 0, None)
    assert said.incident == desk.now(incident)
    assert said.incident.texts == 1


def test_another_text_for_the_same_audience_takes_its_place() -> None:
    desk, incident = raised()
    for minute, wording in ((30, DETECTED), (31, SHORT), (32, TIMED)):
        desk.act("say", incident, minute, wording=wording)
    told = [(e.text.n, e.text.withdrawn) for e in desk.of(TextApproved)]
    assert told == [(1, None), (2, None), (1, at(32)), (3, None)]
    assert in_force(desk) == {Audience.AGENT: TIMED.fr, Audience.SMS: SHORT.fr}
    assert desk.now(incident).texts == 3
    rows = [e.change for e in desk.of(Journaled) if e.change.field == "text agent"]
    assert [(c.old, c.new) for c in rows] == [("", DETECTED.fr), (DETECTED.fr, TIMED.fr)]


def test_a_text_names_the_promise_in_force() -> None:
    desk, incident = raised()
    desk.act("promise", incident, 30, restore=SOON)
    desk.act("promise", incident, 31, restore=LATER)
    desk.act("say", incident, 32, wording=TIMED)
    desk.act("resolve", incident, 33)
    desk.act("say", incident, 34, wording=Wording(Audience.AGENT, Phase.RESTORED, "Rétabli."))
    promises = [e.text.promise for e in desk.of(TextApproved) if e.text.withdrawn is None]
    assert promises == [2, 0]


def test_texts_hold_while_it_is_resolved_and_are_withdrawn_when_it_is_over() -> None:
    desk, incident = raised()
    desk.act("say", incident, 30, wording=DETECTED)
    desk.act("say", incident, 30, wording=SHORT)
    desk.act("resolve", incident, 31)
    assert len(in_force(desk)) == 2
    desk.act("close", incident, 32)
    assert in_force(desk) == {}
    (*_, last) = desk.of(TextApproved)
    assert (last.incident.state, last.text.withdrawn) == (State.CLOSED, at(32))


@pytest.mark.parametrize("verb", ["reject", "merge"])
def test_texts_of_what_is_rejected_or_merged_are_withdrawn(verb: str) -> None:
    desk = Desk().feed(FAULT, calls(spread(customers_of("DSL-3/C4"), 7), 1, 4))
    one, other = sorted(desk.announced(), key=lambda incident: incident.domain)
    desk.act("say", one, 40, wording=DETECTED)
    assert desk.act(verb, one, 41, reason="essai", into=other.id) == ""
    assert in_force(desk) == {}


def test_what_is_reopened_has_no_text_until_another_is_approved() -> None:
    desk, incident = raised()
    desk.act("say", incident, 30, wording=DETECTED)
    desk.act("resolve", incident, 31)
    desk.act("close", incident, 32)
    desk.act("reopen", incident, 33)
    assert in_force(desk) == {}
    desk.act("say", incident, 34, wording=TIMED)
    (*_, last) = desk.of(TextApproved)
    assert (last.text.n, in_force(desk)) == (2, {Audience.AGENT: TIMED.fr})


def test_nothing_is_said_of_a_candidate() -> None:
    desk, candidate = predicted()
    before = desk.until(21).engine.snapshot()
    told = "nothing is said of an incident that is candidate"
    assert desk.act("say", candidate, 21, wording=DETECTED) == told
    assert desk.engine.snapshot() == before
    assert desk.of(TextApproved) == []


def test_a_text_needs_words() -> None:
    desk, incident = raised()
    assert desk.act("say", incident, 30) == "say needs a wording"


# ------------------------------------------------------------------------- what else is kept


def test_a_note_is_in_the_journal_and_changes_nothing_else() -> None:
    desk, incident = raised()
    before = desk.until(30).now(incident)
    assert desk.act("note", incident, 30, text="le technicien rappelle à 11 h") == ""
    (row,) = [e.change for e in desk.of(Journaled) if e.change.field == "note"]
    assert (row.subject_id, row.new, row.actor) == (
        incident.id,
        "le technicien rappelle à 11 h",
        "anna",
    )
    assert desk.now(incident) == before
    assert desk.act("note", incident, 31) == "note needs a text"


def test_a_ticket_at_another_operator_is_followed_by_its_number() -> None:
    desk, incident = raised()
    sent = External("nord", "4471", ExternalState.SENT)
    other = External("nord", "4472", ExternalState.SENT)
    accepted = External("nord", "4471", ExternalState.ACCEPTED)
    for minute, external in ((30, sent), (31, other), (32, accepted)):
        assert desk.act("external", incident, minute, external=external) == ""
    moved = [(e.n, e.external.state, e.by, e.at) for e in desk.of(ExternalMoved)]
    assert moved == [
        (1, ExternalState.SENT, "anna", at(30)),
        (2, ExternalState.SENT, "anna", at(31)),
        (1, ExternalState.ACCEPTED, "anna", at(32)),
    ]
    assert desk.now(incident).externals == (accepted, other)
    (*_, row) = [e.change for e in desk.of(Journaled) if e.change.field == "external"]
    assert (row.old, row.new) == ("sent", "nord 4471: accepted")
    assert desk.act("external", incident, 33) == "external needs a ticket of the other operator"


def test_an_incident_waits_for_the_other_operator_until_they_have_answered() -> None:
    desk, incident = raised()
    desk.act("acknowledge", incident, 29)
    bands = []
    for n, state in enumerate(ExternalState):
        desk.act("external", incident, 30 + n, external=External("nord", "4471", state))
        bands.append(band_of(desk.now(incident)))
    assert bands == [Band.REPAIR, Band.REPAIR, Band.CONFIRMED, Band.CONFIRMED]


def test_who_was_told_what_is_kept_and_changes_nothing() -> None:
    desk, incident = raised()
    before = desk.until(30).now(incident)
    told = Told("DSL-1/C1:0", FAULT[0].id, "phone", 1)
    assert desk.act("told", incident, 30, told=told) == ""
    assert desk.of(CustomerTold) == [CustomerTold(incident.id, told, "anna", at(30))]
    assert desk.now(incident) == before
    assert desk.act("told", incident, 31) == "told needs a customer"
