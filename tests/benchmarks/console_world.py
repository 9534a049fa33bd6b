"""A made-up operator in trouble, written straight through the store: what bench_console shows.

Every row comes from an effect as the engine hands it to the store, so that the tables, their
indexes and the bodies are those of a real evening, only fuller.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import topology
from correlator.adapters.sql import SqlStore, open_store
from correlator.model import (
    HOUR,
    MINUTE,
    Alarm,
    AlarmKept,
    AlarmState,
    Answer,
    ApprovedText,
    Audience,
    Change,
    Closing,
    Effect,
    Figures,
    FiguresChanged,
    Incident,
    IncidentChanged,
    Journaled,
    Link,
    LinkChanged,
    LinkState,
    Maintenance,
    MaintenanceKept,
    Millis,
    MinuteCount,
    Neighbour,
    Neighbourhood,
    NeighboursSeen,
    Phase,
    Promise,
    Promised,
    RateCounted,
    Relation,
    Restore,
    Rival,
    State,
    SymptomRate,
    TextApproved,
    Ticket,
    TicketKept,
    Verdict,
    Wording,
)
from correlator.ports import ENGINE, Batch, FeedStatus, Lease
from correlator.simulate.network import build_network
from correlator.simulate.settings import WorldSettings
from correlator.simulate.write import write_topology
from tests.integration import store_samples

TTL = 60_000
_AT_ONCE = 2_000  # tickets in a commit
_LIVED: Millis = 3 * HOUR  # what the oldest incident has lived
_KINDS = {
    "aggregation-switch": (46, "aggregation-switch"),
    "dslam": (150, "dslam-down"),
    "line-card": (300, "access-line-card"),
    "service-platform": (4, "service-platform"),
}
"""By type: how many of five hundred causes, and the rule; the biggest incident is of the first."""
_SYMPTOMS = ("no-internet", "no-sync", "slow", "no-tv", "no-phone")
_WORDS = "plus de synchro depuis ce matin, la box clignote rouge, deux redémarrages sans effet"


class Plan(NamedTuple):
    """How much there is; `biggest`: tickets linked to the first incident. `now`: clock time."""

    incidents: int
    tickets: int
    biggest: int
    now: Millis


class Filled(NamedTuple):
    """What can be asked for: ids of incidents (the biggest first), tickets with their customers."""

    incidents: tuple[str, ...]
    tickets: tuple[tuple[str, str], ...]
    customers: tuple[str, ...]
    rows: int


def write_inventory(folder: Path, customers: int) -> None:
    """Write the inventory of a made-up operator."""
    write_topology(build_network(WorldSettings(seed=5, customers=customers)), folder)


def fill(url: str, folder: Path, plan: Plan) -> Filled:
    """Write all incidents and tickets; returns what there is to look at."""
    inventory = topology.load(folder)
    incidents = [
        _incident(inventory, n, domain, plan) for n, domain in enumerate(_causes(inventory, plan))
    ]
    tied = list(_tickets(inventory, incidents))
    rows = 0
    with closing(open_store(url)) as store:
        lease = store.acquire("engine", "bench", plan.now, TTL)
        assert lease is not None
        for effects in itertools.chain(_stories(inventory, incidents, plan), _calls(tied, plan)):
            rows += len(effects)
            commit(store, lease, effects, plan.now)
        store.release(lease)
    every = max(1, inventory.customer_count // 50_000)
    known = itertools.islice(inventory.customers_under(inventory.domain_count - 1), 0, None, every)
    return Filled(
        tuple(one.id for one in incidents),
        tuple((ticket, customer) for ticket, customer, _ in tied),
        tuple(known),
        rows,
    )


def commit(
    store: SqlStore, lease: Lease, effects: Iterable[Effect], now: Millis, ttl: Millis = TTL
) -> None:
    """Make effects durable as the daemon does, with how the feeds stand."""
    topics = ("gi.tickets", "gi.alarms")
    feeds = [FeedStatus(topic, n, now, now) for topic in topics for n in range(6)]
    feeds.append(FeedStatus(ENGINE, 0, now, now))
    store.commit(lease, Batch(b"", tuple(effects), (), {}, feeds=tuple(feeds)), now, ttl)


def _causes(inventory: topology.Topology, plan: Plan) -> Iterator[int]:
    """Yield the causes: the largest of each type, some twice where there are not so many."""
    for kind, (share, _) in _KINDS.items():
        members = sorted(map(int, inventory.types[kind]), key=lambda d: -inventory.sizes[d])
        wanted = max(1, share * plan.incidents // 500)
        yield from itertools.islice(itertools.cycle(members), wanted)


def _incident(inventory: topology.Topology, n: int, domain: int, plan: Plan) -> Incident:
    """Return the `n`th incident: half of them wait, a third are taken, the rest have a promise."""
    name, kind = inventory.name(domain), inventory.type_of(domain)
    onset = plan.now - _LIVED + n * _LIVED // (2 * plan.incidents)
    place = n * 100 // plan.incidents * 37 % 100
    taken, timed = place >= 52, place >= 84
    promise = Promise(1, Restore(plan.now + 2 * HOUR, "wholesale", "likely"), "l.petit", onset)
    _, rule = _KINDS[kind]
    linked = plan.biggest if n == 0 else (plan.tickets - plan.biggest) // max(1, plan.incidents - 1)
    made = store_samples.incident(
        n,
        version=linked + 5,
        rule=rule,
        state=State.OPEN if taken or n % 2 else State.PROPOSED,
        symptom=_SYMPTOMS[n % len(_SYMPTOMS)],
        domain=name,
        domain_type=kind,
        first_domain=name,
        created=onset + 5 * MINUTE,
        onset=onset,
        changed=plan.now,
        announced=onset + 6 * MINUTE,
        priority=2 + n % 4,
        customers=int(inventory.sizes[domain]),
        linked=linked,
        observed=29 + linked // 2,
        alarms=(f"A{n:06}",),
        rivals=tuple(Rival(f"{name}/R{r}", kind, 31.5 - r, 20, 412, 390, 2.5) for r in range(4)),
        acknowledged_by="l.petit" if taken else "",
        rev=3,
        promise=promise if timed else None,
        texts=2 if taken else 0,
        **_told(name),
    )
    return made.incident


def _told(name: str) -> dict[str, Any]:
    """Return what is said of an incident, and what goes with it."""
    return {
        "severity": "major",
        "healthy": 9,
        "siblings": 10,
        "names": {"fr": f"Plus d'accès à internet — {name}", "en": f"No internet — {name}"},
        "wordings": {
            "fr": "Une panne de notre réseau prive votre secteur de service.",
            "en": "A failure of our network has cut service in your area.",
        },
        "procedure": "https://procedures.example/access",
        "catalog": "c1",
    }


def _stories(
    inventory: topology.Topology, incidents: list[Incident], plan: Plan
) -> Iterator[list[Effect]]:
    """Yield all that is known of incidents but their tickets, ten at a time."""
    works = [
        MaintenanceKept(
            Maintenance(f"M{n}", plan.now, f"m{n}", (one.domain,), plan.now, plan.now + HOUR, "t")
        )
        for n, one in enumerate(incidents[-20:])
    ]
    yield [*works]
    for begin in range(0, len(incidents), 10):
        some = incidents[begin : begin + 10]
        yield [effect for one in some for effect in _story(inventory, one, plan)]


def _story(inventory: topology.Topology, one: Incident, plan: Plan) -> Iterator[Effect]:
    yield IncidentChanged(one, "created")
    yield figures_of(one, plan.now)
    for minute in range(one.onset - HOUR, plan.now, MINUTE):
        at = minute // MINUTE * MINUTE
        yield RateCounted(MinuteCount(one.id, at, int(at > one.onset) * (at // MINUTE % 5), 0.02))
    yield NeighboursSeen(_neighbourhood(inventory, one, plan.now))
    alarm = Alarm(
        one.alarms[0], one.onset, one.onset, "e", one.domain, AlarmState.RAISED, one.domain_type
    )
    yield AlarmKept(alarm, known=True, raised=one.onset)
    fields = ("state", "priority", "acknowledged_by", "text agent", "note", "severity")
    for n, field in enumerate(fields):
        at, new = one.onset + (7 + n) * MINUTE, f"{field} {n}"
        yield Journaled(Change("incident", one.id, field, "", new, at, "l.petit"))
    if one.promise is not None:
        yield Promised(one.id, one.promise)
    for n in range(one.texts):
        audience = (Audience.AGENT, Audience.N1)[n % 2]
        wording = Wording(audience, Phase.CONFIRMED, one.wordings["fr"], one.wordings["en"])
        yield TextApproved(one, ApprovedText(n + 1, wording, "l.petit", one.onset + HOUR))


def figures_of(one: Incident, now: Millis) -> FiguresChanged:
    """Return the figures of an incident, as its fields have them."""
    closing = Closing(0.1, 0.5, one.alarms, tickets_alive=True)
    rates = {one.symptom: SymptomRate(0.07, 0.0001), "slow": SymptomRate(0.01, 0.0002)}
    return FiguresChanged(Figures(one.id, now, one.observed, one.expected, rates, closing))


def _neighbourhood(inventory: topology.Topology, one: Incident, now: Millis) -> Neighbourhood:
    domain = inventory.domain(one.domain)
    assert domain is not None
    below = [int(child) for child in inventory.children(domain)][:30]
    beside = [int(other) for other in inventory.siblings(domain)][:20]
    near = [Neighbour(one.domain, one.domain_type, Relation.CAUSE, one.customers, 29, 0.8, 1)]
    for relation, domains in ((Relation.CHILD, below), (Relation.SIBLING, beside)):
        for d in domains:
            name, kind = inventory.name(d), inventory.type_of(d)
            near.append(Neighbour(name, kind, relation, int(inventory.sizes[d]), 3, 0.02))
    return Neighbourhood(one.id, now, tuple(near), 12, 3)


def _tickets(
    inventory: topology.Topology, incidents: list[Incident]
) -> Iterator[tuple[str, str, Incident]]:
    """Yield (ticket, customer, incident)."""
    number = itertools.count(1)
    for one in incidents:
        domain = inventory.domain(one.domain)
        assert domain is not None
        below = list(itertools.islice(inventory.customers_under(domain), one.linked)) or ["C0"]
        for customer in itertools.islice(itertools.cycle(below), one.linked):
            yield f"T{next(number):09}", customer, one


def _calls(tied: list[tuple[str, str, Incident]], plan: Plan) -> Iterator[list[Effect]]:
    for begin in range(0, len(tied), _AT_ONCE):
        some = enumerate(tied[begin : begin + _AT_ONCE], begin)
        yield [
            effect
            for n, (ticket, customer, one) in some
            for effect in call(ticket, customer, one, plan.now - n % (2 * HOUR))
        ]


def call(ticket: str, customer: str, one: Incident, at: Millis) -> tuple[Effect, ...]:
    """Return what a ticket that is linked brings: itself, the answer, the link, the journal."""
    values: dict[str, Any] = {"symptom": one.symptom, "text": _WORDS, "channel": "phone"}
    kept = Ticket(ticket, at, at - 4_000, f"e{ticket}", customer=customer, **values)
    link = Link(ticket, one.id, LinkState.LINKED, 0.97, one.reason, 1, at)
    key = f"{ticket}|{one.id}"
    return (
        TicketKept(kept, one.symptom, known=True),
        Verdict(ticket, at, Answer.YES, one.reason, one.id, one.domain, 0.97),
        LinkChanged(link),
        Journaled(Change("link", key, "state", "", "linked", at)),
    )


def later(one: Incident, now: Millis) -> Incident:
    """Return an incident after one more ticket."""
    return msgspec.structs.replace(
        one, version=one.version + 1, changed=now, linked=one.linked + 1, observed=one.observed + 1
    )
