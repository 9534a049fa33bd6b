"""A client that was not written here makes a journey: what the document says is what is served."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from correlator.web.api.openapi import document
from tests.harness.clients import PACKAGE, generated_client
from tests.harness.console import card_of, running_console
from tests.harness.system import System
from tests.harness.unavailable import ServerMissingError, unavailable

if TYPE_CHECKING:
    from tests.harness.console import Console

JOURNEY = f"""
import sys
from {PACKAGE} import ActionRequest, ActionsApi, ApiClient, Configuration, IncidentsApi, Target
from {PACKAGE}.exceptions import ApiException

host, token = sys.argv[1:]
with ApiClient(Configuration(host=host, access_token=token)) as client:
    incidents, actions = IncidentsApi(client), ActionsApi(client)
    page = incidents.get_incidents(state=["open", "proposed"], limit=10)
    one = incidents.get_incidents_by_id(page.incidents[0].id)
    assert one.acknowledged_by is None, one
    asked = ActionRequest(verb="acknowledge", incidents=[Target(id=one.id, rev=one.rev)])
    outcome = actions.post_actions(asked).outcomes[0]
    assert outcome.status == 200, outcome
    seen = incidents.get_incidents_by_id(one.id)
    assert (seen.acknowledged_by, seen.rev) == ("crm", outcome.rev), seen
    chosen = incidents.get_incidents_by_id(one.id, fields=["acknowledgedBy"])
    assert (chosen.id, chosen.acknowledged_by, chosen.rule) == (one.id, "crm", None), chosen
    tickets = incidents.get_incidents_by_id_tickets(one.id)
    assert tickets.tickets[0].customer, tickets
    try:
        actions.post_actions(asked)
    except ApiException as error:
        assert (error.status, error.data.code) == (412, "stale"), error
    else:
        raise AssertionError("acknowledged as of a rev that is past")
print(one.id)
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return generated_client(document(), tmp_path_factory.mktemp("generated"))
    except ServerMissingError as error:
        unavailable("OpenAPI Generator", str(error))


def journey(client: Path, console: Console) -> str:
    system = System(console, "read", "answers", "act")
    done = subprocess.run(
        [sys.executable, "-c", JOURNEY, console.url, system.token],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(client)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_generated_client_lists_reads_and_acknowledges(client: Path, tmp_path: Path) -> None:
    with running_console(tmp_path) as console:
        incident = console.burst(card_of(f"{console.district()}A"))
        assert journey(client, console) == incident
        assert console.incident(incident).acknowledged_by == "crm"
