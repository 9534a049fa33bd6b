"""What the daemon counts about itself, for Prometheus. One registry per daemon, no globals."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from correlator.model import (
    AlarmKept,
    Effect,
    Event,
    Incident,
    IncidentChanged,
    Suppressed,
    TicketKept,
    Verdict,
)

_MOST_TOLD = 10_000
"""Incidents whose last state is remembered: many times those that can still change."""
_ENGINE_BUCKETS = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0)


class Metrics:
    """All series. Labels are few: kinds, topics, partitions, states, reasons."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = self._counter("events", "Events applied, by kind", "kind")
        self.decode_failures = self._counter(
            "decode_failures", "Records that became dead letters", "topic", "reason"
        )
        self.late = self._counter("late_events", "Events behind the watermark", "topic")
        self.lag = self._gauge("lag_records", "Records not read yet", "topic", "partition")
        self.buffered = self._gauge(
            "buffered_records", "Records read that wait for their turn, or for others"
        )
        self.set_aside = self._counter(
            "set_aside", "Records and actions that could not be applied and became dead letters"
        )
        self.failures = self._counter(
            "failures", "Errors that nobody expected: batch, projection, snapshot, forget", "what"
        )
        self.kafka_up = self._gauge("kafka_up", "1 while Kafka answers")
        self.store_up = self._gauge("store_up", "1 while the database answers")
        self.watermark = self._gauge(
            "partition_time_seconds", "Latest event time of a partition", "topic", "partition"
        )
        self.engine_watermark = self._gauge("watermark_seconds", "Event time of the engine")
        self.engine_seconds = Histogram(
            "correlator_engine_seconds",
            "Engine time per event, with the ticks before it",
            buckets=_ENGINE_BUCKETS,
            registry=self.registry,
        )
        self.incidents = self._gauge(
            "incidents", "Incidents, by state and reason", "state", "reason"
        )
        self.tickets = self._counter(
            "tickets", "Tickets, by whether the customer is known", "known"
        )
        self.alarms = self._counter("alarms", "Alarms, by whether the object is known", "known")
        self.verdicts = self._counter("verdicts", "Answers at call time, by word", "answer")
        self.suppressed = self._counter("suppressed", "Not announced, by cause", "reason")
        self.outbox = self._gauge("outbox_depth", "Messages that wait to be published")
        self.archive = self._gauge(
            "archive_queue", "Batches that wait to be written into the archive"
        )
        self.outbox_failures = self._counter(
            "outbox_failures", "Attempts to publish that ended in an unexpected error"
        )
        self.commits = self._counter("commits", "Transactions committed")
        self.reloads = self._counter("reloads", "Rules and inventory reloads", "what", "outcome")
        self.leader = self._gauge("leader", "1 while this daemon holds the lease")
        self._told: dict[str, tuple[str, str]] = {}
        self._of: dict[tuple[Counter, str], Counter] = {}  # series by label: looking it up costs

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"correlator_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"correlator_{name}", text, labels, registry=self.registry)

    def took(self, event: Event, seconds: float) -> None:
        """Count an event and the engine time it took."""
        self._series(self.events, type(event).__name__.lower()).inc()
        self.engine_seconds.observe(seconds)

    def follow(self, effects: Iterable[Effect]) -> None:
        """Count what was decided."""
        for effect in effects:
            match effect:
                case TicketKept(known=known):
                    self._series(self.tickets, str(known).lower()).inc()
                case AlarmKept(known=known):
                    self._series(self.alarms, str(known).lower()).inc()
                case Verdict(answer=answer):
                    self._series(self.verdicts, answer).inc()
                case Suppressed(reason=reason):
                    self._series(self.suppressed, reason.code).inc()
                case IncidentChanged(incident=incident):
                    self._count(incident)
                case _:
                    pass

    def _series(self, counter: Counter, label: str) -> Counter:
        series = self._of.get((counter, label))
        if series is None:
            series = self._of[counter, label] = counter.labels(label)
        return series

    def _count(self, incident: Incident) -> None:
        now = (str(incident.state), str(incident.reason.code))
        before = self._told.get(incident.id)
        if before != now:
            if before is not None:
                self.incidents.labels(*before).dec()
            self.incidents.labels(*now).inc()
            self._told.pop(incident.id, None)
            self._told[incident.id] = now
            if len(self._told) > _MOST_TOLD:  # the one that has not changed for the longest time
                del self._told[next(iter(self._told))]
