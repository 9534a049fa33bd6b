"""What records about tickets do: changes, repeats, other places, late and odd ones."""

import msgspec
import pytest

from correlator.model import (
    DAY,
    MINUTE,
    Answer,
    Incident,
    LinkChanged,
    LinkState,
    Ticket,
    TicketKept,
    Verdict,
)
from tests.builders import Desk, at, calls, customers_of, spread, ticket, under

CARD = customers_of("DSL-1/C1")
ELSEWHERE = customers_of("DSL-3/C4")
FAULT = calls(spread(CARD, 7), 0, 4)


def fault() -> tuple[Desk, Incident]:
    desk = Desk().feed(FAULT)
    return desk, desk.incident()


def test_a_repeated_record_changes_nothing() -> None:
    desk, _ = fault()
    before = len(desk.of(TicketKept)), len(desk.of(LinkChanged)), len(desk.of(Verdict))
    again = msgspec.structs.replace(FAULT[0], arrived=at(30), event_id="again")
    desk.feed(again)
    assert (len(desk.of(TicketKept)), len(desk.of(LinkChanged)), len(desk.of(Verdict))) == before


def test_a_change_of_status_keeps_the_link_and_asks_for_no_second_verdict() -> None:
    desk, incident = fault()
    desk.feed(ticket(CARD[0], 30, id=FAULT[0].id, occurred=at(0), status="inProgress"))
    assert desk.of(TicketKept)[-1].ticket.status == "inProgress"
    assert FAULT[0].id in desk.linked(incident)
    assert [v.ticket for v in desk.outcome.verdicts].count(FAULT[0].id) == 1


def test_a_change_keeps_what_it_does_not_say() -> None:
    desk = Desk().feed(ticket(CARD[0], 0, id="T", text="plus de synchro", symptom="no-sync"))
    desk.feed(ticket(None, 5, id="T", symptom=None, occurred=at(0), status="closed"))
    kept = desk.of(TicketKept)[-1]
    assert (kept.ticket.customer, kept.symptom, kept.ticket.text) == (
        CARD[0],
        "no-sync",
        "plus de synchro",
    )


def test_a_change_of_severity_is_a_change() -> None:
    desk = Desk().feed(ticket(CARD[0], 0, id="T", severity="minor"))
    desk.feed(ticket(CARD[0], 5, id="T", occurred=at(0), severity="critical"))
    assert desk.of(TicketKept)[-1].ticket.severity == "critical"


def test_a_ticket_that_moves_to_another_customer_leaves_its_incident() -> None:
    desk, incident = fault()
    desk.feed(ticket(ELSEWHERE[0], 40, id=FAULT[1].id, occurred=at(4)))
    assert FAULT[1].id not in desk.linked(incident)
    assert desk.until(41).now(incident).observed == 6


def test_tickets_that_move_to_another_place_count_there() -> None:
    desk = Desk().feed(calls(spread(CARD, 2), 0, 1))
    moved = [
        ticket(place, 5 + 3 * n, id=f"M{n}", occurred=at(2 + n))
        for n, place in enumerate(spread(ELSEWHERE, 6))
    ]
    before = [
        ticket(customer, 2 + n * 0.4, id=f"M{n}")
        for n, customer in enumerate(customers_of("DSL-2/C2")[:1] * 6)
    ]
    desk.feed(before, moved)
    assert desk.causes() == ["DSL-3/C4"]


def test_a_cancelled_ticket_leaves_its_incident_and_its_count() -> None:
    desk, incident = fault()
    desk.feed(ticket(CARD[0], 30, id=FAULT[0].id, occurred=at(0), status="cancelled"))
    assert FAULT[0].id not in desk.linked(incident)
    assert desk.until(31).now(incident).observed == 6


def test_a_cancelled_repeat_leaves_the_incident_of_its_customers_first_call() -> None:
    repeat = ticket(CARD[0], 1, id="again")
    desk = Desk().feed(FAULT, repeat)
    assert "again" in desk.linked(desk.incident())
    desk.feed(ticket(CARD[0], 30, id="again", occurred=at(1), status="cancelled"))
    assert "again" not in desk.linked(desk.incident())


def test_tickets_cancelled_before_they_count_raise_nothing() -> None:
    desk = Desk().feed(
        ticket(customer, 4 * n, status="cancelled") for n, customer in enumerate(spread(CARD, 8))
    )
    assert desk.announced() == []


def test_a_ticket_of_an_unknown_customer_is_kept_and_points_nowhere() -> None:
    desk = Desk().feed(ticket("nobody", 0, id="T"))
    assert desk.verdict("T").answer is Answer.UNKNOWN
    kept = desk.of(TicketKept)[-1]
    assert (kept.ticket.id, kept.known) == ("T", False)


def test_a_ticket_without_customer_is_kept_and_points_nowhere() -> None:
    desk = Desk().feed(ticket(None, 0, id="T"))
    assert desk.verdict("T").answer is Answer.UNKNOWN
    assert not desk.of(TicketKept)[-1].known


def test_a_ticket_whose_customer_is_named_later_counts_there() -> None:
    later = [
        ticket(customer, 10 + 3 * n, id=f"L{n}", occurred=at(n))
        for n, customer in enumerate(spread(CARD, 6))
    ]
    desk = Desk().feed((ticket(None, n, id=f"L{n}") for n in range(6)), later)
    assert desk.causes() == ["DSL-1/C1"]


def test_tickets_that_arrive_out_of_order_find_the_same_cause() -> None:
    shuffled = [0, 12, 4, 20, 8, 24, 16]
    desk = Desk().feed(
        ticket(customer, 30 + n, occurred=at(occurred))
        for n, (customer, occurred) in enumerate(zip(spread(CARD, 7), shuffled, strict=True))
    )
    incident = desk.incident()
    assert incident.domain == "DSL-1/C1"
    assert incident.onset == at(0)
    assert len(desk.linked(incident)) == 7


def test_a_feed_that_empties_at_once_after_a_stall_finds_the_cause() -> None:
    desk = Desk().feed(
        ticket(customer, 60 + n / 60, occurred=at(4 * n))
        for n, customer in enumerate(spread(CARD, 7))
    )
    assert desk.causes() == ["DSL-1/C1"]


def test_an_earlier_caller_whose_ticket_comes_late_is_linked() -> None:
    desk, incident = fault()
    desk.feed(ticket(CARD[2], 35, id="late", occurred=at(6)))
    assert "late" in desk.linked(incident)


def test_a_second_call_of_a_linked_customer_is_linked_but_not_counted() -> None:
    desk, incident = fault()
    observed = desk.until(29).now(incident).observed
    desk.feed(ticket(CARD[0], 30, id="again")).until(31)
    assert "again" in desk.linked(incident)
    assert desk.now(incident).observed == observed


def test_a_customer_whose_repeats_are_cancelled_is_still_one_customer() -> None:
    records = []
    for n in range(8):
        name = f"R{n}"
        records.append(ticket(CARD[0], 5 * n, id=name))
        if n % 2:
            records.append(
                ticket(CARD[0], 5 * n + 1, id=name, occurred=at(5 * n), status="cancelled")
            )
    assert Desk().feed(records).announced() == []


def test_a_ticket_closed_days_later_is_no_new_call() -> None:
    desk = Desk().feed(ticket(CARD[0], 0, id="T"))
    later = 3 * DAY // MINUTE
    desk.feed(ticket(CARD[0], later, id="T", occurred=at(0), status="closed"))
    assert [v.ticket for v in desk.outcome.verdicts] == ["T"]


def test_a_link_says_how_probable_it_is_and_why() -> None:
    desk, _ = fault()
    link = desk.of(LinkChanged)[-1].link
    assert link.state is LinkState.LINKED
    assert 0.5 <= link.probability <= 1
    assert {"probability", "incident_rate", "usual_rate", "needed"} <= set(link.reason.numbers)


# ------------------------------------------------------------------- the category and the words


def habits() -> list[Ticket]:
    """Return tickets from which the words of two categories are learned."""
    said = (("no-tv", "plus de chaînes, image figée"), ("billing", "conteste un montant prélevé"))
    return [
        ticket(customer, n, said[n % 2][0], id=f"H{n}", text=f"{said[n % 2][1]} {n}")
        for n, customer in enumerate(under("*")[::3])
    ]


@pytest.mark.parametrize(
    ("typed", "text", "taken"),
    [
        ("billing", "plus de chaînes, image figée depuis midi", "no-tv"),
        ("billing", "conteste un montant", "billing"),
        ("billing", "image", "billing"),
        ("billing", "plus rien ne marche", "billing"),
        ("billing", "", "billing"),
        ("no-sync", "client mécontent", "no-sync"),
    ],
    ids=[
        "plainly another",
        "the same",
        "rather another",
        "says nothing",
        "no words",
        "unheard words",
    ],
)
def test_a_category_that_the_words_plainly_contradict_is_not_believed(
    typed: str, text: str, taken: str
) -> None:
    desk = Desk().feed(habits(), ticket(CARD[0], 320, typed, id="T", text=text))
    kept = desk.of(TicketKept)[-1]
    assert (kept.ticket.symptom, kept.symptom) == (typed, taken)


def test_words_that_only_the_catalog_explains_contradict_nobody() -> None:
    """How this hotline's agents use its categories has to be seen first."""
    desk = Desk().feed(ticket(CARD[0], 5, "billing", id="T", text="plus de synchro"))
    assert desk.of(TicketKept)[-1].symptom == "billing"
