"""A person's word counts in every book: what they link, merge or split raises nothing anew."""

from collections.abc import Iterable

import pytest

from correlator.model import Event, Incident, LinkChanged, LinkState, State
from tests.builders import Desk, alarm, calls, customers_of, spread, ticket

CARD = calls(spread(customers_of("DSL-1/C1"), 9), 0, 3)
OTHERS = spread(customers_of("DSL-4/C2"), 6)
"""Customers of another card, far from the first one."""


PAIR = calls(OTHERS[:2], 30, 1)


def linked_by_person() -> tuple[Desk, Incident]:
    """Two customers of another card call, and a person links both to the incident."""
    desk = Desk().feed(CARD, PAIR)
    incident = desk.incident()
    assert desk.act("link", incident, 31.2, tickets=tuple(one.id for one in PAIR)) == ""
    return desk, incident


def merged_by_person() -> tuple[Desk, Incident]:
    """Four customers of another card raise an incident, and a person merges it into the first."""
    desk = Desk().feed(CARD, calls(OTHERS[:4], 30, 1))
    incident, other = sorted(desk.announced(), key=lambda one: one.domain)
    assert other.domain == "DSL-4/C2"
    assert desk.act("merge", other, 33.2, into=incident.id) == ""
    return desk, incident


def split_by_person() -> tuple[Desk, Incident]:
    """Two customers of another card call, and a person puts them down to a third one."""
    desk = Desk().feed(CARD, PAIR)
    incident, tickets = desk.incident(), tuple(one.id for one in PAIR)
    assert desk.act("split", incident, 31.2, tickets=tickets, domain="DSL-3/C3") == ""
    (apart,) = [one for one in desk.announced() if one.domain == "DSL-3/C3"]
    return desk, apart


def links_to(desk: Desk, tickets: Iterable[str], but: Incident) -> set[str]:
    """Return what any of the tickets is linked to, beside one incident."""
    return {
        one.id
        for one in desk.outcome.incidents.values()
        if one.id != but.id and set(tickets) & set(desk.linked(one))
    }


def raised_by(desk: Desk, callers: int, minute: float) -> list[str]:
    """Return what so many further callers of the other card raise."""
    before = {one.id for one in desk.announced()}
    desk.feed(calls(OTHERS[4 : 4 + callers], minute, 0.5)).until(60)
    return [one.domain for one in desk.announced() if one.id not in before]


def test_who_calls_after_a_person_linked_two_others_raises_nothing() -> None:
    """They had taken the card beyond its threshold: the next caller would have named it."""
    desk, _ = linked_by_person()
    assert raised_by(desk, 1, 31.5) == []


def test_who_calls_after_a_person_split_two_others_off_raises_nothing() -> None:
    desk, _ = split_by_person()
    assert raised_by(desk, 1, 31.5) == []


def test_two_who_call_after_a_person_merged_an_incident_raise_nothing() -> None:
    """The merged incident's four callers are no evidence any more that the card fails."""
    desk, _ = merged_by_person()
    assert raised_by(desk, 2, 34) == []


def test_a_call_that_a_person_linked_is_out_of_the_burst_statistic() -> None:
    desk = Desk().feed(CARD, PAIR)
    before = desk.level("DSL-4/C2")
    desk.act("link", desk.incident(), 31.2, tickets=tuple(one.id for one in PAIR))
    assert before > 1.0
    assert desk.level("DSL-4/C2") < 0.01


@pytest.mark.parametrize("by_person", [linked_by_person, merged_by_person, split_by_person])
def test_what_a_person_linked_is_never_linked_elsewhere(by_person: object) -> None:
    """Though another incident on the same card is announced soon after, with other callers."""
    assert callable(by_person)
    desk, incident = by_person()
    more = [c for c in customers_of("DSL-4/C2") if c not in OTHERS]
    desk.feed(calls(spread(more, 8), 40, 1)).until(60)
    assert "DSL-4/C2" in [one.domain for one in desk.announced() if one.state is State.OPEN]
    mine = [event.id for event in PAIR]
    assert set(mine) <= set(desk.linked(incident))
    assert links_to(desk, mine, incident) == set()


def test_a_person_who_links_an_explained_ticket_takes_it_from_the_other_incident() -> None:
    desk = Desk().feed(CARD, calls(OTHERS[:4], 30, 1))
    first, other = sorted(desk.announced(), key=lambda one: one.domain)
    mine = PAIR[0].id
    assert mine in desk.linked(other)
    assert desk.act("link", first, 40, tickets=(mine,)) == ""
    assert mine in desk.linked(first)
    assert mine not in desk.linked(other)
    changes = [one.link for one in desk.of(LinkChanged) if one.link.ticket == mine]
    assert [(c.incident, c.state) for c in changes[-2:]] == [
        (first.id, LinkState.LINKED),
        (other.id, LinkState.UNLINKED),
    ]


def test_the_repeat_of_a_linked_customer_stays_where_a_person_has_put_it() -> None:
    """The engine links repeats of its callers; not one that a person has linked elsewhere."""
    desk = Desk().feed(CARD, calls(OTHERS[:4], 30, 1), ticket(OTHERS[0], 38, id="again"))
    first, other = sorted(desk.announced(), key=lambda one: one.domain)
    desk.act("link", first, 40, tickets=("again",))
    more = [c for c in customers_of("DSL-4/C2") if c not in OTHERS]
    desk.feed(calls(spread(more, 6), 41, 1)).until(60)
    assert "again" in desk.linked(first)
    assert "again" not in desk.linked(other)


def test_a_better_cause_keeps_what_a_person_linked() -> None:
    """The engine names another domain; the person's ticket, from elsewhere, stays explained."""
    desk = Desk().feed(CARD[:5])
    incident = desk.incident()
    desk.feed(ticket(OTHERS[0], 13, id="mine"))
    desk.act("link", incident, 14, tickets=("mine",))
    wider: list[Event] = [
        event
        for card in range(2, 7)
        for event in calls(spread(customers_of(f"DSL-1/C{card}"), 6), 15, 2)
    ]
    desk.feed(alarm("DSL-1", 14), wider).until(60)
    (now,) = [one for one in desk.announced() if one.state is State.OPEN]
    assert now.domain == "DSL-1"
    assert "mine" in desk.linked(now)
    assert desk.call("mine").explained() > 0.9


@pytest.mark.parametrize("verb", ["merge", "reject"])
def test_what_is_refused_changes_nothing(verb: str) -> None:
    """A closed incident can be neither merged nor rejected, and keeps its links."""
    desk = Desk().feed(CARD).until(16 * 60)
    closed = desk.incident()
    assert desk.now(closed).state is State.CLOSED
    desk.feed(calls(spread(customers_of("DSL-3/C4"), 7), 16 * 60 + 1, 2)).until(17 * 60)
    (lives,) = [one for one in desk.announced() if one.domain == "DSL-3/C4"]
    before = desk.linked(closed)
    assert before
    into = {"into": lives.id} if verb == "merge" else {"reason": "training call"}
    assert "cannot" in desk.act(verb, closed, 17 * 60 + 1, **into)
    assert desk.linked(closed) == before


def test_what_a_person_linked_to_a_candidate_goes_along_when_it_is_absorbed() -> None:
    """And from there, when a person rejects the incident that absorbed it."""
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    desk.feed(ticket(OTHERS[0], 21, id="mine"))
    assert desk.act("link", candidate, 22, tickets=("mine",)) == ""
    wider = [
        event
        for card in range(2, 7)
        for event in calls(spread(customers_of(f"DSL-1/C{card}"), 6), 23, 2)
    ]
    desk.feed(alarm("DSL-1", 22.5), wider).until(60)
    (now,) = [one for one in desk.announced() if one.state is State.OPEN]
    assert (now.domain, desk.now(candidate).state) == ("DSL-1", State.MERGED)
    assert "mine" in desk.linked(now)
    assert desk.call("mine").assigned == desk.live(now).number
    assert desk.act("reject", now, 61, reason="training call") == ""
    assert "mine" not in desk.linked(now)
    assert desk.call("mine").assigned == 0


def test_what_a_person_unlinked_is_not_attributed_again_by_a_better_cause() -> None:
    desk = Desk().feed(CARD[:5])
    incident, mine = desk.incident(), CARD[0].id
    assert desk.act("unlink", incident, 14, tickets=(mine,)) == ""
    wider = [
        event
        for card in range(2, 7)
        for event in calls(spread(customers_of(f"DSL-1/C{card}"), 6), 15, 2)
    ]
    desk.feed(alarm("DSL-1", 14), wider).until(60)
    (now,) = [one for one in desk.announced() if one.state is State.OPEN]
    assert (now.id, now.domain) == (incident.id, "DSL-1")
    assert mine not in desk.linked(now)
    assert desk.live(now).number not in desk.call(mine).attributions


def test_what_a_person_linked_stays_when_its_customer_is_corrected() -> None:
    desk, incident = linked_by_person()
    mine = PAIR[0].id
    other = next(c for c in customers_of("DSL-4/C2") if c not in OTHERS)
    desk.feed(ticket(other, 35, id=mine))
    assert mine in desk.linked(incident)
    call = desk.call(mine)
    assert (call.customer, call.assigned) == (other, desk.live(incident).number)
    assert other in desk.live(incident).callers
    assert raised_by(desk, 1, 36) == []
