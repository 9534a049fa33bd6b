"""What people do to incidents, and what is refused."""

import msgspec
import pytest

from correlator.model import (
    Answer,
    Incident,
    Journaled,
    LinkChanged,
    LinkState,
    ReasonCode,
    State,
)
from tests.builders import Desk, alarm, calls, customers_of, spread, ticket, under

CARD = customers_of("DSL-1/C1")
FAULT = calls(spread(CARD, 7), 0, 4)
OTHER = calls(spread(customers_of("DSL-3/C4"), 7), 1, 4)


def raised() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT)
    return desk, desk.incident()


def predicted() -> tuple[Desk, Incident]:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    return desk, candidate


def over() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT).until(180)
    assert desk.incident().state is State.RESOLVED
    return desk, desk.incident()


def pair() -> tuple[Desk, Incident, Incident]:
    desk = Desk().feed(FAULT, OTHER)
    first, second = sorted(desk.announced(), key=lambda one: one.domain)
    return desk, first, second


# ------------------------------------------------------------------------------ carried out


def test_acknowledge_is_a_fact_with_an_actor_not_a_state() -> None:
    desk, incident = raised()
    assert desk.act("acknowledge", incident, 30) == ""
    now = desk.now(incident)
    assert (now.acknowledged_by, now.state) == ("anna", State.OPEN)


def test_what_people_do_is_journaled_under_their_name() -> None:
    desk, incident = raised()
    desk.act("acknowledge", incident, 30)
    changes = [one.change for one in desk.of(Journaled)]
    (row,) = [c for c in changes if c.field == "acknowledged_by"]
    assert (row.actor, row.old, row.new) == ("anna", "", "anna")


def test_confirm_announces_a_candidate() -> None:
    desk, candidate = predicted()
    assert desk.act("confirm", candidate, 21) == ""
    incident = desk.incident()
    assert (incident.id, incident.state, incident.confirmed_by) == (
        candidate.id,
        State.OPEN,
        "anna",
    )
    assert desk.minute_of(incident) == 21


def test_a_rejected_incident_is_over_and_its_tickets_are_free() -> None:
    desk, incident = raised()
    assert desk.act("reject", incident, 30, reason="training call") == ""
    assert desk.now(incident).state is State.REJECTED
    assert desk.linked(incident) == ()


def test_a_rejected_incident_does_not_come_back_for_the_same_tickets() -> None:
    desk, incident = raised()
    desk.act("reject", incident, 30, reason="training call")
    desk.feed(ticket(CARD[2], 31), ticket(CARD[3], 40)).until(120)
    assert [one.state for one in desk.announced()] == [State.REJECTED]


def test_new_callers_after_a_rejection_may_raise_again() -> None:
    desk, incident = raised()
    desk.act("reject", incident, 30, reason="training call")
    desk.feed(calls(spread(CARD[1::2], 7), 40, 4))
    assert [one.state for one in desk.announced()] == [State.REJECTED, State.OPEN]


def test_link_ties_a_ticket_that_the_engine_had_left_out() -> None:
    desk, incident = raised()
    desk.feed(ticket(under("DSL-2")[0], 29, id="stray"))
    assert desk.act("link", incident, 30, tickets=("stray",)) == ""
    assert "stray" in desk.linked(incident)
    assert desk.of(LinkChanged)[-1].link.actor == "anna"


def test_unlink_holds_though_the_engine_thinks_otherwise() -> None:
    desk, incident = raised()
    assert desk.act("unlink", incident, 30, tickets=(FAULT[0].id,)) == ""
    desk.feed(calls(spread(CARD[1::2], 10), 31, 2))
    assert FAULT[0].id not in desk.linked(incident)


def test_a_ticket_that_was_unlinked_stays_unlinked_when_it_changes_status() -> None:
    desk, incident = raised()
    desk.act("unlink", incident, 30, tickets=(FAULT[0].id,))
    desk.feed(
        msgspec.structs.replace(FAULT[0], arrived=FAULT[0].arrived + 2_400_000, status="held")
    )
    assert FAULT[0].id not in desk.linked(incident)


def test_scope_names_another_cause_and_the_first_stays_on_record() -> None:
    desk, incident = raised()
    assert desk.act("scope", incident, 30, domain="DSL-1") == ""
    now = desk.now(incident)
    assert (now.domain, now.first_domain, now.customers) == ("DSL-1", "DSL-1/C1", 180)
    assert (now.id, now.announced) == (incident.id, incident.announced)


def test_a_scoped_incident_explains_the_calls_of_its_new_place() -> None:
    desk, incident = raised()
    desk.act("scope", incident, 30, domain="DSL-1")
    desk.feed(ticket(customers_of("DSL-1/C5")[1], 31, id="below"))
    assert desk.verdict("below").incident == incident.id


def test_merge_moves_the_tickets_and_names_the_incident_that_stays() -> None:
    desk, first, second = pair()
    assert desk.act("merge", second, 40, into=first.id) == ""
    gone = desk.now(second)
    assert (gone.state, gone.parent) == (State.MERGED, first.id)
    assert desk.linked(second) == ()
    assert set(desk.linked(first)) == {e.id for e in (*FAULT, *OTHER)}


def test_split_gives_some_tickets_an_incident_of_their_own() -> None:
    desk, incident = raised()
    moved = (FAULT[0].id, FAULT[1].id)
    assert desk.act("split", incident, 30, tickets=moved, domain="TV") == ""
    apart = next(one for one in desk.announced() if one.id != incident.id)
    assert (apart.domain, apart.state, apart.confirmed_by) == ("TV", State.OPEN, "anna")
    assert desk.linked(apart) == tuple(sorted(moved))
    assert not set(moved) & set(desk.linked(incident))


def test_resolve_then_close() -> None:
    desk, incident = raised()
    assert desk.act("resolve", incident, 30) == ""
    assert desk.now(incident).state is State.RESOLVED
    assert desk.act("close", incident, 31) == ""
    assert desk.now(incident).state is State.CLOSED


def test_reopen_opens_a_resolved_incident_again() -> None:
    desk, incident = raised()
    desk.act("resolve", incident, 30)
    assert desk.act("reopen", incident, 31) == ""
    now = desk.now(incident)
    assert (now.state, now.resolved, now.ended) == (State.OPEN, None, None)


def test_reopen_holds_though_nobody_has_called_for_hours() -> None:
    desk = Desk().feed(FAULT).until(8 * 60)
    incident = desk.incident()
    assert desk.act("reopen", incident, 8 * 60 + 1) == ""
    assert desk.until(8 * 60 + 10).now(incident).state is State.OPEN


def test_reopen_opens_a_closed_incident_again() -> None:
    desk, incident = raised()
    desk.act("resolve", incident, 30)
    desk.act("close", incident, 31)
    assert desk.act("reopen", incident, 32) == ""
    assert desk.now(incident).state is State.OPEN


def test_a_message_is_kept_with_the_incident() -> None:
    desk, incident = raised()
    assert desk.act("message", incident, 30, text="équipe en route, retour vers 15 h") == ""
    assert desk.now(incident).message == "équipe en route, retour vers 15 h"


def test_a_caller_after_a_manual_resolve_reads_restored() -> None:
    desk, incident = raised()
    desk.act("resolve", incident, 30)
    desk.feed(ticket(CARD[1], 31, id="late"))
    assert desk.verdict("late").answer is Answer.RESTORED


def test_the_engine_does_not_rename_what_a_person_confirmed() -> None:
    desk, incident = raised()
    desk.act("confirm", incident, 30)
    desk.feed(calls(spread(under("DSL-1"), 25), 31, 1)).until(90)
    assert desk.now(incident).domain == "DSL-1/C1"


# ---------------------------------------------------------------------------------- refused

SETTINGS = {"raised": raised, "predicted": predicted, "over": over}
REFUSED = [
    ("raised", "reject", {}),
    ("raised", "link", {}),
    ("raised", "unlink", {}),
    ("raised", "scope", {"domain": "NOWHERE"}),
    ("raised", "scope", {}),
    ("raised", "merge", {"into": "GI-20260303-00000000"}),
    ("raised", "split", {"tickets": ("T",), "domain": "DSL-1"}),
    ("raised", "split", {"tickets": (FAULT[0].id,), "domain": "NOWHERE"}),
    ("raised", "split", {"domain": "DSL-1"}),
    ("raised", "close", {}),
    ("raised", "reopen", {}),
    ("predicted", "resolve", {}),
    ("predicted", "close", {}),
    ("predicted", "reopen", {}),
    ("over", "confirm", {}),
    ("over", "resolve", {}),
]


def ids(case: object) -> str:
    return case if isinstance(case, str) else "-".join(case) if isinstance(case, dict) else ""


@pytest.mark.parametrize(("setting", "verb", "more"), REFUSED, ids=ids)
def test_a_refused_action_says_why_and_changes_nothing(
    setting: str, verb: str, more: dict[str, str]
) -> None:
    desk, incident = SETTINGS[setting]()
    minute = 181 if setting == "over" else 30
    before = desk.until(minute).engine.snapshot()
    assert desk.act(verb, incident, minute, **more)
    assert desk.engine.snapshot() == before


@pytest.mark.parametrize("verb", ["acknowledge", "confirm", "resolve", "message"])
def test_an_action_on_an_unknown_incident_is_refused(verb: str) -> None:
    desk = Desk()
    assert "GI-nowhere" in desk.act(verb, "GI-nowhere", 0)


def test_merging_an_incident_into_itself_is_refused() -> None:
    desk, incident = raised()
    assert desk.act("merge", incident, 30, into=incident.id)
    assert desk.now(incident).state is State.OPEN


def test_merging_into_a_candidate_is_refused() -> None:
    desk = Desk().feed(FAULT, alarm("DSL-4/C2", 2)).until(29)
    (candidate,) = desk.candidates()
    assert desk.act("merge", desk.incident(), 30, into=candidate.id)


def test_a_refused_confirm_leaves_no_name_behind() -> None:
    desk, incident = over()
    assert desk.act("confirm", incident, 181)
    desk.act("message", incident, 182, text="seen")
    assert desk.now(incident).confirmed_by == ""


# ------------------------------------------------------------------------------ consequences


def test_the_reason_of_an_end_by_hand_is_a_person() -> None:
    desk, incident = raised()
    desk.act("reject", incident, 30, reason="training call")
    ended = desk.now(incident).ended
    assert ended is not None
    assert ended.code is ReasonCode.PERSON
    assert ended.numbers == {"verb": "reject", "actor": "anna", "text": "training call"}


def test_links_that_a_rejection_takes_back_are_told() -> None:
    desk, incident = raised()
    desk.act("reject", incident, 30, reason="training call")
    last = {one.link.ticket: one.link.state for one in desk.of(LinkChanged)}
    assert set(last.values()) == {LinkState.UNLINKED}
