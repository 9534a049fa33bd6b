"""An incident that a person declares: on which domain, with which calls, under which rule."""

import msgspec

import rules
from correlator.model import (
    ActionDone,
    Answer,
    Incident,
    IncidentChanged,
    LinkChanged,
    Outcome,
    ReasonCode,
    State,
)
from tests.builders import Desk, alarm, at, calls, catalog, customers_of, spread, ticket

CARD = customers_of("DSL-1/C1")
FAULT = calls(spread(CARD, 7), 0, 4)


def declared(desk: Desk, minute: float, domain: str = "DSL-1/C1", **more: object) -> Incident:
    before = {one.id for one in desk.announced()}
    assert desk.act("declare", "", minute, domain=domain, **more) == ""
    (incident,) = [one for one in desk.announced() if one.id not in before]
    return incident


def about_line_cards_only() -> rules.Catalog:
    kept = [rule for rule in catalog().rules if rule.id == "access-line-card"]
    return msgspec.structs.replace(catalog(), rules=tuple(kept))


def test_an_incident_is_open_confirmed_and_owned_by_whoever_declares_it() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10, symptom="no-sync", text="vu sur place")
    assert (incident.state, incident.domain, incident.symptom) == (
        State.OPEN,
        "DSL-1/C1",
        "no-sync",
    )
    assert (incident.confirmed_by, incident.acknowledged_by) == ("anna", "anna")
    assert (incident.announced, incident.onset, incident.customers) == (at(10), at(10), 30)
    assert (incident.reason.code, incident.reason.numbers["text"]) == (
        ReasonCode.PERSON,
        "vu sur place",
    )
    assert incident.rule == "access-line-card"


def test_it_is_told_to_the_outside_as_created() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10)
    told = [e for e in desk.of(IncidentChanged) if e.incident.announced is not None]
    assert [(e.incident.id, e.kind) for e in told] == [(incident.id, "created")]


def test_the_outcome_names_the_incident_that_was_made() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10)
    (done,) = desk.of(ActionDone)
    assert (done.outcome, done.incident, done.rev) == (Outcome.DONE, incident.id, incident.rev)


def test_recent_calls_that_nothing_explains_are_linked_and_date_it() -> None:
    desk = Desk().feed(ticket(CARD[0], 0, id="first"), ticket(CARD[9], 1, "billing", id="bill"))
    assert desk.candidates() == []
    incident = declared(desk, 10, symptom="no-sync")
    assert desk.linked(incident) == ("first",)
    assert (incident.onset, incident.observed) == (at(0), 1)


def test_calls_about_something_else_do_not_date_it() -> None:
    desk = Desk().feed(ticket(CARD[0], 1, "slow"))
    incident = declared(desk, 10, symptom="no-sync")
    assert incident.onset == at(10)


def test_without_a_symptom_that_of_the_rule_is_assumed() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10)
    rule = next(rule for rule in catalog().rules if rule.id == incident.rule)
    assert incident.symptom == next(iter(rule.symptoms))


def test_the_symptom_chooses_among_the_rules_of_a_domain() -> None:
    desk = Desk().until(9)
    television = declared(desk, 10, "DSL-1", symptom="no-tv")
    rule = next(rule for rule in catalog().rules if rule.id == television.rule)
    assert "no-tv" in rule.symptoms


def test_the_next_caller_hears_of_it_and_is_linked() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10, symptom="no-sync")
    desk.feed(ticket(CARD[7], 12, id="next"))
    verdict = desk.verdict("next")
    assert (verdict.answer, verdict.incident) == (Answer.YES, incident.id)
    assert "next" in desk.linked(incident)


def test_further_callers_raise_nothing_beside_it() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10, symptom="no-sync")
    desk.feed(calls(spread(CARD, 7), 11, 2)).until(40)
    assert [one.id for one in desk.announced()] == [incident.id]
    assert desk.candidates() == []
    assert len(desk.linked(incident)) == 7


def test_calls_that_another_incident_has_stay_there() -> None:
    desk = Desk().feed(FAULT)
    first = desk.incident()
    before = desk.linked(first)
    assert before
    wider = declared(desk, 30, "DSL-1")
    assert desk.linked(first) == before
    assert desk.linked(wider) == ()


def test_a_person_may_end_what_they_declared() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10)
    assert desk.act("reject", incident, 11, reason="fausse alerte") == ""
    assert desk.now(incident).state is State.REJECTED


def test_nobody_calls_and_it_ends_by_itself() -> None:
    desk = Desk().until(9)
    incident = declared(desk, 10)
    busy = [ticket(c, 12 + 10 * n) for n, c in enumerate(spread(customers_of("DSL-4/C2"), 20))]
    desk.feed(busy).until(300)
    assert desk.now(incident).state in {State.RESOLVED, State.CLOSED}


def test_it_may_be_declared_again_once_it_is_over() -> None:
    desk = Desk().until(9)
    first = declared(desk, 10)
    desk.act("resolve", first, 11)
    desk.act("close", first, 12)
    assert declared(desk, 13).id != first.id


# ----------------------------------------------------------------------------------- refused


def refusal(desk: Desk, minute: float, **more: object) -> str:
    before = desk.until(minute).engine.snapshot()
    told = desk.act("declare", "", minute, **more)
    assert desk.engine.snapshot() == before
    (*_, done) = desk.of(ActionDone)
    assert done.outcome is Outcome.REFUSED
    return told


def test_a_domain_has_one_incident() -> None:
    desk = Desk().feed(FAULT)
    incident = desk.incident()
    assert refusal(desk, 30, domain="DSL-1/C1") == f"DSL-1/C1 has {incident.id} already, open"


def test_what_is_only_noticed_is_to_be_confirmed_instead() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    assert refusal(desk, 21, domain="DSL-1/C1") == f"DSL-1/C1 has {candidate.id} already, candidate"


def test_a_domain_that_nobody_knows_is_refused() -> None:
    assert refusal(Desk(), 1, domain="NOWHERE") == "no failure domain 'NOWHERE'"
    assert refusal(Desk(), 1) == "no failure domain ''"


def test_a_domain_without_a_rule_is_refused() -> None:
    desk = Desk(in_force=about_line_cards_only(), cold=True)
    assert refusal(desk, 1, domain="TV") == "no rule is about TV"
    assert desk.act("declare", "", 2, domain="DSL-1/C1") == ""


def test_a_declaration_is_carried_out_once() -> None:
    desk = Desk().until(9)
    declared(desk, 10)
    again = desk.events[-1]
    desk.feed(again)
    assert len(desk.announced()) == 1
    assert [e.outcome for e in desk.of(ActionDone)] == [Outcome.DONE]
    assert desk.of(LinkChanged) == []
