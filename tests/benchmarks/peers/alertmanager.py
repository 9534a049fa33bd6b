"""Alertmanager, running: alarms posted to it as alerts, grouped by node, and what it told.

It counts nothing, so that tickets are nothing to it. It goes by the clock of the machine, and takes
no time of an event for its timers. It is run twice: with timers as operators have them, and alerts
as fast as it takes them; and with a week played in a minute or two and timers shortened as much,
for what it would have told in that week.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from correlator.adapters.host import wall_clock
from correlator.formats.times import to_rfc3339
from correlator.model import HOUR, MINUTE
from correlator.tools.worldfiles import Incident, Named
from tests.benchmarks.peers.process import (
    Cost,
    MissingError,
    cpu_of,
    debian_version,
    highest_of,
)
from tests.harness.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from correlator.model import Millis
    from tests.benchmarks.peers.feed import Item

BATCH = 100
"""Alerts of a request."""
_GROUP_WAIT, _GROUP_INTERVAL, _REPEAT = MINUTE // 2, 5 * MINUTE, 4 * HOUR
"""The example configuration's, as most operators have them."""
CONFIGURATION = """\
route:
  receiver: bench
  group_by: [node]
  group_wait: {wait}ms
  group_interval: {interval}ms
  repeat_interval: {repeat}ms
receivers:
  - name: bench
    webhook_configs:
      - {{url: "http://127.0.0.1:{port}/", max_alerts: 0}}
inhibit_rules:
  - source_matchers: ['severity = "critical"', 'scope = "node"']
    target_matchers: ['scope = "part"']
    equal: [node]
"""
"""A node that is down hides what is below it."""


class Told(NamedTuple):
    """A notification: when it came, and what it said."""

    at: Millis
    body: dict[str, Any]


class Ran(NamedTuple):
    """A run."""

    version: str
    start: float
    """Seconds of the clock until it is ready."""
    cost: Cost
    played: Cost | None
    told: list[Told]
    """Notifications of the run in which time is played, at times of the events."""


class Alert:
    """Alarms as alerts; an alarm keeps the labels that it is raised with."""

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, str]] = {}

    def of(self, item: Item, now: Millis) -> dict[str, Any]:
        """Return the alert that an alarm is at a time."""
        labels = self._labels.get(item.id)
        if labels is None or item.state == "raised":
            labels = {
                "alertname": "alarm",
                "alarm": item.id,
                "equipment": item.object,
                "node": item.node,
                "severity": item.severity,
                "scope": "node" if item.object == item.node else "part",
            }
            self._labels[item.id] = labels
        over = item.state == "cleared"
        ends = {"endsAt": to_rfc3339(now if over else now + HOUR)}
        return {"labels": labels, "startsAt": to_rfc3339(now - 1), **ends}


def configuration(port: int, faster: float = 1.0) -> str:
    """Return the configuration; `faster`: how much shorter its timers are."""
    timers = (_GROUP_WAIT, _GROUP_INTERVAL, _REPEAT)
    wait, interval, repeat = (max(1, round(timer / faster)) for timer in timers)
    return CONFIGURATION.format(wait=wait, interval=interval, repeat=repeat, port=port)


def incidents_of(told: Sequence[Told]) -> list[Incident]:
    """Return the groups that were told, each from its first notification until it is resolved."""
    found: list[Incident] = []
    open_: dict[str, tuple[Told, set[str]]] = {}
    for one in sorted(told, key=lambda each: each.at):
        key = one.body["groupKey"]
        _, names = open_.setdefault(key, (one, set()))
        names.update(alert["labels"]["alarm"] for alert in one.body["alerts"])
        if one.body["status"] == "resolved":
            found.append(_incident(len(found), *open_.pop(key)))
    for first, names in open_.values():
        found.append(_incident(len(found), first, names))
    return found


def _incident(number: int, first: Told, names: set[str]) -> Incident:
    return Incident(
        id=f"group-{number:06}",
        creation_date=to_rfc3339(first.at),
        root_cause=(Named(first.body["groupLabels"]["node"]),),
        alarms=tuple(map(Named, sorted(names))),
    )


def alertmanager(items: Sequence[Item], folder: Path, seconds: float | None) -> Ran:
    """Run it over a feed; then play the feed in so many seconds, if any.

    MissingError: it is not here.
    """
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        raise MissingError(
            "Alertmanager: there is no `prometheus-alertmanager`, as Debian calls it"
        )
    alarms = [item for item in items if item.kind == "alarm"]
    with _receiver() as (port, _), _running(program, folder, configuration(port)) as server:
        start, cost = server.start, _flood(server, alarms)
    played, told = None, list[Told]()
    if seconds is not None:
        faster = (alarms[-1].at - alarms[0].at) / 1000 / seconds
        content = partial(configuration, faster=faster)
        with _receiver() as (port, heard), _running(program, folder, content(port)) as server:
            played, began = _play(server, alarms, faster)
        first = alarms[0].at
        told = [Told(first + round((at - began) * 1000 * faster), body) for at, body in heard]
    return Ran(debian_version("prometheus-alertmanager"), start, cost, played, told)


class _Server(NamedTuple):
    pid: int
    port: int
    start: float

    def post(self, connection: HTTPConnection, body: bytes) -> None:
        connection.request("POST", "/api/v2/alerts", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said

    def processed(self) -> int:
        """Return how many alerts its dispatcher has put into groups."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", "/metrics")
            return processed_in(connection.getresponse().read().decode())


def processed_in(metrics: str) -> int:
    """Return the alerts that the dispatcher has processed, of the text of its metrics."""
    name = "alertmanager_dispatcher_alert_processing_duration_seconds_count"
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    return round(float(found[1])) if found else 0


def _flood(server: _Server, alarms: Sequence[Item]) -> Cost:
    """Post all alarms as fast as they are taken, one request after the other."""
    alert, now = Alert(), wall_clock()
    bodies = [
        json.dumps([alert.of(item, now) for item in alarms[n : n + BATCH]]).encode()
        for n in range(0, len(alarms), BATCH)
    ]
    wall, cpu = time.perf_counter(), cpu_of(server.pid)
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        for body in bodies:
            server.post(connection, body)
    until(lambda: server.processed() >= len(alarms), 60)
    wall, cpu = time.perf_counter() - wall, cpu_of(server.pid) - cpu
    return Cost(len(alarms), wall, cpu, highest_of(server.pid))


def _play(server: _Server, alarms: Sequence[Item], faster: float) -> tuple[Cost, float]:
    """Post every alarm when it is due; return also when that began, by the monotonic clock."""
    alert = Alert()
    began, cpu = time.monotonic(), cpu_of(server.pid)
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        done = 0
        while done < len(alarms):
            due = alarms[0].at + (time.monotonic() - began) * 1000 * faster
            end = done
            while end < len(alarms) and alarms[end].at <= due and end - done < BATCH:
                end += 1
            if end > done:
                now = wall_clock()
                body = json.dumps([alert.of(item, now) for item in alarms[done:end]]).encode()
                server.post(connection, body)
                done = end
            else:
                time.sleep(0.001)
    time.sleep(2 * _GROUP_INTERVAL / 1000 / faster + 0.5)  # what is still to be told
    cost = Cost(
        len(alarms), time.monotonic() - began, cpu_of(server.pid) - cpu, highest_of(server.pid)
    )
    return cost, began


@contextmanager
def _receiver() -> Iterator[tuple[int, list[tuple[float, dict[str, Any]]]]]:
    """Take notifications: the port, and what came when by the monotonic clock."""
    told: list[tuple[float, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append((time.monotonic(), json.loads(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _running(program: str, folder: Path, content: str) -> Iterator[_Server]:
    file, store = folder / "alertmanager.yml", folder / "alertmanager"
    file.write_text(content)
    shutil.rmtree(store, ignore_errors=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        program, f"--config.file={file}", f"--storage.path={store}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error",
    ]  # fmt: skip
    began = time.perf_counter()
    with (folder / "alertmanager.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: _ready(port), 30)
        yield _Server(child.pid, port, time.perf_counter() - began)
    finally:
        child.kill()
        child.wait()


def _ready(port: int) -> bool:
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
    except OSError:
        return False
