"""What the write-back needs of a ticket tool: the small one of the tests, and the real one.

The real Request Tracker is asked for by `make test-tools` only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest

from correlator.adapters.ticket_tools import RequestTracker, ToolSettings, open_tool
from correlator.adapters.ticket_tools.http import JsonClient
from correlator.ticket_tool import (
    Note,
    ToolBusyError,
    ToolDownError,
    ToolRefusedError,
)
from tests.harness.request_tracker import running_request_tracker
from tests.harness.tracker import TOKEN, Tracker, running_tracker
from tests.harness.unavailable import ServerMissingError, unavailable

KINDS = ["small", "real"] if os.environ.get("CORRELATOR_REAL_TOOLS") == "1" else ["small"]


def settings(url: str, token: str = TOKEN) -> ToolSettings:
    return ToolSettings(
        kind="rt", url=url, token=token, queue="Incidents", customers=("Hotline",), prefix="RT-",
        symptom="Symptom", timeout=20_000,
    )  # fmt: skip


class Office(NamedTuple):
    """A tool, and agents who work with it by themselves."""

    tool: RequestTracker
    agents: JsonClient

    def call(self, customer: str, text: str = "plus de synchro") -> str:
        """Have a customer call; returns the number of the ticket."""
        body = {
            "Queue": "Hotline", "Subject": text, "Content": "depuis ce matin",
            "ContentType": "text/plain", "Requestor": f"{customer}@example.org",
            "CustomFields": {"Customer": customer, "Symptom": "no-sync"},
        }  # fmt: skip
        return str(self.agents.ask("POST", "/ticket", body=body)["id"])

    def set_status(self, ticket: str, status: str) -> None:
        self.agents.ask("PUT", f"/ticket/{ticket}", body={"Status": status})


@pytest.fixture(params=KINDS, scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Return the address of a tool, and the token of our account there."""
    if request.param == "small":
        with running_tracker() as (_, url):
            yield url, TOKEN
        return
    try:
        with running_request_tracker() as running:
            yield running
    except ServerMissingError as missing:
        unavailable("Request Tracker", str(missing))


@pytest.fixture
def office(server: tuple[str, str]) -> Iterator[Office]:
    url, token = server
    agents = JsonClient(f"{url}/REST/2.0", {"Authorization": f"token {token}"}, 20.0)
    with closing(agents), open_tool(settings(url, token)) as tool:
        yield Office(tool, agents)


@pytest.fixture
def small() -> Iterator[tuple[Tracker, RequestTracker]]:
    with running_tracker() as (tracker, url), open_tool(settings(url)) as tool:
        yield tracker, tool


# ------------------------------------------------------------------------------ of both of them


def test_a_ticket_of_ours_is_found_by_our_id_and_by_no_other(office: Office) -> None:
    office.tool.create("GI-20260303-aa", "Panne", "DSL-1")
    (found,) = office.tool.find("GI-20260303-aa")
    assert (found.queue, found.external, found.open) == ("Incidents", "GI-20260303-aa", True)
    assert office.tool.read(found.id) == found
    for other in ("GI-20260303-a", "GI-20260303-aaa", "", "x' OR id > 0 OR Subject = 'x"):
        assert office.tool.find(other) == []
    assert office.tool.read("4711") is None
    assert office.tool.read("1 OR id > 0") is None


def test_an_id_is_not_refused_twice_and_the_later_ticket_is_given_up(office: Office) -> None:
    for _ in range(2):
        office.tool.create("GI-20260303-bb", "Panne", "DSL-1")
    first, second = office.tool.find("GI-20260303-bb")
    office.tool.reject(second.id)
    after = office.tool.find("GI-20260303-bb")
    assert [one.open for one in after] == [True, False]
    with pytest.raises(ToolRefusedError):
        office.tool.reject(office.call("C0001"))
    assert first == after[0]


def test_a_link_passes_no_status_on_and_is_taken_back(office: Office) -> None:
    child = office.call("C0001")
    office.tool.create("GI-20260303-cc", "Panne", "DSL-1")
    (own,) = office.tool.find("GI-20260303-cc")
    for _ in range(2):
        office.tool.link(own.id, child)
    before = office.tool.read(child)
    assert before is not None
    assert before.parents == {own.id}
    office.set_status(own.id, "resolved")
    assert office.tool.read(child) == before
    office.tool.unlink(own.id, child)
    after = office.tool.read(child)
    assert after is not None
    assert after.parents == frozenset()


def test_a_message_is_found_by_its_key_and_changes_no_status(office: Office) -> None:
    child = office.call("C0001")
    note = Note(child, f"GI-20260303-dd [{child} t0.p0]", "OUI, c'est nous — « à dire »\n€")
    assert not office.tool.has(note)
    before = office.tool.read(child)
    office.tool.write(note)
    assert office.tool.has(note)
    assert not office.tool.has(note._replace(key="GI-20260303-dd"))
    assert office.tool.read(child) == before


def test_what_the_customer_reads_opens_a_ticket_again(office: Office) -> None:
    child = office.call("C0001")
    office.set_status(child, "resolved")
    office.tool.write(Note(child, "GI-1 [1 t0.p0]", "OUI", public=True))
    after = office.tool.read(child)
    assert after is not None
    assert after.status == "open"  # which is why a closed ticket is never written to


def test_changes_are_customers_tickets_and_go_on_where_they_were(office: Office) -> None:
    start = office.tool.changes("").cursor
    first = office.call("C0001")
    office.tool.create("GI-20260303-ee", "Panne", "DSL-1")
    found = office.tool.changes(start)
    (one,) = found.tickets
    assert (one.id, one.queue, one.customer, one.symptom) == (first, "Hotline", "C0001", "no-sync")
    assert one.text == "plus de synchro\ndepuis ce matin"
    assert office.tool.changes(found.cursor).tickets == []
    office.set_status(first, "resolved")
    (again,) = office.tool.changes(found.cursor).tickets
    assert (again.id, again.status) == (first, "resolved")


def test_many_changes_are_all_told(office: Office) -> None:
    start = office.tool.changes("").cursor
    calls = [office.call(f"C{n:04}") for n in range(60)]
    for ticket in calls[:20]:
        office.set_status(ticket, "open")
    found = office.tool.changes(start)
    assert sorted(one.id for one in found.tickets) == sorted(calls)


# ----------------------------------------------------------------------- how a tool goes wrong


def test_a_tool_that_is_down_is_down(small: tuple[Tracker, RequestTracker]) -> None:
    tracker, tool = small
    tracker.faults.down = True
    with pytest.raises(ToolDownError, match="502"):
        tool.find("GI-1")
    with open_tool(settings("http://127.0.0.1:9")) as nobody, pytest.raises(ToolDownError):
        nobody.find("GI-1")


def test_a_busy_tool_says_how_long(small: tuple[Tracker, RequestTracker]) -> None:
    tracker, tool = small
    for asked, expected in ((7.0, 7.0), (1e9, 900.0), (float("nan"), 30.0)):
        tracker.faults.busy = asked
        with pytest.raises(ToolBusyError) as told:
            tool.find("GI-1")
        assert told.value.after == expected


def test_a_token_that_is_not_taken_is_refused() -> None:
    with (
        running_tracker() as (_, url),
        open_tool(settings(url, "wrong")) as tool,
        pytest.raises(ToolRefusedError, match="401"),
    ):
        tool.find("GI-1")


def test_what_is_no_json_is_no_answer(small: tuple[Tracker, RequestTracker]) -> None:
    tracker, tool = small
    tracker.answer = lambda *_: (200, ["nothing", "of", "the", "kind"])  # type: ignore[method-assign]
    with pytest.raises(ToolDownError, match="no list of items"):
        tool.find("GI-1")
