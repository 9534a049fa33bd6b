"""What the write-back needs of a ticket tool: the small ones of the tests, and the real ones.

The real Request Tracker and Redmine are asked for by `make test-tools` only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from correlator.adapters.ticket_tools import ToolSettings, open_tool
from correlator.adapters.ticket_tools.http import JsonClient
from correlator.ticket_tool import (
    Note,
    TicketTool,
    ToolBusyError,
    ToolDownError,
    ToolRefusedError,
)
from tests.harness.redmine import running_redmine
from tests.harness.request_tracker import running_request_tracker
from tests.harness.small_redmine import KEY, running_small_redmine
from tests.harness.tracker import TOKEN, Tracker, running_tracker
from tests.harness.unavailable import ServerMissingError, unavailable
from tests.harness.waiting import until

REAL = os.environ.get("CORRELATOR_REAL_TOOLS") == "1"
KINDS = ["rt", "redmine", *(["real rt", "real redmine"] if REAL else [])]


def settings(url: str, token: str = TOKEN) -> ToolSettings:
    return ToolSettings(
        kind="rt", url=url, token=token, queue="Incidents", customers=("Hotline",), prefix="RT-",
        symptom="Symptom", timeout=20_000,
    )  # fmt: skip


def redmine_settings(url: str, token: str = KEY) -> ToolSettings:
    return ToolSettings(
        kind="redmine", url=url, token=token, queue="incidents", customers=("hotline",),
        prefix="R-", external="1", customer="2", symptom="3", timeout=20_000,
    )  # fmt: skip


class Office:
    """A tool, and agents who work with it by themselves; `over` closes a ticket."""

    def __init__(self, tool: TicketTool, agents: JsonClient, queues: tuple[str, str]) -> None:
        self.tool, self.agents = tool, agents
        self.ours, self.theirs = queues

    def call(self, customer: str) -> str:
        """Have a customer call; returns the number of the ticket."""
        body = {
            "Queue": "Hotline", "Subject": "plus de synchro", "Content": "depuis ce matin",
            "ContentType": "text/plain", "Requestor": f"{customer}@example.org",
            "CustomFields": {"Customer": customer, "Symptom": "no-sync"},
        }  # fmt: skip
        return str(self.agents.ask("POST", "/ticket", body=body)["id"])

    def work(self, ticket: str, *, close: bool = False) -> None:
        """Have an agent begin with a ticket, or close it."""
        status = "resolved" if close else "open"
        self.agents.ask("PUT", f"/ticket/{ticket}", body={"Status": status})


class RedmineOffice(Office):
    """The same with Redmine."""

    def call(self, customer: str) -> str:
        """Have a customer call; returns the number of the ticket."""
        fields = [{"id": 2, "value": customer}, {"id": 3, "value": "no-sync"}]
        issue = {
            "project_id": "hotline", "subject": "plus de synchro",
            "description": "depuis ce matin", "custom_fields": fields,
        }  # fmt: skip
        return str(self.agents.ask("POST", "/issues.json", body={"issue": issue})["issue"]["id"])

    def work(self, ticket: str, *, close: bool = False) -> None:
        """Have an agent begin with a ticket, or close it."""
        body = {"issue": {"status_id": 5 if close else 2}}
        self.agents.ask("PUT", f"/issues/{ticket}.json", body=body)


@contextmanager
def started(kind: str) -> Iterator[tuple[str, str]]:
    """Run a tool; yields its address, and the token of our account there."""
    match kind:
        case "rt":
            with running_tracker() as (_, url):
                yield url, TOKEN
        case "redmine":
            with running_small_redmine() as (_, url):
                yield url, KEY
        case _:
            real = running_request_tracker if kind == "real rt" else running_redmine
            with real() as both:
                yield both


@pytest.fixture(params=KINDS, scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """Return the kind of a tool, its address, and the token of our account there."""
    try:
        with started(request.param) as (url, token):
            yield request.param, url, token
    except ServerMissingError as missing:
        unavailable(request.param, str(missing))


@pytest.fixture
def office(server: tuple[str, str, str]) -> Iterator[Office]:
    kind, url, token = server
    if kind.endswith("rt"):
        headers, base = {"Authorization": f"token {token}"}, f"{url}/REST/2.0"
        made, queues, of = Office, ("Incidents", "Hotline"), settings(url, token)
    else:
        headers, base = {"X-Redmine-API-Key": token}, url
        made, queues, of = RedmineOffice, ("incidents", "hotline"), redmine_settings(url, token)
    with closing(JsonClient(base, headers, 20.0)) as agents, open_tool(of) as tool:
        yield made(tool, agents, queues)


@pytest.fixture
def small() -> Iterator[tuple[Tracker, TicketTool]]:
    with running_tracker() as (tracker, url), open_tool(settings(url)) as tool:
        yield tracker, tool


# ------------------------------------------------------------------------------ of both of them


def test_a_ticket_of_ours_is_found_by_our_id_and_by_no_other(office: Office) -> None:
    office.tool.create("GI-20260303-aa", "Panne", "DSL-1")
    (found,) = office.tool.find("GI-20260303-aa")
    assert (found.queue, found.external, found.open) == (office.ours, "GI-20260303-aa", True)
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
    before = office.tool.read(child, parents=True)
    assert before is not None
    assert before.parents == {own.id}
    office.work(own.id, close=True)
    assert office.tool.read(child, parents=True) == before
    office.tool.unlink(own.id, child)
    after = office.tool.read(child, parents=True)
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


def test_what_the_customer_reads_opens_a_ticket_of_rt_again(office: Office) -> None:
    child = office.call("C0001")
    office.work(child, close=True)
    before = office.tool.read(child)
    office.tool.write(Note(child, f"GI-1 [{child} t0.p0]", "OUI", public=True))
    after = office.tool.read(child)
    assert before is not None
    assert after is not None
    assert not before.open
    assert after.open is not isinstance(office, RedmineOffice)  # closed tickets are not written to


def begun(office: Office) -> str:
    """Return where to go on, once what is read a second time has been read."""
    return office.tool.changes(office.tool.changes("").cursor).cursor


def test_changes_are_customers_tickets_and_go_on_where_they_were(office: Office) -> None:
    start = begun(office)
    first = office.call("C0001")
    office.tool.create("GI-20260303-ee", "Panne", "DSL-1")
    found = office.tool.changes(start)
    (one,) = found.tickets
    assert (one.id, one.queue, one.customer, one.symptom) == (
        first,
        office.theirs,
        "C0001",
        "no-sync",
    )
    assert one.text == "plus de synchro\ndepuis ce matin"
    assert office.tool.changes(found.cursor).tickets == []
    office.work(first, close=True)
    again = until(lambda: office.tool.changes(found.cursor).tickets)
    assert [(one.id, one.status) for one in again] == [
        (first, "closed" if isinstance(office, RedmineOffice) else "resolved")
    ]


def test_many_changes_are_all_told(office: Office) -> None:
    start = begun(office)
    calls = [office.call(f"C{n:04}") for n in range(60)]
    for ticket in calls[:20]:
        office.work(ticket)
    found = office.tool.changes(start)
    assert sorted(one.id for one in found.tickets) == sorted(calls)


# ----------------------------------------------------------------------- how a tool goes wrong


def test_a_tool_that_is_down_is_down(small: tuple[Tracker, TicketTool]) -> None:
    tracker, tool = small
    tracker.faults.down = True
    with pytest.raises(ToolDownError, match="502"):
        tool.find("GI-1")
    with open_tool(settings("http://127.0.0.1:9")) as nobody, pytest.raises(ToolDownError):
        nobody.find("GI-1")


def test_a_busy_tool_says_how_long(small: tuple[Tracker, TicketTool]) -> None:
    tracker, tool = small
    for asked, expected in ((7.0, 7.0), (1e9, 900.0), (float("nan"), 30.0)):
        tracker.faults.busy = asked
        with pytest.raises(ToolBusyError) as told:
            tool.find("GI-1")
        assert told.value.after == expected


def test_a_token_that_is_not_taken_refuses_no_ticket() -> None:
    with (
        running_tracker() as (_, url),
        open_tool(settings(url, "wrong")) as tool,
        pytest.raises(ToolDownError, match="401"),
    ):
        tool.find("GI-1")


def test_what_is_no_json_is_no_answer(small: tuple[Tracker, TicketTool]) -> None:
    tracker, tool = small
    tracker.answer = lambda *_: (200, ["nothing", "of", "the", "kind"])  # type: ignore[method-assign]
    with pytest.raises(ToolDownError, match="no list of items"):
        tool.find("GI-1")
