"""A real Alertmanager posts its alerts; they stand as alarms until they are resolved."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import DeadLetters
from correlator.formats.times import to_rfc3339
from correlator.model import MINUTE
from tests.harness.console import Console, card_of, running_console
from tests.harness.system import System
from tests.harness.unavailable import unavailable
from tests.harness.waiting import until

CONFIGURATION = """
route: {{receiver: correlator, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: correlator
    webhook_configs:
      - url: http://127.0.0.1:{port}/api/v1/ingest/alertmanager
        http_config: {{authorization: {{credentials: {token}}}}}
"""


class Scene(NamedTuple):
    console: Console
    port: int


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        unavailable("Alertmanager", "there is no `prometheus-alertmanager`, as Debian calls it")
    folder = tmp_path_factory.mktemp("alertmanager")
    with running_console(folder) as console:
        token = System(console, "ingest").token
        file = folder / "alertmanager.yml"
        file.write_text(CONFIGURATION.format(port=console.web.port, token=token))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            program,
            f"--config.file={file}",
            f"--storage.path={folder / 'am'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with Path(folder, "alertmanager.log").open("wb") as log:
            running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until(lambda: _answers(port))
            yield Scene(console, port)
        finally:
            running.kill()
            running.wait()


def _answers(port: int) -> bool:
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
    except OSError:
        return False


def fire(scene: Scene, *, ended: bool = False, **labels: str) -> None:
    """Tell Alertmanager of an alert, as Prometheus does."""
    now = wall_clock()
    alert: dict[str, object] = {"labels": labels, "startsAt": to_rfc3339(now - MINUTE)}
    if ended:
        alert["endsAt"] = to_rfc3339(now)
    with closing(HTTPConnection("127.0.0.1", scene.port, timeout=5)) as connection:
        sent = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v2/alerts", json.dumps([alert]), sent)
        assert connection.getresponse().status == 200


def states(scene: Scene, equipment: str) -> list[tuple[str, str, str]]:
    """Return the alarms on an equipment: state, severity, cause."""
    rows = scene.console.alarms.latest(50)
    return [(r.state, r.severity, r.cause) for r in rows if r.managed_object == equipment]


def test_an_alert_that_fires_is_raised_and_one_that_is_resolved_is_cleared(scene: Scene) -> None:
    card = card_of(f"{scene.console.district()}A")
    labels = {"alertname": "CardDown", "equipment": card, "severity": "critical"}
    fire(scene, **labels)
    until(lambda: states(scene, card) == [("raised", "critical", "CardDown")])
    fire(scene, ended=True, **labels)
    until(lambda: states(scene, card) == [("cleared", "critical", "CardDown")])


def test_the_port_of_an_instance_is_left_out(scene: Scene) -> None:
    switch = f"AGG-{scene.console.district()}A"
    fire(scene, alertname="PortDown", instance=f"{switch}:9100", severity="warning")
    until(lambda: states(scene, switch) == [("raised", "minor", "PortDown")])


def test_an_alert_about_no_equipment_is_a_dead_letter(scene: Scene) -> None:
    fire(scene, alertname="Watchdog")
    letters = DeadLetters(scene.console.store.engine)
    until(lambda: [one for one in letters.newest(20) if "alarmedObject" in one.error])


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("[]", 400), ('{"alerts": [{"status": "firing"}]}', 400), ('{"alerts": []}', 202)],
)
def test_what_is_no_webhook_is_refused(scene: Scene, body: str, status: int) -> None:
    system = System(scene.console, "ingest")
    assert system.ask("POST", "/api/v1/ingest/alertmanager", body).status == status
    assert (
        System(scene.console, "read").ask("POST", "/api/v1/ingest/alertmanager", body).status == 403
    )
