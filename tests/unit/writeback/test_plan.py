"""What is still to be written, from an incident and the journal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.model import (
    ApprovedText,
    Audience,
    External,
    ExternalState,
    Incident,
    Phase,
    Promise,
    Reason,
    ReasonCode,
    Restore,
    State,
    Wording,
)
from correlator.ticket_tool import OWN, TIE, Picture, WriteState, Written
from correlator.writeback import Messages, Own, Plan, Say, Tie, plan
from correlator.writeback.writer import key_of

ONSET = 1_772_528_400_000  # 2026-03-03 10:00 in Paris
MESSAGES = Messages("fr", ZoneInfo("Europe/Paris"))
INCIDENT = Incident(
    id="GI-1", version=1, rule="card-down", state=State.OPEN, symptom="no-sync", domain="DSL-1/C1",
    domain_type="line-card", first_domain="DSL-1/C1", created=ONSET, onset=ONSET, changed=ONSET,
    announced=ONSET, reason=Reason(ReasonCode.EXPLAINED, {"probability": 0.9}), customers=48,
    names={"fr": "Perte de synchronisation", "en": "Loss of sync"},
    wordings={"fr": "une carte est en panne", "en": "a card has failed"},
)  # fmt: skip
Journal = dict[tuple[str, str], Written]


def picture(*linked: str, text: ApprovedText | None = None, **changes: object) -> Picture:
    return Picture(msgspec.structs.replace(INCIDENT, **changes), linked, text)


def wanted(of: Picture, journal: Journal, most: int = 500) -> Plan:
    return plan(of, journal, MESSAGES, most)


def written(journal: Journal, found: Plan, state: WriteState = WriteState.DONE) -> Journal:
    """Return the journal once a plan is carried out."""
    after = dict(journal)
    for write in found.writes:
        ticket = "" if isinstance(write, Own) else write.ticket
        untied = isinstance(write, Tie) and not write.linked
        number = "" if untied or isinstance(write, Say) else "7"
        after[ticket, key_of(write)] = Written(ticket, key_of(write), state, number, 0)
    return after


def text(n: int, fr: str) -> ApprovedText:
    return ApprovedText(n, Wording(Audience.AGENT, Phase.CONFIRMED, fr), "l.petit", ONSET)


def test_own_ticket_first_then_word_and_link_of_each_the_newest_first() -> None:
    found = wanted(picture("T2", "T1"), {})
    assert [type(one) for one in found.writes] == [Own, Say, Tie, Say, Tie]
    assert [one.ticket for one in found.writes[1:] if not isinstance(one, Own)] == [
        "T2", "T2", "T1", "T1"
    ]  # fmt: skip
    assert wanted(picture("T2", "T1"), written({}, found)) == Plan(())


@pytest.mark.parametrize("state", [State.CANDIDATE, State.PROPOSED])
def test_what_waits_for_the_cell_is_not_written(state: State) -> None:
    assert wanted(picture("T1", state=state), {}) == Plan(())


def test_nothing_is_written_of_an_incident_without_tickets_or_that_ended_before() -> None:
    assert wanted(picture(), {}) == Plan(())
    assert wanted(picture("T1", state=State.RESOLVED, resolved=ONSET), {}) == Plan(())


def test_what_may_have_been_written_is_looked_for_again() -> None:
    found = wanted(picture("T1"), {})
    assert wanted(picture("T1"), written({}, found, WriteState.BEGUN)) == found
    for over in (WriteState.REFUSED, WriteState.SKIPPED):
        assert wanted(picture("T1"), written({}, found, over)) == Plan(())


def test_without_a_ticket_of_its_own_there_is_still_a_word_and_no_link() -> None:
    refused = {("", OWN): Written("", OWN, WriteState.REFUSED, "", 0, "no right to create")}
    (only,) = wanted(picture("T1"), refused).writes
    assert isinstance(only, Say)


def test_another_text_or_another_promise_is_another_message() -> None:
    journal = written({}, wanted(picture("T1"), {}))
    promise = Promise(2, Restore(ONSET + 3_600_000), "l.petit", ONSET)
    told = picture("T1", text=text(1, "bientôt rétabli"), promise=promise)
    (only,) = wanted(told, journal).writes
    assert isinstance(only, Say)
    assert "« bientôt rétabli »" in only.text
    assert "Retour du service : 03/03 11:00" in only.text
    assert wanted(told, written(journal, wanted(told, journal))) == Plan(())


def test_what_is_open_again_is_told_again_and_what_is_over_again_too() -> None:
    journal: Journal = {}
    said = []
    for state in (State.OPEN, State.RESOLVED, State.OPEN, State.RESOLVED, State.CLOSED):
        found = wanted(picture("T1", state=state, resolved=ONSET), journal)
        journal = written(journal, found)
        said.append([one.text.split()[0] for one in found.writes if isinstance(one, Say)])
    assert said == [["OUI,"], ["RÉTABLI"], ["OUI,"], ["RÉTABLI"], []]


def test_who_calls_after_the_end_is_told_that_it_is_over() -> None:
    journal = written({}, wanted(picture("T1"), {}))
    over = picture("T2", "T1", state=State.RESOLVED, resolved=ONSET)
    said = {one.ticket: one.key for one in wanted(over, journal).writes if isinstance(one, Say)}
    assert said == {"T1": "r", "T2": "r"}


def test_another_version_of_the_incident_is_none() -> None:
    journal = written({}, wanted(picture("T1"), {}))
    assert wanted(picture("T1", version=99, linked=40, customers=60), journal) == Plan(())


def test_who_was_told_by_another_operator_is_named() -> None:
    external = External("Orange", "FT-12", ExternalState.ACCEPTED)
    found = wanted(picture("T1", externals=(external,)), {})
    (said,) = [one.text for one in found.writes if isinstance(one, Say)]
    assert "Déjà déclaré à Orange, ticket FT-12" in said
    refused = msgspec.structs.replace(external, state=ExternalState.REFUSED)
    found = wanted(picture("T1", externals=(refused,)), {})
    assert "Orange" not in str(found)


def test_when_two_become_one_the_tickets_go_over_without_a_word() -> None:
    journal = written({}, wanted(picture("T1"), {}))
    assert wanted(picture("T1", state=State.MERGED), journal) == Plan((Tie("T1", linked=False),))


def test_in_english() -> None:
    found = plan(picture("T1"), {}, Messages("en", ZoneInfo("Europe/Paris")), 500)
    (said,) = [one.text for one in found.writes if isinstance(one, Say)]
    assert said.startswith("YES, it is us. Generic incident GI-1, since 03 Mar 10:00")
    assert "no technician's visit and no box swap" in said


@given(
    st.lists(
        st.tuples(
            st.sampled_from([State.OPEN, State.RESOLVED, State.REJECTED, State.PROPOSED]),
            st.sets(st.sampled_from(["T1", "T2", "T3"])),
            st.integers(0, 3),
        ),
        max_size=12,
    )
)
def test_whatever_happened_it_comes_to_rest_with_the_last_word(
    history: list[tuple[State, set[str], int]],
) -> None:
    journal: Journal = {}
    said: dict[str, str] = {}
    tied: set[str] = set()
    for state, linked, n in history:
        of = picture(*sorted(linked), state=state, text=text(n, f"texte {n}"), resolved=ONSET)
        found = wanted(of, journal)
        assert len({(type(one), getattr(one, "ticket", "")) for one in found.writes}) == len(
            found.writes
        )
        for one in found.writes:
            if isinstance(one, Say):
                said[one.ticket] = one.text
            elif isinstance(one, Tie):
                (tied.add if one.linked else tied.discard)(one.ticket)
        journal = written(journal, found)
        assert wanted(of, journal) == Plan(())
        if state is State.OPEN:
            assert tied == linked
            for ticket, words in said.items():
                last = "OUI, c'est nous" if ticket in linked else "n'est plus rattaché"
                assert last in words or (ticket not in linked and "RÉTABLI" in words)
        elif state is State.REJECTED:
            assert not tied
    assert all(line.number == "7" for (_, key), line in journal.items() if key == OWN)
    assert {t for (t, key), line in journal.items() if key == TIE and line.number} == tied
