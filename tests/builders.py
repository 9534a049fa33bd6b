"""A small operator and a desk: tell what happens in minutes, ask what the engine made of it.

Minute 0 is a Tuesday at 10 in Paris, after two ordinary days from which the engine has learned.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from math import gcd, log
from pathlib import Path
from typing import Any

import rules
import topology
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.engine.calls import Call
from correlator.engine.incidents import LiveIncident
from correlator.engine.wiring import Assembly, assemble
from correlator.model import (
    DAY,
    HOUR,
    MINUTE,
    Action,
    ActionDone,
    Alarm,
    AlarmState,
    Effect,
    Event,
    Incident,
    Maintenance,
    State,
    Suppressed,
    Ticket,
    Verb,
    Verdict,
    arrival_order,
)
from correlator.tools.replay import Outcome
from topology import Topology

START = 1_772_528_400_000  # 2026-03-03T10:00:00+01:00
LINES = 30  # customers of one card
CARDS = 6  # cards of one DSLAM
DSLAMS = (1, 2, 3, 4, 5)  # 1 and 2 under AGG-1, 3 and 4 under AGG-2, 5 under either
TELEVISION = 2  # of three lines have it
NEW = "5.2.0"  # a firmware that one customer in six has, spread over all cards
ORDINARY = (
    ("no-internet", 5), ("slow", 3), ("no-sync", 2), ("no-tv", 2), ("no-phone", 2),
    ("wifi", 2), ("box-reboot", 1), ("mail", 1), ("billing", 1), ("activation", 1),
)  # fmt: skip
"""What people call about on an ordinary day, of 20 calls."""


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


# ------------------------------------------------------------------------------ the network


def write_inventory(folder: Path, files: dict[str, Iterable[Sequence[str]]]) -> Path:
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def load(
    equipment: Iterable[Sequence[str]],
    dependencies: Iterable[Sequence[str]],
    customers: Iterable[Sequence[str]],
    links: Sequence[Sequence[str]] = (),
) -> Topology:
    """Load an inventory from rows; customers have a firmware. Dependencies may have a kind."""
    needs = [(*row, *("",) * (4 - len(row))) for row in dependencies]
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, Iterable[Sequence[str]]] = {
            "equipment": [("id", "type"), *equipment],
            "dependencies": [("id", "depends_on", "redundancy_group", "kind"), *needs],
            "customers": [("customer_id", "depends_on", "cpe_firmware"), *customers],
        }
        if links:
            files["links"] = [("a", "b"), *links]
        return topology.load(write_inventory(Path(folder), files))


def cards() -> list[str]:
    return [f"DSL-{d}/C{c}" for d in DSLAMS for c in range(1, CARDS + 1)]


def customers_of(card: str) -> list[str]:
    return [f"{card}:{line}" for line in range(LINES)]


def firmware(line: int) -> str:
    return NEW if line % 6 == 5 else "5.1.0"


def customer_rows() -> list[tuple[str, str, str]]:
    return [
        (name, f"{card} TV" if line % 3 < TELEVISION else card, firmware(line))
        for card in cards()
        for line, name in enumerate(customers_of(card))
    ]


def equipment_rows() -> list[tuple[str, str]]:
    return [
        ("TV", "service-platform"),
        ("AGG-1", "aggregation-switch"), ("AGG-2", "aggregation-switch"),
        *((f"DSL-{d}", "dslam") for d in DSLAMS),
        *((card, "line-card") for card in cards()),
    ]  # fmt: skip


def dependency_rows() -> list[tuple[str, str, str]]:
    above = {1: ("AGG-1",), 2: ("AGG-1",), 3: ("AGG-2",), 4: ("AGG-2",), 5: ("AGG-1", "AGG-2")}
    return [
        *((f"DSL-{d}", up, "up" if d == 5 else "") for d in DSLAMS for up in above[d]),
        *((card, card.split("/")[0], "") for card in cards()),
    ]  # fmt: skip


@cache
def network() -> Topology:
    """Five DSLAMs of six cards with 30 lines; the fifth DSLAM has two uplinks, so nothing but `*`
    holds every customer.
    """
    return load(equipment_rows(), dependency_rows(), customer_rows())


@cache
def wide_network() -> Topology:
    """Return CORE-1 over everybody: two switches with twenty DSLAMs of forty lines each."""
    switches = {f"DSL-{n}": "AGG-1" if n <= 20 else "AGG-2" for n in range(1, 41)}
    return load(
        [
            ("CORE-1", "core-router"),
            *((switch, "aggregation-switch") for switch in ("AGG-1", "AGG-2")),
            *((node, "dslam") for node in switches),
        ],
        [
            *((switch, "CORE-1", "") for switch in ("AGG-1", "AGG-2")),
            *((node, switch, "") for node, switch in switches.items()),
        ],
        [(f"{node}:{n}", node, f"9.{n % 2}") for node in switches for n in range(40)],
    )


@cache
def catalog() -> rules.Catalog:
    return rules.load()


def index_of(name: str, inventory: Topology | None = None) -> int:
    """Return the index of a failure domain, of `network()` unless of another inventory."""
    found = (inventory or network()).domain(name)
    assert found is not None
    return found


# ------------------------------------------------------------------------------- the events


def ticket(
    customer: str | None, minute: float, symptom: str | None = "no-sync", **more: Any
) -> Ticket:
    more.setdefault("id", f"T-{customer}-{minute:g}")
    more.setdefault("occurred", at(minute))
    return Ticket(
        arrived=at(minute), event_id=f"{more['id']}@{minute:g}", customer=customer,
        symptom=symptom, **more,
    )  # fmt: skip


def calls(
    customers: Sequence[str], start: float, every: float, symptoms: Sequence[str] = ("no-sync",)
) -> list[Event]:
    """Return one ticket per customer, so many minutes apart."""
    return [
        ticket(customer, start + n * every, symptoms[n % len(symptoms)])
        for n, customer in enumerate(customers)
    ]


def spread(customers: Sequence[str], count: int) -> list[str]:
    """Return so many of the customers, far apart, neighbours in the list far apart as well."""
    step = max(1, round(count * 0.618))
    while gcd(step, count) > 1:
        step += 1
    return [customers[n * step % count * len(customers) // count] for n in range(count)]


def under(*names: str) -> list[str]:
    """Return the customers of some domains."""
    found = [network().domain(name) for name in names]
    return [c for d in found if d is not None for c in network().customers_under(d)]


def alarm(where: str, minute: float, **more: Any) -> Alarm:
    more = {"cause": "lossOfSignal", "severity": "critical", "state": "raised", **more}
    more["state"] = AlarmState(more["state"])
    name = more.pop("id", f"A-{where}")
    more.setdefault("occurred", at(minute))
    return Alarm(
        id=name, arrived=at(minute), event_id=f"{name}@{minute:g}", managed_object=where, **more
    )


def supervision(minutes: int) -> list[Alarm]:
    """Return an alarm a minute, for objects that nobody knows: a feed that is heard."""
    return [alarm(f"elsewhere-{minute}", minute) for minute in range(minutes)]


def works(where: str, minute: float, start: float, end: float, **more: Any) -> Maintenance:
    return Maintenance(
        id=f"M-{where}", arrived=at(minute), event_id=f"M-{where}@{minute:g}", objects=(where,),
        start=at(start), end=at(end), **more,
    )  # fmt: skip


def ordinary(first: float, last: float, everyone: Sequence[str] | None = None) -> Iterator[Ticket]:
    """Yield ordinary calls, one every 20 minutes between 8 and 22 h, from far-apart customers."""
    everyone = everyone or under("*")
    symptoms = [name for name, count in ORDINARY for _ in range(count)]
    for nth, minute in enumerate(range(int(first), int(last), 20)):
        if 8 <= (10 + minute // 60) % 24 < 22:
            place, kind = nth * 569 % len(everyone), nth * 7 % len(symptoms)
            yield ticket(everyone[place], minute, symptoms[kind], id=f"B{minute}")


# --------------------------------------------------------------------------------- the desk


def step(engine: Engine, event: Event) -> list[Effect]:
    """Hand over one event after the ticks that are due before it, as the shell does."""
    ticks = ticks_between(engine.last_tick, event.arrived)
    return [*chain.from_iterable(map(engine.tick, ticks)), *engine.handle(event)]


@cache
def warmed(settings: EngineSettings) -> bytes:
    """Return the snapshot of an engine after two ordinary days."""
    engine = Engine(network(), catalog(), settings)
    for event in ordinary(-2 * DAY // MINUTE, 0):
        step(engine, event)
    return engine.snapshot()


def at_rest(inventory: Topology | None = None) -> Assembly:
    """Return the inside of an engine to which nothing has happened."""
    return assemble(inventory or network(), catalog(), EngineSettings(), lambda _effect: None)


@dataclass(frozen=True)
class Told:
    """One thing that came out, and when."""

    minute: float
    effect: Effect


class Desk:
    """An engine, what it was told and what it said."""

    def __init__(
        self,
        settings: EngineSettings | None = None,
        *,
        cold: bool = False,
        in_force: rules.Catalog | None = None,
        inventory: Topology | None = None,
    ) -> None:
        """Take another catalog than the one that comes with the package: `in_force`.

        Over another inventory than `network()` the desk is cold: it has seen no ordinary days.
        """
        settings = settings or EngineSettings()
        self.inventory, self.catalog = inventory or network(), in_force or catalog()
        self.engine = Engine(self.inventory, self.catalog, settings)
        if not cold and inventory is None:
            self.engine.restore(warmed(settings))
        self.events: list[Event] = []
        self.told: list[Told] = []
        self.outcome = Outcome()

    def feed(self, *events: Event | Iterable[Event]) -> Desk:
        """Take events, in any order among themselves."""
        flat = chain.from_iterable([e] if isinstance(e, Event) else e for e in events)
        for event in sorted(flat, key=arrival_order):
            self.events.append(event)
            for now in ticks_between(self.engine.last_tick, event.arrived):
                self._take(now, self.engine.tick(now))
            self._take(event.arrived, self.engine.handle(event))
        return self

    def until(self, minute: float) -> Desk:
        """Let time pass with nothing happening."""
        for now in ticks_between(self.engine.last_tick, at(minute)):
            self._take(now, self.engine.tick(now))
        return self

    def _take(self, now: int, effects: list[Effect]) -> None:
        for effect in effects:
            self.told.append(Told((now - START) / MINUTE, effect))
            self.outcome.take(effect)

    def act(self, verb: str, incident: Incident | str, minute: float, **more: Any) -> str:
        """Do something to an incident; returns the error, "" when it was done."""
        name = incident if isinstance(incident, str) else incident.id
        key = f"X{len(self.events)}"
        self.feed(Action(key, at(minute), key, "anna", Verb(verb), name, **more))
        done = self.told[-1].effect
        assert isinstance(done, ActionDone)
        return done.error

    # ------------------------------------------------------------------------------- asking

    def announced(self) -> list[Incident]:
        """Return the last state of whatever was announced, in that order."""
        return self.outcome.announced()

    def incident(self) -> Incident:
        """Return the one announced incident."""
        (incident,) = self.announced()
        return incident

    def causes(self) -> list[str]:
        return [incident.domain for incident in self.announced()]

    def now(self, incident: Incident) -> Incident:
        """Return an incident as it stands."""
        return self.outcome.incidents[incident.id]

    def candidates(self) -> list[Incident]:
        everything = self.outcome.incidents.values()
        return [one for one in everything if one.state is State.CANDIDATE]

    def linked(self, incident: Incident) -> tuple[str, ...]:
        return self.outcome.linked(incident.id)

    def verdict(self, ticket_id: str) -> Verdict:
        (verdict,) = [v for v in self.outcome.verdicts if v.ticket == ticket_id]
        return verdict

    def suppressed(self) -> list[Suppressed]:
        return [t.effect for t in self.told if isinstance(t.effect, Suppressed)]

    def of(self, kind: type) -> list[Any]:
        """Return all effects of a kind."""
        return [t.effect for t in self.told if isinstance(t.effect, kind)]

    def minute_of(self, incident: Incident) -> float:
        """Return when it was announced."""
        assert incident.announced is not None
        return (incident.announced - START) / MINUTE

    # -------------------------------------------------------------------------- looking inside

    @property
    def inside(self) -> Assembly:
        """What the engine is made of, until the next swap. No other place looks behind its back."""
        return self.engine._assembly

    def domain(self, name: str) -> int:
        """Return the index of a failure domain of the inventory that the desk began with."""
        return index_of(name, self.inventory)

    def rule(self, name: str) -> int:
        """Return the index of a rule of the catalog that the desk began with."""
        return [rule.id for rule in self.catalog.rules].index(name)

    def live(self, incident: Incident) -> LiveIncident:
        """Return what the engine keeps of an incident that is not over."""
        found = self.inside.owners.incidents.find(incident.id)
        assert found is not None
        return found

    def call(self, ticket_id: str) -> Call:
        """Return what the engine keeps of a ticket of the last hours."""
        found = self.inside.owners.calls.find(ticket_id)
        assert found is not None
        return found

    def level(self, domain: str, rule: str | None = None) -> float:
        """Return the burst statistic of a domain as a share of its threshold, the highest rule's.

        0 where no rule is about the domain.
        """
        detector, where = self.inside.owners.detector, self.domain(domain)
        rules = detector.streams.rules_for(where) if rule is None else [self.rule(rule)]
        readings = [detector.read(where, each, -1) for each in rules]
        return max((reading.share for reading in readings if reading is not None), default=0.0)

    def alarm_boost(self, domain: str) -> float:
        """Return by how much alarms raise the odds of a domain before anybody calls, in nats."""
        owners, where = self.inside.owners, self.domain(domain)
        burst, tau = owners.detector.state()["burst"], owners.rates.moment.tau
        rows = [row for row, _ in owners.detector.streams_on([where])]
        return max(log(burst["boost"][r]) * bool(burst["boost_until"][r] > tau) for r in rows)

    def alarm_share(self, kind: str, start: float) -> float:
        """Return which share of such alarms customers follow; `start`: what the rule says."""
        return self.inside.owners.alarms.outcomes.share_followed(kind, start)

    def new_symptoms(self) -> list[str]:
        """Return the provisional symptoms: what callers say that nobody has named."""
        return self.inside.owners.clusters.names()

    def rate(self, symptom: str) -> float:
        """Return the usual calls per line and unit of τ about a symptom."""
        rates = self.inside.owners.rates
        return float(rates.rates[rates.symptom(symptom)])

    def share(self, rule: str, symptom: str) -> float:
        """Return π: the share of a symptom among the callers of a rule's failures."""
        matrix = self.inside.owners.detector.profiles.matrix
        return float(matrix[self.rule(rule), self.inside.owners.rates.symptom(symptom)])

    def taught(self) -> dict[str, dict[str, float]]:
        """Return by rule what verdicts have taught: tickets by symptom."""
        counts = self.inside.owners.detector.learned.counts
        return {rule: {s: n for s, n in some.items() if n} for rule, some in counts.items()}


HOURS = HOUR // MINUTE
"""Minutes in an hour."""
