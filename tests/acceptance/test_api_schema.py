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

import pytest

from correlator.web.settings import WebSettings
from correlator.web.who import SCOPES
from tests.harness.console import Console, Web, card_of, running_console, write_towns
from tests.harness.system import System

EXAMPLES = os.environ.get("CORRELATOR_FUZZ_EXAMPLES", "6")
SETTINGS = """
[parameters]
"path.id" = "{incident}"
"path.key" = "{ticket}"
"path.seq" = 1

[[operations]]
include-tag = "rules"
parameters = {{ "path.id" = "access-line-card" }}

[[operations]]
include-path = "/api/v1/actions/{{id}}"
parameters = {{ "path.id" = "{action}" }}

[[operations]]  # it goes on for as long as somebody listens
include-path = "/api/v1/events"
max-stream-events = 2

[[operations]]  # which fields a verb needs, and what an incident takes, is in no schema
include-path = "/api/v1/actions"
checks.positive_data_acceptance.expected-statuses = ["2xx", 403, 409, 412, 422]
"""


@contextmanager
def password_of(folder: Path, url: str) -> Iterator[Web]:
    """Run another console over the store, to which nobody comes in without a token."""
    web = Web(folder, WebSettings(write_towns(folder / "towns"), store_url=url, password="sésame"))
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
    return SETTINGS.format(incident=incident, ticket=ticket, action=action)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_console_keeps_to_its_document(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("fresh_postgres") if kind == "postgres" else ""
    with running_console(tmp_path, url) as console:
        system = System(console, *SCOPES)
        settings = tmp_path / "schemathesis.toml"
        settings.write_text(seeded(console, system))
        where = url or f"sqlite:///{tmp_path / 'correlator.db'}"
        with password_of(tmp_path, where) as web:
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
