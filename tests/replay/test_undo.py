"""What people take back: an acknowledgement, a confirmation, an owner, the tie of a ticket."""

import msgspec
import pytest

import rules
from correlator.model import (
    Change,
    Incident,
    IncidentChanged,
    Journaled,
    LinkState,
    ReasonCode,
    RejectCode,
    State,
)
from tests.builders import Desk, alarm, calls, catalog, customers_of, spread, ticket, under

CARD = customers_of("DSL-1/C1")
FAULT = calls(spread(CARD, 7), 0, 4)
KIND = "line-card/lossOfSignal/critical"


def proposing() -> rules.Catalog:
    """Return the catalog with line cards proposed to the cell instead of opened."""
    changed = [
        msgspec.structs.replace(rule, raises="proposed") if rule.id == "access-line-card" else rule
        for rule in catalog().rules
    ]
    return msgspec.structs.replace(catalog(), rules=tuple(changed))


def raised() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT)
    return desk, desk.incident()


def proposed() -> tuple[Desk, Incident]:
    desk = Desk(in_force=proposing(), cold=True).feed(FAULT)
    assert desk.incident().state is State.PROPOSED
    return desk, desk.incident()


def predicted() -> tuple[Desk, Incident]:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    return desk, candidate


def journal(desk: Desk, incident: Incident) -> list[Change]:
    changes = [one.change for one in desk.of(Journaled)]
    return [c for c in changes if c.subject_id == incident.id]


# --------------------------------------------------------------------------- acknowledgement


def test_unacknowledge_gives_an_incident_back() -> None:
    desk, incident = raised()
    desk.act("acknowledge", incident, 30)
    assert desk.act("unacknowledge", incident, 31) == ""
    now = desk.now(incident)
    assert (now.acknowledged_by, now.state) == ("", State.OPEN)
    rows = [c for c in journal(desk, incident) if c.field == "acknowledged_by"]
    assert [(c.old, c.new, c.actor) for c in rows] == [("", "anna", "anna"), ("anna", "", "anna")]


def test_what_nobody_has_acknowledged_cannot_be_given_back() -> None:
    desk, incident = raised()
    before = desk.until(30).engine.snapshot()
    assert desk.act("unacknowledge", incident, 30) == "nobody has acknowledged this incident"
    assert desk.engine.snapshot() == before


def test_a_person_or_a_team_is_assigned_whoever_had_it() -> None:
    desk, incident = raised()
    desk.act("acknowledge", incident, 30)
    assert desk.act("assign", incident, 31, to="réseau nord") == ""
    assert desk.now(incident).acknowledged_by == "réseau nord"
    (*_, last) = [c for c in journal(desk, incident) if c.field == "acknowledged_by"]
    assert (last.old, last.new, last.actor) == ("anna", "réseau nord", "anna")


def test_nobody_can_be_assigned() -> None:
    desk, incident = raised()
    assert desk.act("assign", incident, 30) == "assign needs a person or a team"


# ------------------------------------------------------------------------------ confirmation


def test_a_proposed_incident_goes_back_to_proposed() -> None:
    desk, incident = proposed()
    desk.act("confirm", incident, 30)
    assert desk.now(incident).state is State.OPEN
    assert desk.act("unconfirm", incident, 31) == ""
    now = desk.now(incident)
    assert (now.state, now.confirmed_by, now.acknowledged_by) == (State.PROPOSED, "", "")


def test_a_confirmed_candidate_stays_announced_and_waits_for_the_cell() -> None:
    """What has been told cannot be untold."""
    desk, candidate = predicted()
    desk.act("confirm", candidate, 21)
    announced = desk.now(candidate).announced
    assert desk.act("unconfirm", candidate, 22) == ""
    now = desk.now(candidate)
    assert (now.state, now.announced, now.confirmed_by) == (State.PROPOSED, announced, "")
    assert announced is not None


def test_an_incident_that_the_engine_opened_stays_open() -> None:
    desk, incident = raised()
    desk.act("confirm", incident, 30)
    assert desk.act("unconfirm", incident, 31) == ""
    now = desk.now(incident)
    assert (now.state, now.confirmed_by, now.acknowledged_by) == (State.OPEN, "", "")


def test_a_confirmation_by_scope_is_undone_and_the_place_stays() -> None:
    desk, incident = raised()
    desk.act("scope", incident, 30, domain="DSL-1")
    assert desk.act("unconfirm", incident, 31) == ""
    now = desk.now(incident)
    assert (now.state, now.confirmed_by, now.domain) == (State.OPEN, "", "DSL-1")


def test_a_resolved_incident_loses_its_confirmation_and_stays_resolved() -> None:
    desk, incident = proposed()
    desk.act("confirm", incident, 30)
    desk.act("resolve", incident, 31)
    assert desk.act("unconfirm", incident, 32) == ""
    now = desk.now(incident)
    assert (now.state, now.confirmed_by) == (State.RESOLVED, "")


def test_what_nobody_has_confirmed_cannot_be_undone() -> None:
    desk, incident = raised()
    before = desk.until(30).engine.snapshot()
    assert desk.act("unconfirm", incident, 30) == "nobody has confirmed this incident"
    assert desk.engine.snapshot() == before


def test_whoever_took_it_before_keeps_it() -> None:
    desk, incident = proposed()
    desk.act("assign", incident, 29, to="bruno")
    desk.act("confirm", incident, 30)
    assert desk.now(incident).acknowledged_by == "bruno"
    desk.act("unconfirm", incident, 31)
    assert desk.now(incident).acknowledged_by == "bruno"


def test_whoever_got_it_after_the_confirmation_keeps_it() -> None:
    desk, incident = proposed()
    desk.act("confirm", incident, 30)
    desk.act("assign", incident, 31, to="bruno")
    desk.act("unconfirm", incident, 32)
    now = desk.now(incident)
    assert (now.state, now.acknowledged_by) == (State.PROPOSED, "bruno")


def test_a_second_confirmation_does_not_change_where_an_undo_leads() -> None:
    desk, incident = proposed()
    desk.act("confirm", incident, 30)
    desk.act("confirm", incident, 31)
    desk.act("unconfirm", incident, 32)
    assert desk.now(incident).state is State.PROPOSED


def test_it_can_be_confirmed_again() -> None:
    desk, incident = proposed()
    for minute in (30, 32):
        assert desk.act("confirm", incident, minute) == ""
        assert desk.now(incident).state is State.OPEN
        assert desk.act("unconfirm", incident, minute + 1) == ""
        assert desk.now(incident).state is State.PROPOSED


@pytest.mark.parametrize(("verbs", "cause"), [((), "DSL-1"), (("confirm",), "DSL-1/C1")])
@pytest.mark.parametrize("undone", [False, True])
def test_the_engine_may_name_another_cause_again_once_a_confirmation_is_undone(
    verbs: tuple[str, ...], cause: str, *, undone: bool
) -> None:
    wider = [
        event
        for card in range(2, 7)
        for event in calls(spread(customers_of(f"DSL-1/C{card}"), 6), 15, 2)
    ]
    desk = Desk().feed(calls(spread(CARD, 9), 0, 3)[:5])
    incident = desk.incident()
    for verb in (*verbs, *(("unconfirm",) if verbs and undone else ())):
        assert desk.act(verb, incident, 14) == ""
    desk.feed(alarm("DSL-1", 14), wider).until(60)
    assert desk.now(incident).domain == ("DSL-1" if undone else cause)


def test_what_confirming_taught_of_alarms_is_undone() -> None:
    desk, candidate = predicted()
    before = desk.alarm_share(KIND, 0.5)
    desk.act("confirm", candidate, 21)
    assert desk.alarm_share(KIND, 0.5) > before
    desk.act("unconfirm", candidate, 22)
    assert desk.alarm_share(KIND, 0.5) == before


def test_what_confirming_taught_of_symptoms_is_undone() -> None:
    desk, incident = raised()
    desk.act("confirm", incident, 30)
    assert desk.taught() == {"access-line-card": {"no-sync": 7.0}}
    desk.act("unconfirm", incident, 31)
    assert desk.taught().get("access-line-card", {}) == {}


def test_an_undo_counts_as_if_nobody_had_ever_confirmed() -> None:
    """An hour later, with whatever the engine learns by itself on the hour."""
    desk, incident = raised()
    untouched = Desk().feed(FAULT).until(130)
    desk.act("confirm", incident, 30)
    desk.act("unconfirm", incident, 31)
    desk.until(130)
    assert {rule: some for rule, some in desk.taught().items() if some} == untouched.taught()


# ----------------------------------------------------------------------------------- tickets


def test_not_this_unlinks_a_ticket_and_keeps_the_word_as_a_label() -> None:
    desk, incident = raised()
    mine = FAULT[0].id
    assert desk.act("not-this", incident, 30, tickets=(mine,), reason="box en panne") == ""
    assert mine not in desk.linked(incident)
    key = f"{mine}|{incident.id}"
    rows = [one.change for one in desk.of(Journaled) if one.change.subject_id == key]
    assert [(c.field, c.old, c.new, c.reason) for c in rows[-2:]] == [
        ("state", "linked", "unlinked", "box en panne"),
        ("label", "", "not-this", "box en panne"),
    ]


def test_not_this_of_a_ticket_that_is_not_linked_is_a_label_all_the_same() -> None:
    desk, incident = raised()
    desk.feed(ticket(under("DSL-2")[0], 29, id="stray"))
    assert desk.act("not-this", incident, 30, tickets=("stray",)) == ""
    labels = [one.change for one in desk.of(Journaled) if one.change.field == "label"]
    assert [c.subject_id for c in labels] == [f"stray|{incident.id}"]
    assert desk.live(incident).links["stray"].state is LinkState.UNLINKED


def test_what_is_not_this_is_not_linked_again_by_the_engine() -> None:
    desk, incident = raised()
    desk.act("not-this", incident, 30, tickets=(FAULT[0].id,))
    desk.feed(calls(spread(CARD[1::2], 10), 31, 2)).until(70)
    assert FAULT[0].id not in desk.linked(incident)


def test_not_this_needs_tickets() -> None:
    desk, incident = raised()
    assert desk.act("not-this", incident, 30) == "not-this needs tickets"


# --------------------------------------------------------------------------------- rejection


@pytest.mark.parametrize("more", [{"code": "wrong-scope"}, {"code": "duplicate", "reason": "vu"}])
def test_a_rejection_has_a_code(more: dict[str, str]) -> None:
    desk, incident = raised()
    given = {**more, "code": RejectCode(more["code"])}
    assert desk.act("reject", incident, 30, **given) == ""
    now = desk.now(incident)
    assert (now.state, now.code) == (State.REJECTED, more["code"])
    assert now.ended is not None
    text = more.get("reason", more["code"])
    assert (now.ended.code, now.ended.numbers["text"]) == (ReasonCode.PERSON, text)
    (row,) = [c for c in journal(desk, incident) if c.new == "rejected"]
    assert row.reason == text


def test_a_rejection_in_words_alone_has_no_code() -> None:
    desk, incident = raised()
    desk.act("reject", incident, 30, reason="essai")
    assert desk.now(incident).code == ""


def test_a_refused_rejection_leaves_no_code_behind() -> None:
    desk, incident = raised()
    desk.act("resolve", incident, 30)
    desk.act("close", incident, 31)
    assert "cannot reject" in desk.act("reject", incident, 32, code=RejectCode.EXTERNAL)
    desk.act("reopen", incident, 33)
    assert desk.now(incident).code == ""
    assert [e.incident.code for e in desk.of(IncidentChanged) if e.incident.code] == []
