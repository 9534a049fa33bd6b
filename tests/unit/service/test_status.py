"""The status pages over real HTTP."""

from __future__ import annotations

import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from correlator.service import status
from correlator.service.metrics import Metrics
from correlator.service.status import MOST_AT_A_TIME, StatusServer
from tests.harness.http import get
from tests.harness.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Daemon:
    """What the server asks."""

    healthy: bool = True
    reasons: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture(scope="module")
def asked() -> Daemon:
    return Daemon()


@pytest.fixture
def daemon(asked: Daemon) -> Daemon:
    """Return the daemon behind the server, well but not ready."""
    asked.healthy, asked.reasons = True, ("it does not lead", "Kafka does not answer: où ?")
    return asked


@pytest.fixture(scope="module")
def server(metrics: Metrics, asked: Daemon) -> Iterator[StatusServer]:
    running = StatusServer(0, metrics.registry, lambda: asked.healthy, lambda: asked.reasons)
    yield running
    running.close()


def test_a_free_port_is_found(server: StatusServer) -> None:
    assert server.port > 0


def test_health(server: StatusServer, daemon: Daemon) -> None:
    assert get(server.port, "/healthz") == (200, "text/plain; charset=utf-8", "200 OK\n")
    daemon.healthy = False
    assert get(server.port, "/healthz").status == 503


def test_readiness(server: StatusServer, daemon: Daemon) -> None:
    page = get(server.port, "/readyz")
    assert page.status == 503
    assert page.body.splitlines() == ["503 Service Unavailable", *daemon.reasons]
    daemon.reasons = ()
    assert get(server.port, "/readyz") == (200, "text/plain; charset=utf-8", "200 OK\n")


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

    running = StatusServer(0, metrics.registry, all_are_here, tuple)
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
            StatusServer(port, metrics.registry, lambda: True, tuple)


def test_an_address_that_is_not_here_is_told_with_its_keys(metrics: Metrics) -> None:
    with pytest.raises(OSError, match=r"daemon\.http_host 192\.0\.2\.1, daemon\.http_port 0: \w+"):
        StatusServer(0, metrics.registry, lambda: True, tuple, "192.0.2.1")


def test_only_this_machine_is_listened_to_unless_told_otherwise(server: StatusServer) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=10)


# ------------------------------------------------------------------------------- what is asked how


def raw(port: int, request: bytes) -> bytes:
    """Send these bytes and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.usefixtures("daemon")
def test_a_head_is_the_answer_without_its_body(server: StatusServer) -> None:
    whole = raw(server.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    head = raw(server.port, b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert whole.endswith(b"\r\n\r\n200 OK\n")
    assert b"Content-Length: 7\r\n" in head
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.usefixtures("daemon")
def test_a_request_by_hand_is_understood(server: StatusServer) -> None:
    assert b"200 OK" in raw(server.port, b"GET /healthz HTTP/1.0\n\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_nothing_but_looking_is_possible(server: StatusServer, method: str) -> None:
    answer = raw(server.port, f"{method} /healthz HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.0 501 ")
    assert b"Python" not in answer


@pytest.mark.parametrize(
    "request_",
    [b"GET /" + b"x" * 9_000, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 2_000],
    ids=["line", "headers"],
)
def test_a_request_without_measure_is_not_read_to_its_end(
    server: StatusServer, request_: bytes
) -> None:
    with suppress(ConnectionError):  # what is not read any more resets the connection
        assert raw(server.port, request_).startswith(b"HTTP/1.0 431 ")


def test_what_goes_wrong_in_a_page_is_told_in_the_log_alone(metrics: Metrics) -> None:
    def fails() -> bool:
        raise KeyError("secret")

    running = StatusServer(0, metrics.registry, fails, tuple)
    with capture_logs() as logs:
        answer = get(running.port, "/healthz")
    running.close()
    assert (answer.status, answer.body) == (500, "500 Internal Server Error\n")
    assert [line["event"] for line in logs] == ["status_failed"]


# -------------------------------------------------------------------------- whoever does not finish


def status_threads() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def test_half_open_requests_hold_no_more_than_the_cap_and_not_for_long(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "PATIENCE", 1.0)
    running = StatusServer(0, metrics.registry, lambda: True, tuple)
    with ExitStack() as stack:
        stack.callback(running.close)
        crowd = [
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
            for _ in range(200)
        ]
        for connection in crowd:
            with suppress(ConnectionError):  # let go already
                connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        let_go = set[socket.socket]()
        until(lambda: let_go.update(gone(crowd)) or len(let_go) >= 200 - MOST_AT_A_TIME)
        assert status_threads() <= MOST_AT_A_TIME
        until(lambda: answers(running.port))
        until(lambda: let_go.update(gone(crowd)) or len(let_go) == 200)
    assert capfd.readouterr() == ("", "")


def gone(crowd: list[socket.socket]) -> list[socket.socket]:
    """Return those whose connection the server has closed."""
    found = []
    for connection in select.select(crowd, [], [], 0)[0]:
        with suppress(ConnectionError):
            assert connection.recv(1) == b"", "nobody asked anything"
        found.append(connection)
    return found


def answers(port: int) -> bool:
    with suppress(ConnectionError, HTTPException):
        return get(port, "/healthz").status == 200
    return False


def test_a_byte_now_and_then_wins_no_time(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "PATIENCE", 0.3)
    running = StatusServer(0, metrics.registry, lambda: True, tuple)
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        while not gone([connection]):
            with suppress(ConnectionError):
                connection.sendall(b"x")
            select.select([connection], [], [], 0.05)
            assert time.monotonic() - begun < 10
    running.close()


def test_after_close_nobody_answers(metrics: Metrics) -> None:
    running = StatusServer(0, metrics.registry, lambda: True, tuple)
    running.close()
    with pytest.raises(ConnectionRefusedError):
        get(running.port, "/healthz")
