"""The write-back as a process: killed at any moment, cut off, and beside agents who work.

`make test-tools` runs the story on the real Request Tracker as well, with 200 tickets, and kills
the process fifty times.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from correlator.adapters import beside
from correlator.adapters.sql import SqlStore, open_store
from correlator.adapters.ticket_tools import RequestTracker
from correlator.adapters.ticket_tools.http import JsonClient
from correlator.model import State
from correlator.ticket_tool import WriteState
from tests.harness.request_tracker import running_request_tracker
from tests.harness.tracker import TOKEN, Tracker, running_tracker
from tests.harness.unavailable import ServerMissingError, unavailable
from tests.harness.waiting import until
from tests.harness.writing import CLOCK, INCIDENT, Evening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REAL = os.environ.get("CORRELATOR_REAL_TOOLS") == "1"
KILLS, CALLS = (50, 40) if REAL else (8, 8)
LONG = 1_800.0


def configuration(
    folder: Path, store: str, url: str, token: str = TOKEN, rate: float = 500
) -> Path:
    file = folder / "correlator.yaml"
    file.write_text(
        f"""
topology: {{folder: nowhere}}
store: {{url: "{store}"}}
ticket_tool:
  {{kind: rt, url: "{url}", token: "{token}", queue: Incidents, customers: [Hotline], prefix: RT-,
   symptom: Symptom, rate: {rate}, burst: 100, most: 1000, timeout: 20s}}
"""
    )
    return file


@contextmanager
def ticketing(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "correlator.ticketing", str(file)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def done(evening: Evening) -> int:
    """Count what the journal says is done."""
    return sum(line.state is WriteState.DONE for line in evening.desk.written(INCIDENT))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as opened:
        yield opened


def test_killed_again_and_again_it_writes_everything_once(store: SqlStore, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'store.db'}"
    with running_tracker() as (tracker, url), closing(Evening(store, tracker, url)) as evening:
        file = configuration(tmp_path, address, url)
        called = evening.calls(CALLS)
        evening.link(*called)
        kills = 0
        while kills < KILLS and done(evening) < 1 + 2 * CALLS:
            with ticketing(file) as process:
                last = len(tracker.requests) + 2 + kills % 13

                def kill(number: int, last: int = last, pid: int = process.pid) -> None:
                    if number == last:
                        os.kill(pid, signal.SIGKILL)

                # Before it is carried out, or after that and before the answer.
                tracker.before, tracker.after = (kill, nothing) if kills % 2 else (nothing, kill)
                until(lambda: process.poll() is not None or _all(evening), 60.0)
                kills += process.poll() is not None
        tracker.before = tracker.after = nothing
        assert kills >= KILLS // 2
        with ticketing(file):
            until(lambda: _all(evening), 120.0)
        assert len(evening.parents()) == 1
        assert [len(tracker.told(number)) for number in called] == [1] * CALLS
        assert evening.linked() == set(called)


def nothing(_number: int) -> None:
    """Do nothing at a request."""


def _all(evening: Evening) -> bool:
    return done(evening) == 1 + 2 * CALLS


def test_a_tool_that_ignores_what_is_asked_for_is_refused(store: SqlStore, tmp_path: Path) -> None:
    with running_tracker() as (tracker, url):
        evening = Evening(store, tracker, url)
        evening.link(*evening.calls(1))
        evening.close()
        tracker.faults.ignores_filters = True
        file = configuration(tmp_path, f"sqlite:///{tmp_path / 'store.db'}", url)
        told = subprocess.run(
            [sys.executable, "-m", "correlator.ticketing", str(file)],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert told.returncode == 2
    assert "the filter is ignored" in told.stderr
    assert {method for method, _ in tracker.requests} == {"GET"}


# ------------------------------------------------------------------------------------ the story


class Town(NamedTuple):
    """A tool, and agents who work with it."""

    agents: JsonClient
    tool: RequestTracker
    url: str
    token: str
    calls: int

    def call(self, n: int) -> str:
        body = {
            "Queue": "Hotline", "Subject": "plus de synchro", "Content": "depuis ce matin",
            "ContentType": "text/plain", "CustomFields": {"Customer": f"C{n:04}"},
        }  # fmt: skip
        return str(self.agents.ask("POST", "/ticket", body=body)["id"])

    def statuses(self, tickets: list[str]) -> dict[str, str]:
        found = map(self.tool.read, tickets)
        return {one.id: one.status for one in found if one is not None}


@pytest.fixture(params=["small", "real"] if REAL else ["small"])
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    with ExitStack() as stack:
        if request.param == "small":
            (_, url), token, calls = stack.enter_context(running_tracker()), TOKEN, 20
        else:
            try:
                url, token = stack.enter_context(running_request_tracker())
            except ServerMissingError as missing:
                unavailable("Request Tracker", str(missing))
            calls = 200
        agents = JsonClient(f"{url}/REST/2.0", {"Authorization": f"token {token}"}, 20.0)
        stack.callback(agents.close)
        tool = RequestTracker(Evening.settings_for(url, token))
        stack.callback(tool.close)
        yield Town(agents, tool, url, token, calls)


def test_many_calls_one_incident_linked_told_and_repaired(
    town: Town, store: SqlStore, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'store.db'}"
    file = configuration(tmp_path, address, town.url, town.token)
    called = [town.call(n) for n in range(town.calls)]
    town.agents.ask("PUT", f"/ticket/{called[0]}", body={"Status": "resolved"})
    before = town.statuses(called)
    with closing(Evening(store, Tracker(), town.url)) as evening, ticketing(file) as process:

        def written(lines: int) -> None:
            until(lambda: done(evening) == lines or process.poll() is not None, LONG)
            assert process.poll() is None

        evening.link(*called)
        working = town.agents  # an agent writes at the same moment
        body = {"Content": "rappeler à 14 h", "ContentType": "text/plain", "Subject": ""}
        working.ask("POST", f"/ticket/{called[1]}/comment", body=body)
        written(2 * len(called))  # its own, a link and a word of each; the resolved one is not told
        (own,) = town.tool.find(INCIDENT)
        tied = [town.tool.read(number, parents=True) for number in called]
        assert all(one is not None and one.parents == {own.id} for one in tied)
        evening.change(state=State.RESOLVED, resolved=CLOCK + 1)
        written(3 * len(called) - 1)
        town.agents.ask("PUT", f"/ticket/{own.id}", body={"Status": "resolved"})
    assert town.statuses(called) == before
    assert len(town.tool.find(INCIDENT)) == 1


def test_it_runs_beside_the_daemon_and_ends_with_it(store: SqlStore, tmp_path: Path) -> None:
    with running_tracker() as (tracker, url), closing(Evening(store, tracker, url)) as evening:
        called = evening.calls(1)
        evening.link(*called)
        file = configuration(tmp_path, f"sqlite:///{tmp_path / 'store.db'}", url)
        with beside.ticketing(str(file)):
            until(lambda: evening.linked() == set(called), 60.0)
        asked = len(tracker.requests)
        evening.promise(1)
        assert len(tracker.requests) == asked
