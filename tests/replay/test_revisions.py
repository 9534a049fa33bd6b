"""What people saw when they acted: revisions, stale actions, who did what, what is kept of it."""

import msgspec
import pytest

from correlator.engine import Engine, EngineSettings
from correlator.model import (
    Action,
    ActionDone,
    Audience,
    Effect,
    External,
    ExternalState,
    Incident,
    IncidentChanged,
    Journaled,
    Outcome,
    Phase,
    RejectCode,
    Restore,
    State,
    Verb,
    Wording,
)
from tests.builders import Desk, alarm, at, calls, catalog, customers_of, network, spread, ticket
from tests.replay.test_upgrade import LAST, content, upgraded

CARD = customers_of("DSL-1/C1")
FAULT = calls(spread(CARD, 7), 0, 4)
LATE = Restore(at(600), "terrain")
SAID = Wording(Audience.N1, Phase.DETECTED, "Panne en cours.", "A fault.")
SENT = External("nord", "4471", ExternalState.SENT)


def raised() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT)
    return desk, desk.incident()


def outcome(desk: Desk) -> ActionDone:
    (*_, done) = desk.of(ActionDone)
    assert isinstance(done, ActionDone)
    return done


# --------------------------------------------------------------------------------- revisions

DECIDING = [
    ("acknowledge", {}),
    ("assign", {"to": "bruno"}),
    ("confirm", {}),
    ("scope", {"domain": "DSL-1"}),
    ("message", {"text": "équipe en route"}),
    ("promise", {"restore": LATE}),
    ("say", {"wording": SAID}),
    ("external", {"external": SENT}),
    ("resolve", {}),
    ("reject", {"code": RejectCode.COINCIDENCE}),
]


@pytest.mark.parametrize(("verb", "more"), DECIDING, ids=[verb for verb, _ in DECIDING])
def test_what_people_decide_raises_the_revision_by_one(verb: str, more: dict[str, object]) -> None:
    desk, incident = raised()
    before = desk.until(30).now(incident)
    assert desk.act(verb, incident, 30, **more) == ""
    after = desk.now(incident)
    assert after.rev == before.rev + 1
    assert after.version > before.version
    assert outcome(desk).rev == after.rev


@pytest.mark.parametrize("verb", ["link", "unlink", "not-this"])
def test_a_link_raises_the_version_alone(verb: str) -> None:
    desk, incident = raised()
    desk.feed(ticket(customers_of("DSL-2/C1")[0], 29, id="stray")).until(30)
    before = desk.now(incident)
    mine = "stray" if verb == "link" else FAULT[0].id
    assert desk.act(verb, incident, 30, tickets=(mine,)) == ""
    after = desk.now(incident)
    assert (after.rev, after.version) == (before.rev, before.version + 1)


def test_callers_raise_the_version_alone() -> None:
    desk, incident = raised()
    before = desk.until(29).now(incident)
    desk.feed(calls(spread(CARD[1::2], 10), 30, 1))
    after = desk.now(incident)
    assert after.version >= before.version + 9
    assert (after.rev, after.state) == (before.rev, before.state)


def test_what_the_engine_decides_raises_the_revision_as_well() -> None:
    desk, _ = raised()
    states = {e.incident.state: e.incident.rev for e in desk.until(300).of(IncidentChanged)}
    assert states[State.CANDIDATE] < states[State.OPEN] < states[State.RESOLVED]


def test_a_decision_that_changes_nothing_leaves_the_revision() -> None:
    desk, incident = raised()
    desk.act("acknowledge", incident, 30)
    before = desk.now(incident)
    assert desk.act("acknowledge", incident, 30) == ""
    assert desk.now(incident) == before


# ------------------------------------------------------------------------------------- stale


def test_an_action_on_what_has_changed_since_is_stale_and_changes_nothing() -> None:
    desk, incident = raised()
    seen = desk.now(incident).rev
    desk.act("assign", incident, 30, to="bruno")
    before = desk.engine.snapshot()
    assert desk.act("acknowledge", incident, 30, expects=seen) == f"{incident.id} has changed since"
    assert desk.engine.snapshot() == before
    done = outcome(desk)
    assert (done.outcome, done.incident, done.rev) == (Outcome.STALE, incident.id, seen + 1)


def test_an_action_on_what_the_person_saw_is_done() -> None:
    desk, incident = raised()
    seen = desk.now(incident).rev
    assert desk.act("acknowledge", incident, 30, expects=seen) == ""
    done = outcome(desk)
    assert (done.outcome, done.incident, done.rev) == (Outcome.DONE, incident.id, seen + 1)


def test_links_that_come_in_between_make_no_action_stale() -> None:
    desk, incident = raised()
    seen = desk.now(incident).rev
    desk.feed(calls(spread(CARD[1::2], 10), 30, 1))
    assert desk.act("confirm", incident, 41, expects=seen) == ""


def test_a_stale_action_may_be_sent_again_under_its_own_number() -> None:
    """Of the same action, once it expects what is there now: it was not carried out."""
    desk, incident = raised()
    desk.until(29)
    action = Action("X", at(30), "X", "anna", Verb.CONFIRM, incident.id, expects=99)
    desk.feed(action, msgspec.structs.replace(action, arrived=at(31), expects=None))
    assert [e.outcome for e in desk.of(ActionDone)] == [Outcome.STALE, Outcome.DONE]


def test_a_refused_action_tells_the_revision_too() -> None:
    desk, incident = raised()
    desk.act("close", incident, 30)
    done = outcome(desk)
    assert (done.outcome, done.rev) == (Outcome.REFUSED, desk.now(incident).rev)
    assert "cannot close" in done.error


def test_the_outcome_of_a_split_names_the_new_incident() -> None:
    desk, incident = raised()
    tickets = (FAULT[0].id, FAULT[1].id)
    assert desk.act("split", incident, 30, tickets=tickets, domain="TV") == ""
    (apart,) = [one for one in desk.announced() if one.id != incident.id]
    assert (outcome(desk).incident, outcome(desk).rev) == (apart.id, apart.rev)


# ----------------------------------------------------------------------------------- journal


def test_journal_rows_carry_the_action_and_its_reason() -> None:
    desk, incident = raised()
    before = len(desk.of(Journaled))
    desk.act("reject", incident, 30, reason="essai", code=RejectCode.MAINTENANCE)
    rows = [one.change for one in desk.of(Journaled)]
    key = desk.events[-1]
    assert isinstance(key, Action)
    assert {(c.action, c.reason) for c in rows[before:]} == {(key.id, "essai")}
    whose = {(c.subject, c.actor) for c in rows[before:]}
    assert whose == {("incident", "anna"), ("link", "correlator")}  # which had made the links
    assert {c.action for c in rows[:before]} == {""}


def test_what_the_engine_does_by_itself_has_no_action() -> None:
    desk, incident = raised()
    desk.act("acknowledge", incident, 30, reason="je regarde")
    desk.until(300)
    (resolved,) = [e.change for e in desk.of(Journaled) if e.change.new == "resolved"]
    assert (resolved.action, resolved.reason, resolved.actor) == ("", "", "correlator")


def test_the_journal_holds_the_whole_life_of_a_link() -> None:
    """A link row of the store holds the last state only."""
    desk, incident = raised()
    mine = FAULT[0].id
    desk.act("unlink", incident, 30, tickets=(mine,), reason="autre cause")
    desk.act("link", incident, 31, tickets=(mine,), reason="non, c'est bien ça")
    key = f"{mine}|{incident.id}"
    rows = [one.change for one in desk.of(Journaled) if one.change.subject_id == key]
    assert [(c.subject, c.field, c.old, c.new, c.actor, c.reason) for c in rows] == [
        ("link", "state", "", "linked", "correlator", ""),
        ("link", "state", "linked", "unlinked", "anna", "autre cause"),
        ("link", "state", "unlinked", "linked", "anna", "non, c'est bien ça"),
    ]


# ----------------------------------------------------------------------------------- catalog


def test_an_announced_incident_names_the_catalog_it_was_raised_under() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    assert candidate.catalog == ""
    desk.act("confirm", candidate, 21)
    assert desk.now(candidate).catalog == catalog().version
    desk, incident = raised()
    assert incident.catalog == catalog().version
    assert desk.until(300).now(incident).catalog == catalog().version


# ---------------------------------------------------------------------------------- snapshot


def busy() -> tuple[Desk, Incident]:
    desk, incident = raised()
    desk.act("confirm", incident, 30)
    desk.act("promise", incident, 31, restore=Restore(at(32)))
    desk.act("promise", incident, 33, restore=LATE)
    desk.act("say", incident, 34, wording=SAID)
    desk.act("external", incident, 35, external=SENT)
    return desk, incident


FURTHER: list[tuple[str, dict[str, object]]] = [
    ("say", {"wording": msgspec.structs.replace(SAID, fr="Retour à 20 h.")}),
    ("external", {"external": msgspec.structs.replace(SENT, state=ExternalState.ANSWERED)}),
    ("promise", {"restore": Restore(at(700))}),
    ("unconfirm", {"expects": 7}),
    ("resolve", {}),
    ("close", {}),
    ("reopen", {}),
]


def test_a_restored_engine_goes_on_with_all_that_people_decided() -> None:
    desk, incident = busy()
    assert desk.now(incident).rev == 7
    again = Engine(network(), catalog(), EngineSettings())
    again.restore(desk.engine.snapshot())
    assert again.snapshot() == desk.engine.snapshot()
    for minute, (verb, more) in enumerate(FURTHER, 36):
        told = len(desk.told)
        desk.act(verb, incident, minute, **{**more, "expects": desk.now(incident).rev})
        effects: list[Effect] = again.tick(at(minute))
        effects += again.handle(desk.events[-1])
        assert effects == [one.effect for one in desk.told[told:]]
    assert [e.outcome for e in desk.of(ActionDone)] == [Outcome.DONE] * len(desk.of(ActionDone))
    assert again.snapshot() == desk.engine.snapshot()


def test_what_was_over_can_be_reopened_with_what_was_promised_after_a_restore() -> None:
    desk, incident = busy()
    desk.act("resolve", incident, 40)
    desk.act("close", incident, 41)
    desk.engine.restore(desk.engine.snapshot())
    assert desk.act("reopen", incident, 42) == ""
    desk.act("promise", incident, 43, restore=LATE)
    promise = desk.now(incident).promise
    assert promise is not None
    assert promise.n == 3


def test_a_snapshot_of_before_these_fields_takes_every_verb() -> None:
    desk = upgraded()
    ids = [one for one, kept in content()["incidents"].items() if kept["domain"] == "DSL-4"]
    (old,) = [one for one in desk.inside.owners.incidents if one.id in ids]
    picture = desk.inside.owners.incidents.picture(old.id)
    assert picture is not None
    assert (picture.rev, picture.catalog, picture.promise) == (0, "", None)
    doing: list[tuple[str, dict[str, object]]] = [
        ("assign", {"to": "bruno"}),
        ("promise", {"restore": Restore(at(LAST + 90))}),
        ("say", {"wording": SAID}),
        ("external", {"external": SENT}),
        ("unacknowledge", {}),
    ]
    for n, (verb, more) in enumerate(doing, 1):
        assert desk.act(verb, old.id, LAST + n, expects=n - 1, **more) == ""
        assert outcome(desk).rev == n
