"""The thread that publishes: no error ends it, and every error shows."""

from __future__ import annotations

from threading import Event as Flag
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from correlator.adapters.files import FileSource
from correlator.adapters.sql import SqlStore, open_store
from correlator.ports import Batch, OutMessage, ServerUnreachableError
from correlator.service import outbox as module
from correlator.service.metrics import Metrics
from correlator.service.outbox import Outbox
from correlator.service.status import StatusServer
from tests.harness.daemons import running, services_of
from tests.harness.http import get
from tests.harness.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

MESSAGES = tuple(OutMessage("gi.incidents", b"%d" % n, b"{}") for n in range(3))


class Unwell:
    """A publisher that fails as long as `healed` is not set."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.healed = Flag()
        self.tries = 0
        self.sent: list[OutMessage] = []

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        self.tries += 1
        if not self.healed.is_set():
            raise self._error
        self.sent += messages
        return [None] * len(messages)

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.02)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = open_store(url)
    lease = opened.acquire("before", "test", 0, 1)
    assert lease is not None
    opened.commit(lease, Batch(b"", (), MESSAGES, {}), 0, 1)
    yield opened
    opened.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def begun(store: SqlStore, metrics: Metrics) -> Iterator[Callable[[Unwell], Outbox]]:
    running: list[Outbox] = []

    def begin(publisher: Unwell) -> Outbox:
        running.append(Outbox(store, publisher, metrics))
        running[-1].start()
        return running[-1]

    yield begin
    for outbox in running:
        outbox.stop()


def failures(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("correlator_outbox_failures_total") or 0.0


def test_an_unexpected_error_is_told_counted_and_tried_again(
    begun: Callable[[Unwell], Outbox], store: SqlStore, metrics: Metrics
) -> None:
    publisher = Unwell(KeyError("what nobody thought of"))
    with capture_logs() as logs:
        outbox = begun(publisher)
        until(lambda: publisher.tries >= 3)
        assert outbox.failing
        publisher.healed.set()
        until(lambda: store.outbox_depth() == 0)
        until(lambda: not outbox.failing)
    assert publisher.sent == list(MESSAGES)
    assert failures(metrics) >= 3
    told = next(entry for entry in logs if entry["event"] == "outbox_failed")
    assert told["exc_info"] is True
    assert told["log_level"] == "error"


def test_a_server_that_does_not_answer_is_waited_for_and_no_failure(
    begun: Callable[[Unwell], Outbox], store: SqlStore, metrics: Metrics
) -> None:
    publisher = Unwell(ServerUnreachableError("Kafka is away"))
    outbox = begun(publisher)
    until(lambda: publisher.tries >= 2)
    assert not outbox.failing
    publisher.healed.set()
    until(lambda: store.outbox_depth() == 0)
    assert failures(metrics) == 0


def test_the_wait_grows_to_its_bound() -> None:
    waits = [module.wait_after(n) for n in range(1, 5)]
    assert waits == [0.01, 0.02, 0.02, 0.02]
    assert module.wait_after(10_000) == 0.02


def test_stopping_does_not_wait_for_what_keeps_failing(
    store: SqlStore, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT", 600.0)
    monkeypatch.setattr(module, "LONGEST_WAIT", 600.0)
    publisher = Unwell(KeyError("for good"))
    outbox = Outbox(store, publisher, metrics)
    outbox.start()
    until(lambda: publisher.tries)
    outbox.stop()
    assert store.outbox_depth() == len(MESSAGES)


def test_readiness_follows_the_outbox(store: SqlStore, metrics: Metrics) -> None:
    publisher = Unwell(KeyError("what nobody thought of"))
    services = services_of(store, lambda: FileSource({}), publisher)
    with running(services) as daemon:
        status = StatusServer(0, metrics.registry, lambda: True, daemon.reasons)
        until(lambda: publisher.tries)
        assert get(status.port, "/readyz").status == 503
        publisher.healed.set()
        until(lambda: get(status.port, "/readyz").status == 200)
    assert get(status.port, "/readyz").status == 503
    status.close()
