"""What the daemon counts, as a scrape shows it."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from correlator.model import (
    Alarm,
    AlarmKept,
    AlarmState,
    Answer,
    Change,
    Incident,
    IncidentChanged,
    Journaled,
    Maintenance,
    Reason,
    ReasonCode,
    State,
    Suppressed,
    Ticket,
    TicketKept,
    Verdict,
)
from correlator.service.metrics import Durations, Metrics

BURST = Reason(ReasonCode.BURST)
TICKET = Ticket("T1", 1, 1, "e1")
ALARM = Alarm("A1", 1, 1, "e2", "DSL-1", AlarmState.RAISED)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"correlator_{name}", labels)


def changed(name: str, state: State, code: ReasonCode = ReasonCode.BURST) -> IncidentChanged:
    fields: dict[str, Any] = {
        "rule": "r", "symptom": "no-sync", "domain": "D", "domain_type": "dslam",
        "first_domain": "D", "created": 1, "onset": 1, "changed": 1, "reason": Reason(code),
    }  # fmt: skip
    return IncidentChanged(Incident(id=name, version=1, state=state, **fields), "state")


def test_events_are_counted_by_kind_and_timed(metrics: Metrics) -> None:
    works = Maintenance("M", 1, "e", (), 0, 0)
    metrics.took([(TICKET, 0.0015), (ALARM, 0.0015)])
    metrics.took([(TICKET, 0.0015), (works, 0.0015)])
    assert value(metrics, "events_total", kind="ticket") == 2
    assert value(metrics, "events_total", kind="alarm") == 1
    assert value(metrics, "events_total", kind="maintenance") == 1
    assert value(metrics, "engine_seconds_count") == 4
    assert value(metrics, "engine_seconds_sum") == pytest.approx(0.006)
    assert value(metrics, "engine_seconds_bucket", le="0.001") == 0
    assert value(metrics, "engine_seconds_bucket", le="0.002") == 4


def test_times_are_shown_as_the_clients_own_histogram_shows_them() -> None:
    buckets = (0.00005, 0.1, 0.5, 2.0)
    ours, registry = Durations("d", "Some text", buckets), CollectorRegistry()
    theirs = Histogram("d", "Some text", buckets=buckets, registry=registry)
    for seconds in ((0.05, 0.1, 0.1000001), (), (0.5, 2.0, 3.0, 0.3)):
        ours.took(seconds)
        for one in seconds:
            theirs.observe(one)
    shown = CollectorRegistry()
    shown.register(ours)
    lines = generate_latest(shown).decode().splitlines()
    expected = generate_latest(registry).decode().splitlines()
    assert [line.split() for line in lines[:-1]] == [line.split() for line in expected[:-1]]
    assert lines[-1].split()[0] == expected[-1].split()[0] == "d_created"


def test_what_is_decided_is_counted(metrics: Metrics) -> None:
    metrics.follow(
        [
            TicketKept(TICKET, "no-sync", known=True),
            TicketKept(TICKET, "no-sync", known=False),
            TicketKept(TICKET, "no-sync", known=True),
            AlarmKept(ALARM, known=False),
            Verdict("T1", 1, Answer.YES, BURST),
            Verdict("T2", 1, Answer.NO, BURST),
            Suppressed("D", "r", 1, Reason(ReasonCode.IN_MAINTENANCE)),
            Journaled(Change("incident", "GI-1", "state", "", "open", 1)),
        ]
    )
    assert value(metrics, "tickets_total", known="true") == 2
    assert value(metrics, "tickets_total", known="false") == 1
    assert value(metrics, "alarms_total", known="false") == 1
    assert value(metrics, "verdicts_total", answer="yes") == 1
    assert value(metrics, "verdicts_total", answer="no") == 1
    assert value(metrics, "suppressed_total", reason="in-maintenance") == 1


def test_incidents_stand_where_they_last_stood(metrics: Metrics) -> None:
    metrics.follow([changed("GI-1", State.CANDIDATE), changed("GI-2", State.OPEN)])
    metrics.follow([changed("GI-1", State.OPEN), changed("GI-1", State.OPEN)])
    assert value(metrics, "incidents", state="candidate", reason="burst") == 0
    assert value(metrics, "incidents", state="open", reason="burst") == 2
    metrics.follow([changed("GI-2", State.RESOLVED)])
    assert value(metrics, "incidents", state="open", reason="burst") == 1
    assert value(metrics, "incidents", state="resolved", reason="burst") == 1


def test_a_reason_that_changes_moves_the_incident(metrics: Metrics) -> None:
    metrics.follow([changed("GI-1", State.CANDIDATE, ReasonCode.PREDICTED)])
    metrics.follow([changed("GI-1", State.CANDIDATE)])
    assert value(metrics, "incidents", state="candidate", reason="predicted") == 0
    assert value(metrics, "incidents", state="candidate", reason="burst") == 1


def test_two_daemons_do_not_count_into_each_other() -> None:
    one, other = Metrics(), Metrics()
    one.took([(TICKET, 0.1)])
    assert value(other, "events_total", kind="ticket") is None


SERIES = {
    *("events", "decode_failures", "late_events", "tickets", "alarms", "verdicts", "suppressed"),
    *("commits", "reloads", "lag_records", "partition_time_seconds", "watermark_seconds"),
    *("engine_seconds", "incidents", "outbox_depth", "outbox_failures", "archive_queue", "leader"),
    *("buffered_records", "set_aside", "failures", "kafka_up", "store_up"),
}


def test_a_scrape_describes_every_series(metrics: Metrics) -> None:
    lines = generate_latest(metrics.registry).decode().splitlines()
    described = {line.split()[2] for line in lines if line.startswith("# HELP")}
    names = {name.removeprefix("correlator_").removesuffix("_total") for name in described}
    assert {name for name in names if not name.endswith("_created")} == SERIES


def test_what_is_remembered_of_incidents_does_not_grow_for_ever(metrics: Metrics) -> None:
    for n in range(30_000):
        metrics.follow([changed(f"GI-{n}", State.OPEN), changed(f"GI-{n}", State.CLOSED)])
    metrics.follow([changed("GI-29999", State.OPEN)])
    assert value(metrics, "incidents", state="closed", reason="burst") == 29_999
    assert value(metrics, "incidents", state="open", reason="burst") == 1
    assert len(vars(metrics)["_told"]) <= 10_000
