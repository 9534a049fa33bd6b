"""The rules of writing to a ticket tool, each by what it is for: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

import correlator.adapters.ticket_tools as adapters
from correlator.adapters.sql import SqlStore, open_store
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode.tickets import decode_ticket
from correlator.model import LinkState, State, Verdict
from correlator.ticket_tool import WriteState
from correlator.writeback import Inbound
from tests.builders import catalog, network
from tests.harness.tracker import Tracker, running_tracker
from tests.harness.writing import CLOCK, INCIDENT, PREFIX, Evening


@pytest.fixture
def tracker() -> Iterator[tuple[Tracker, str]]:
    with running_tracker() as running:
        yield running


@pytest.fixture
def evening(store: SqlStore, tracker: tuple[Tracker, str]) -> Iterator[Evening]:
    with closing(Evening(store, *tracker)) as begun:
        yield begun


@pytest.fixture
def plain(tmp_path: Path, tracker: tuple[Tracker, str]) -> Iterator[Any]:
    """Return a maker of evenings with other settings, on SQLite."""
    with ExitStack() as stack:
        opened = stack.enter_context(closing(open_store(f"sqlite:///{tmp_path / 'plain.db'}")))
        yield lambda **changes: stack.enter_context(closing(Evening(opened, *tracker, **changes)))


def test_an_incident_from_its_first_call_to_its_end(evening: Evening) -> None:
    called = evening.calls(3)
    evening.link(*called[:2])
    evening.settle()
    (own,) = evening.parents()
    assert evening.tracker.tickets[own]["fields"] == {"External Id": INCIDENT}
    assert evening.linked() == set(called[:2])
    (told,) = evening.tracker.told(called[0])
    assert "OUI, c'est nous" in told
    assert "une carte du central est en panne" in told
    assert "pas de visite de technicien, pas d'échange de box" in told
    assert "pas encore d'heure" in told
    evening.link(called[2])
    evening.promise(1)
    evening.settle()
    assert "03/03 11:00" in evening.tracker.told(called[0])[-1]
    assert [len(evening.tracker.told(number)) for number in called] == [2, 2, 1]
    evening.change(state=State.RESOLVED, resolved=CLOCK + 6_000_000)
    evening.settle()
    for number in called:
        assert evening.tracker.told(number)[-1].startswith("RÉTABLI à 03/03 11:40")
    evening.change(state=State.CLOSED)
    evening.settle()
    assert [len(evening.tracker.told(number)) for number in called] == [3, 3, 2]


# ------------------------------------------------------------------------ 1. no status of theirs


def test_rule_1_no_status_of_a_customers_ticket_is_changed(evening: Evening) -> None:
    called = evening.calls(20)
    for number in called[::3]:
        evening.tracker.set_status(number, "open")
    evening.tracker.set_status(called[1], "resolved")
    before = evening.tracker.statuses("Hotline")
    evening.link(*called)
    evening.settle()
    evening.change(state=State.RESOLVED, resolved=CLOCK + 1)
    evening.settle()
    evening.tracker.set_status(evening.parents()[0], "resolved")
    evening.change(state=State.CLOSED)
    evening.settle()
    assert evening.tracker.statuses("Hotline") == before


def test_rule_1_no_adapter_can_write_a_status_of_theirs() -> None:
    for file in Path(adapters.__file__).parent.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        # The one place gives up a ticket of our own, after it has looked whose it is.
        assert source.count('"Status":') <= 1, file.name


# ------------------------------------------------------------------------------- 2. identity


def test_rule_2_a_ticket_of_another_queue_is_not_written_to(evening: Evening) -> None:
    foreign = evening.tracker.open("Invoices", "facture", {})
    evening.link(foreign, "4711")
    evening.settle()
    assert evening.tracker.told(foreign) == []
    assert evening.linked() == set()
    lines = {(line.ticket, line.state) for line in evening.desk.written(INCIDENT) if line.ticket}
    assert lines == {
        (f"{PREFIX}{foreign}", WriteState.SKIPPED), (f"{PREFIX}4711", WriteState.SKIPPED)
    }  # fmt: skip


def test_rule_2_a_tool_that_ignores_filters_is_not_written_to(evening: Evening) -> None:
    evening.calls(5)
    assert evening.writer.probe("GI-nobodys") == ""
    evening.tracker.faults.ignores_filters = True
    assert "found 5 tickets" in evening.writer.probe("GI-nobodys")


def test_rule_2_what_was_found_is_looked_at(evening: Evening) -> None:
    called = evening.calls(2)
    evening.tracker.faults.ignores_filters = True
    evening.link(*called)
    evening.settle()  # every search finds the first customer's ticket, and all others
    (own,) = evening.parents()
    assert own not in called
    assert [len(evening.tracker.told(number)) for number in called] == [1, 0]  # it is not 2


# ------------------------------------------------------------------ 3. search, create, read back


def test_rule_3_one_ticket_although_the_answer_was_lost(evening: Evening) -> None:
    called = evening.calls(2)
    evening.link(*called)
    evening.tracker.faults.loses_answers = True
    for _ in range(3):
        evening.now += evening.worker.turn()
    evening.tracker.faults.loses_answers = False
    evening.settle()
    assert len(evening.parents()) == 1
    assert [len(evening.tracker.told(number)) for number in called] == [1, 1]


def test_rule_3_of_two_that_were_opened_the_later_is_given_up(evening: Evening) -> None:
    for _ in range(2):
        evening.tool.create(INCIDENT, "Panne", "")
    first, second = [n for n, t in evening.tracker.tickets.items() if t["queue"] == "Incidents"]
    evening.link(*evening.calls(1))
    evening.settle()
    assert evening.parents() == [first]
    assert evening.tracker.tickets[second]["status"] == "rejected"


# ----------------------------------------------------------------------------- 4. messages


def test_rule_4_one_message_for_a_text_however_often_the_version_rises(evening: Evening) -> None:
    called = evening.calls(6)
    for number in called:
        evening.link(number)
        evening.settle()
    assert evening.incident.version > 6
    assert [len(evening.tracker.told(number)) for number in called] == [1] * 6


def test_rule_4_the_newest_wins_and_what_was_not_sent_is_dropped(evening: Evening) -> None:
    (called,) = evening.calls(1)
    evening.link(called)
    evening.settle()
    evening.tracker.faults.down = True
    for n in (1, 2, 3):
        evening.promise(n)
        evening.approve(n, f"texte {n}")
        evening.worker.turn()
    evening.tracker.faults.down = False
    evening.settle()
    assert len(evening.tracker.told(called)) == 2
    assert "« texte 3 »" in evening.tracker.told(called)[1]
    assert "03/03 13:00" in evening.tracker.told(called)[1]


def test_rule_4_a_closed_ticket_is_told_nothing(evening: Evening) -> None:
    called = evening.calls(3)
    for number, status in zip(called, ("resolved", "rejected", "open"), strict=True):
        evening.tracker.set_status(number, status)
    evening.link(*called)
    evening.settle()
    assert [len(evening.tracker.told(number)) for number in called] == [0, 0, 1]


@pytest.mark.parametrize(("public", "kind"), [(False, "comment"), (True, "correspond")])
def test_rule_4_staff_alone_reads_unless_customers_are_to(
    plain: Any, *, public: bool, kind: str
) -> None:
    evening = plain(public=public)
    (called,) = evening.calls(1)
    evening.link(called)
    evening.settle()
    assert evening.tracker.messages[-1]["kind"] == kind


def test_rule_4_what_no_longer_holds_is_taken_back(evening: Evening) -> None:
    called = evening.calls(2)
    evening.link(*called)
    evening.settle()
    evening.link(called[0], state=LinkState.UNLINKED)
    evening.settle()
    assert "n'est plus rattaché" in evening.tracker.told(called[0])[-1]
    assert evening.linked() == {called[1]}
    evening.link(called[0])
    evening.settle()
    assert "OUI, c'est nous" in evening.tracker.told(called[0])[-1]
    assert evening.linked() == set(called)
    evening.change(state=State.REJECTED)
    evening.settle()
    assert [len(evening.tracker.told(number)) for number in called] == [4, 2]
    assert evening.linked() == set()


# -------------------------------------------------------------------------------- 5. echoes


def test_rule_5_what_we_write_does_not_come_back_as_a_caller(plain: Any) -> None:
    evening = plain(public=True)  # worse than a comment: RT opens the ticket, and not as us
    inbound = Inbound(evening.tool, evening.desk, PREFIX)
    engine = Engine(network(), catalog(), EngineSettings())

    def verdicts() -> int:
        inbound.poll(CLOCK)
        events = [decode_ticket(value) for value in evening.posted()]
        return sum(isinstance(e, Verdict) for one in events for e in engine.handle(one))

    verdicts()
    (called,) = evening.calls(1)
    assert verdicts() == 1
    evening.link(called)
    evening.settle()
    assert evening.tracker.tickets[called]["status"] == "open"
    assert verdicts() == 0
    evening.tracker.set_status(called, "resolved")
    assert verdicts() == 0


# ---------------------------------------------------------------------------------- 6. rate


def test_rule_6_no_more_writes_than_the_rate(plain: Any) -> None:
    evening = plain(rate=5.0, burst=10)
    evening.link(*evening.calls(50))
    seconds = evening.settle()
    assert seconds >= (101 - 10) / 5.0 - 1.0  # a ticket of its own; a message and a link for each


def test_rule_6_a_tool_that_asks_for_patience_gets_it(evening: Evening) -> None:
    evening.link(*evening.calls(1))
    evening.tracker.faults.busy = 40.0
    evening.worker.turn()
    asked = len(evening.tracker.requests)
    assert 39.0 < evening.worker.turn() <= 40.0
    assert len(evening.tracker.requests) == asked
    evening.tracker.faults.busy = 0.0
    assert evening.settle() >= 39.0
    assert len(evening.parents()) == 1


def test_rule_6_a_tool_that_is_down_is_left_alone_ever_longer(evening: Evening) -> None:
    evening.link(*evening.calls(1))
    evening.tracker.faults.down = True
    while evening.now < 600.0:
        evening.now += max(evening.worker.turn(), 0.1)
    assert len(evening.tracker.requests) < 15
    evening.tracker.faults.down = False
    evening.settle()
    assert len(evening.linked()) == 1


def test_rule_6_a_token_that_ended_costs_no_message(evening: Evening) -> None:
    called = evening.calls(2)
    evening.link(*called)
    evening.tracker.token_ended = True
    for _ in range(5):
        evening.now += max(evening.worker.turn(), 1.0)
    evening.tracker.token_ended = False
    evening.settle()
    assert evening.linked() == set(called)
    assert [len(evening.tracker.told(number)) for number in called] == [1, 1]


def test_rule_6_above_a_number_of_tickets_a_person_confirms_first(plain: Any) -> None:
    evening = plain(most=5)
    called = evening.calls(6)
    evening.link(*called)
    evening.settle()
    assert evening.parents() == []
    evening.change(confirmed_by="l.petit")
    evening.settle()
    assert evening.linked() == set(called)


# ------------------------------------------------------------------- 7. the read is believed


def test_rule_7_a_write_is_done_once_it_is_read(evening: Evening) -> None:
    called = evening.calls(1)
    evening.link(*called)
    evening.settle()
    evening.promise(1)
    evening.tracker.faults.does_nothing = True
    for _ in range(4):
        evening.now += evening.worker.turn()
    assert not evening.worker.settled
    assert [line.state for line in evening.desk.written(INCIDENT)].count(WriteState.BEGUN) == 1
    evening.tracker.faults.does_nothing = False
    evening.settle()
    assert len(evening.tracker.told(called[0])) == 2


def test_rule_7_a_link_that_the_tool_did_not_make_is_made_again(evening: Evening) -> None:
    called = evening.calls(1)
    evening.tool.create(INCIDENT, "Panne", "")
    evening.tracker.faults.does_nothing = True
    evening.link(*called)
    for _ in range(3):
        evening.now += evening.worker.turn()
    assert evening.linked() == set()
    evening.tracker.faults.does_nothing = False
    evening.settle()
    assert evening.linked() == set(called)


# --------------------------------------------------------------------- 8. the poll is the truth


def test_rule_8_what_changed_is_read_once_whoever_died(evening: Evening) -> None:
    inbound = Inbound(evening.tool, evening.desk, PREFIX)
    assert inbound.poll(CLOCK) == 0
    called = evening.calls(3)
    evening.tracker.open("Incidents", "ours", {"External Id": INCIDENT})
    evening.begin()  # another process goes on where the one before was
    again = Inbound(evening.tool, evening.desk, PREFIX)
    assert again.poll(CLOCK) == 3
    tickets = [decode_ticket(value) for value in evening.posted()]
    assert [one.id for one in tickets] == [f"{PREFIX}{number}" for number in called]
    assert again.poll(CLOCK) == 0


# --------------------------------------------------------------- 9. times are in whole seconds


def test_rule_9_a_ticket_never_occurs_after_it_arrives(evening: Evening) -> None:
    inbound = Inbound(evening.tool, evening.desk, PREFIX)
    inbound.poll(CLOCK)
    evening.calls(1)
    early = 1_772_524_799_500  # half a second before the whole second in which it was opened
    inbound.poll(early)
    (ticket,) = [decode_ticket(value) for value in evening.posted()]
    assert ticket.arrived == early
    assert ticket.occurred <= ticket.arrived


# ------------------------------------------------------------------------------- it may die


@pytest.mark.parametrize("moment", ["before", "after"])
def test_it_may_die_at_every_request(plain: Any, moment: str) -> None:
    """Before: nothing reaches the tool. After: it does what it is told, and nobody hears of it."""
    evening = plain()
    called = evening.calls(3)
    evening.link(*called)
    fault = "down" if moment == "before" else "loses_answers"
    deaths = 0
    while not evening.worker.settled:
        last = len(evening.tracker.requests) + 1 + deaths % 12
        setattr(evening.tracker.faults, fault, False)

        def die(number: int, last: int = last) -> None:
            setattr(evening.tracker.faults, fault, number >= last)

        evening.tracker.before = die
        while not getattr(evening.tracker.faults, fault) and not evening.worker.settled:
            evening.now += evening.worker.turn()
        if getattr(evening.tracker.faults, fault):
            deaths += 1
            evening.begin()
    assert deaths >= 6
    assert len(evening.parents()) == 1
    assert [len(evening.tracker.told(number)) for number in called] == [1, 1, 1]
    assert evening.linked() == set(called)
