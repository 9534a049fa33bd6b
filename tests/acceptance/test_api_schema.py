"""The document against a console that runs: schemathesis asks whatever it lets somebody ask.

A few examples of each operation here; `CORRELATOR_FUZZ_EXAMPLES=500` looks for longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from correlator.web.settings import Oidc, WebSettings
from correlator.web.who import SCOPES
from tests.harness.console import Console, Web, card_of, running_console, write_towns
from tests.harness.posted import CALLBACKS, posted
from tests.harness.system import System

EXAMPLES = os.environ.get("CORRELATOR_FUZZ_EXAMPLES", "6")
SETTINGS = """
[parameters]
"path.id" = "{incident}"
"path.key" = "{ticket}"
"path.seq" = 1

[checks]
negative_data_rejection.expected-statuses = [
    400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429
]

[[operations]]
include-tag = "rules"
parameters = {{ "path.id" = "access-line-card" }}

[[operations]]
include-path = "/api/v1/actions/{{id}}"
parameters = {{ "path.id" = "{action}" }}

[[operations]]  # it goes on for as long as somebody listens
include-path = "/api/v1/events"
max-stream-events = 2

[[operations]]
include-path-regex = "/alarm/"
parameters = {{ "path.id" = "{alarm}" }}

[[operations]]
include-path-regex = "/troubleTicket/[^/]+$"
parameters = {{ "path.id" = "{troubleTicket}" }}

[[operations]]
include-path-regex = "/serviceProblemEventRecord/"
parameters = {{ "path.id" = "{serviceProblemEventRecord}" }}

[[operations]]  # when something can have been is in no schema
include-path-regex = "/(alarm|troubleTicket)(/[^/]+)?$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 404, 409, 412]

[[operations]]
include-path-regex = "/serviceProblem/[^/]+$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 404, 409, 412, 422]

[[operations]]  # and neither what there is in the inventory, nor what may be called
include-path-regex = "/(serviceProblem|hub)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 404, 409, 422]

[[operations]]  # a name is not of blanks alone, and has no control characters
include-path = "/api/v1/agent-links"
checks.positive_data_acceptance.expected-statuses = ["2xx", 403, 404, 409, 422]

[[operations]]  # which fields a verb needs, and what an incident takes, is in no schema
include-path = "/api/v1/actions"
checks.positive_data_acceptance.expected-statuses = ["2xx", 403, 409, 412, 422]
"""


@contextmanager
def locked(folder: Path, url: str) -> Iterator[Web]:
    """Run another console over the store, to which nobody comes in without a token."""
    towns = write_towns(folder / "towns")
    login = Oidc("https://login.example", "correlator", {"hotline": "cell"})
    settings = WebSettings(towns, store_url=url, oidc=login, callbacks=CALLBACKS)
    web = Web(folder, msgspec.structs.replace(settings, replayed=True))
    web.start()
    try:
        yield web
    finally:
        web.kill()


def seeded(console: Console, system: System) -> str:
    """Let something happen; return the settings of schemathesis, with the ids of it."""
    incident = console.burst(card_of(f"{console.district()}A"))
    console.garbage(b"no JSON")
    noted = system.act("note", incident, text="the technician is on the way")
    action = noted.body["outcomes"][0]["action"]
    ticket = console.linked(incident)[0]
    made = posted(system)
    return SETTINGS.format(incident=incident, ticket=ticket, action=action, **made)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_console_keeps_to_its_document(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("fresh_postgres") if kind == "postgres" else ""
    with running_console(tmp_path, url, callbacks=CALLBACKS) as console:
        system = System(console, *SCOPES)
        settings = tmp_path / "schemathesis.toml"
        settings.write_text(seeded(console, system))
        where = url or f"sqlite:///{tmp_path / 'correlator.db'}"
        with locked(tmp_path, where) as web:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run"),
                    f"http://127.0.0.1:{web.port}/api/v1/openapi.json",
                    *("--header", f"Authorization: Bearer {system.token}"),
                    *("--checks", "all", "--max-examples", EXAMPLES, "--seed", "1"),
                    *("--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
            )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
