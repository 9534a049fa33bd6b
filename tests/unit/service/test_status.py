"""The status pages over real HTTP."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from correlator.service.metrics import Metrics
from correlator.service.status import StatusServer
from tests.harness.http import get

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Daemon:
    """What the server asks."""

    healthy: bool = True
    ready: bool = False


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture(scope="module")
def asked() -> Daemon:
    return Daemon()


@pytest.fixture
def daemon(asked: Daemon) -> Daemon:
    """Return the daemon behind the server, well but not ready."""
    asked.healthy, asked.ready = True, False
    return asked


@pytest.fixture(scope="module")
def server(metrics: Metrics, asked: Daemon) -> Iterator[StatusServer]:
    running = StatusServer(
        0, metrics.registry, lambda: asked.healthy, lambda: asked.ready, "127.0.0.1"
    )
    yield running
    running.close()


def test_a_free_port_is_found(server: StatusServer) -> None:
    assert server.port > 0


def test_health(server: StatusServer, daemon: Daemon) -> None:
    assert get(server.port, "/healthz") == (200, "text/plain; charset=utf-8", "200 OK\n")
    daemon.healthy = False
    assert get(server.port, "/healthz").status == 503


def test_readiness(server: StatusServer, daemon: Daemon) -> None:
    assert get(server.port, "/readyz").status == 503
    daemon.ready = True
    assert get(server.port, "/readyz").status == 200


@pytest.mark.usefixtures("daemon")
def test_a_query_does_not_matter(server: StatusServer) -> None:
    assert get(server.port, "/healthz?from=probe").status == 200


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/metrics/", "/healthz/x"])
def test_other_pages_are_not_there(server: StatusServer, path: str) -> None:
    assert get(server.port, path).status == 404


def test_metrics(server: StatusServer, metrics: Metrics) -> None:
    metrics.commits.inc()
    metrics.lag.labels("gi.tickets", 3).set(17)
    page = get(server.port, "/metrics")
    assert page.status == 200
    assert page.kind.startswith("text/plain; version=")
    assert "correlator_commits_total 1.0" in page.body
    assert 'correlator_lag_records{partition="3",topic="gi.tickets"} 17.0' in page.body


def test_many_ask_at_once(metrics: Metrics) -> None:
    together = threading.Barrier(8, timeout=10)

    def all_are_here() -> bool:
        return together.wait() >= 0

    running = StatusServer(0, metrics.registry, all_are_here, lambda: True, "127.0.0.1")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(get, [running.port] * 8, ["/healthz"] * 8))
    running.close()
    assert {answer.status for answer in answers} == {200}


def test_nothing_is_said_of_a_scrape(
    server: StatusServer, capfd: pytest.CaptureFixture[str]
) -> None:
    get(server.port, "/metrics")
    get(server.port, "/nowhere")
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_told(metrics: Metrics) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            StatusServer(port, metrics.registry, lambda: True, lambda: True, "127.0.0.1")


def test_after_close_nobody_answers(metrics: Metrics) -> None:
    running = StatusServer(0, metrics.registry, lambda: True, lambda: True, "127.0.0.1")
    running.close()
    with pytest.raises(ConnectionRefusedError):
        get(running.port, "/healthz")
