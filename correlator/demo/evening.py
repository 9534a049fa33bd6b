"""An evening at a simulated operator, through the daemon's own loop, on embedded defaults.

Files stand in for Kafka and SQLite for the database server; everything between is what runs in
production.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

import rules
import topology
from correlator.adapters.files import FilePublisher, FileSource
from correlator.adapters.fits import begin_kept
from correlator.adapters.sql import Queries, open_store
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.formats.wire import INCIDENTS, incident_line, verdict_line
from correlator.model import LinkState, State
from correlator.ports import EventSource, OutMessage
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics
from correlator.simulate import WorldSummary, simulate_evening
from correlator.tools.evaluate import Measures, evaluate
from correlator.tools.feeds import feeds_in

SEED = 2
"""Of the evening that is shown. In that of seed 1 three strangers call about one cable within three
minutes, which is announced: a chance, and about one announcement in a hundred is one."""


class Told(msgspec.Struct, frozen=True):
    """One line of the story: an incident was announced, revised or is over."""

    id: str
    kind: str
    name: str
    status: str
    time: str
    reason: str
    cause: str
    tickets: int


class DemoResult(msgspec.Struct, frozen=True):
    """What the evening came to."""

    world: WorldSummary
    measures: Measures
    announced: int
    resolved: int
    store_url: str


def prepare(out: Path, seed: int) -> WorldSummary:
    """Write the evening's world into a fresh folder."""
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    return simulate_evening(out / "world", seed)


def play(out: Path, world: WorldSummary, tell: Callable[[Told], None]) -> DemoResult:
    """Run the evening; `tell` hears every announcement and every end as they are published."""
    inventory = topology.load(out / "world" / "topology")
    catalog = rules.load()
    settings = DaemonSettings(idle_after=1, wall_clock=False, batch=2_000)
    url = f"sqlite:///{out / 'correlator.db'}"
    store = open_store(url)
    source = FileSource({feed.topic: feed.path for feed in feeds_in(out / "world")})

    def sources() -> EventSource:
        return source

    services = Services(
        store=store,
        sources=sources,
        publisher=FilePublisher(out, lambda message: _follow(message, tell)),
        engines=lambda: Engine(inventory, catalog, EngineSettings(), begin_kept),
    )
    daemon = Daemon(services, settings, "demo", Metrics(), on_silence=lambda: daemon.stop())  # noqa: PLW0108 - it has no name yet
    try:
        daemon.run()
        announced, resolved = _write_results(out, store.queries)
    finally:
        store.close()
    measures = evaluate(out / "world", out / "incidents.jsonl", out / "verdicts.jsonl")
    return DemoResult(world, measures, announced, resolved, url)


def _follow(message: OutMessage, tell: Callable[[Told], None]) -> None:
    """Tell of what the hotline would hear: announcements and ends, not every count."""
    if message.topic != INCIDENTS or message.value is None:
        return
    envelope = msgspec.json.decode(message.value)
    kind = envelope["eventType"].removeprefix("ServiceProblem").removesuffix("Event")
    problem = envelope["event"]["serviceProblem"]
    numbers = {c["name"]: c["value"] for c in problem["characteristic"]}
    if kind == "AttributeValueChange":
        return
    causes = [resource["id"] for resource in problem["rootCauseResource"]]
    tell(
        Told(
            id=problem["id"],
            kind=kind,
            name=problem["name"],
            status=problem["status"],
            time=envelope["eventTime"],
            reason=problem["description"],
            cause=", ".join(causes),
            tickets=numbers.get("linkedTickets", 0),
        )
    )


def _write_results(out: Path, queries: Queries) -> tuple[int, int]:
    """Write what the evaluation reads; returns how many were announced and how many are over."""
    told = [i for i in queries.incidents() if i.announced is not None]
    told.sort(key=lambda incident: (incident.announced, incident.id))
    lines = []
    for incident in told:
        links = queries.links_of_incident(incident.id)
        linked = sorted(link.ticket for link in links if link.state is LinkState.LINKED)
        lines.append(incident_line(incident, tuple(linked)) + b"\n")
    (out / "incidents.jsonl").write_bytes(b"".join(lines))
    answers = [verdict_line(verdict) + b"\n" for verdict in queries.verdicts()]
    (out / "verdicts.jsonl").write_bytes(b"".join(answers))
    over = sum(incident.state in {State.RESOLVED, State.CLOSED} for incident in told)
    return len(told), over
