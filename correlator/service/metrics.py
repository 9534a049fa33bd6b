"""What the daemon counts about itself, for Prometheus. One registry per daemon, no globals."""

from __future__ import annotations

import collections
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

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


class Durations(Collector):
    """A histogram of seconds that takes many at once; the client's own takes one at a time.

    For one thread that counts and others that scrape: what they see is exchanged as a whole.
    """

    def __init__(self, name: str, text: str, buckets: Sequence[float]) -> None:
        self._name, self._text = name, text
        self._bounds = tuple(buckets)
        self._created = time.time()
        self._seen = ((0,) * (len(self._bounds) + 1), 0.0)  # so many to each bound, and their sum

    def took(self, seconds: Sequence[float]) -> None:
        """Count these."""
        bounds, (counts, total) = self._bounds, self._seen
        more = collections.Counter([bisect_left(bounds, took) for took in seconds])
        now = tuple([count + more[place] for place, count in enumerate(counts)])
        self._seen = now, total + sum(seconds)

    def describe(self) -> Iterable[HistogramMetricFamily]:
        """Return what there will be in a scrape."""
        return [HistogramMetricFamily(self._name, self._text)]

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Return what a scrape shows."""
        counts, total = self._seen
        names = [*map(str, self._bounds), "+Inf"]
        upto = map(float, accumulate(counts))
        buckets = list(zip(names, upto, strict=True))
        family = HistogramMetricFamily(self._name, self._text, buckets, total)
        family.samples.append(Sample(f"{self._name}_created", {}, self._created))
        return [family]


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
        self.engine_seconds = Durations(
            "correlator_engine_seconds",
            "Engine time per event, with the ticks before it",
            _ENGINE_BUCKETS,
        )
        self.registry.register(self.engine_seconds)
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
        self._counted: Mapping[type[Effect], tuple[Counter, Callable[[Any], str]]] = {
            TicketKept: (self.tickets, _known),
            AlarmKept: (self.alarms, _known),
            Verdict: (self.verdicts, attrgetter("answer")),
            Suppressed: (self.suppressed, attrgetter("reason.code")),
        }

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"correlator_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"correlator_{name}", text, labels, registry=self.registry)

    def took(self, timed: Sequence[tuple[Event, float]]) -> None:
        """Count events and the engine time that each took, in seconds."""
        kinds = collections.Counter([type(event) for event, _ in timed])
        for kind, events in kinds.items():
            self.events.labels(kind.__name__.lower()).inc(events)
        self.engine_seconds.took([seconds for _, seconds in timed])

    def follow(self, effects: Iterable[Effect]) -> None:
        """Count what was decided."""
        kinds: collections.defaultdict[type[Effect], list[Any]] = collections.defaultdict(list)
        for effect in effects:
            kinds[type(effect)].append(effect)
        for kind, (counter, label) in self._counted.items():
            for said, times in collections.Counter(map(label, kinds[kind])).items():
                counter.labels(said).inc(times)
        for changed in kinds[IncidentChanged]:
            self._count(changed.incident)

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


def _known(kept: TicketKept | AlarmKept) -> str:
    return "true" if kept.known else "false"
