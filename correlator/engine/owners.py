"""The owners of state, and the classes that reason without any: how they are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from correlator.engine.alarms import (
    AlarmBook,
    AlarmGroups,
    AlarmHierarchy,
    MaintenanceCalendar,
    Relations,
)
from correlator.engine.attribution import Ledger
from correlator.engine.calls import CallWindow, KnownTickets
from correlator.engine.detection import Detector, UsualRates
from correlator.engine.incidents import Registry, Renderer
from correlator.engine.localisation import (
    AlarmPrior,
    Describer,
    Diagnosis,
    EvidenceRecorder,
    Localiser,
    Narrowing,
    Revision,
    Selection,
)
from correlator.engine.rates import Baseline, FeedLiveness, Moment, WeekClock, places_of
from correlator.engine.settings import EngineSettings
from correlator.engine.state import Component
from correlator.model import DAY, HOUR, MINUTE, UNNAMED, Effect, Millis, events
from correlator.text import Begin, SymptomClassifier, SymptomClusters
from rules.model import Catalog
from topology import Topology

Emit: TypeAlias = Callable[[Effect], None]
TickStage: TypeAlias = Callable[[Moment], None]
Handlers: TypeAlias = Mapping[type[events.Event], Callable[[Any, Moment], None]]

_QUARTER: Millis = 15 * MINUTE
_EVERY: Millis = 1  # every tick, even one that is on no whole minute


class Owners(NamedTuple):
    """The classes that own state."""

    rates: Baseline
    feeds: FeedLiveness
    detector: Detector
    calls: CallWindow
    known: KnownTickets
    alarms: AlarmBook
    groups: AlarmGroups
    works: MaintenanceCalendar
    incidents: Registry
    ledger: Ledger
    classifier: SymptomClassifier
    clusters: SymptomClusters


class Reasoning(NamedTuple):
    """The classes without state: those that decide, and those that describe decisions."""

    hierarchy: AlarmHierarchy
    localiser: Localiser
    selection: Selection
    diagnosis: Diagnosis
    describer: Describer
    recorder: EvidenceRecorder


def owners_of(  # noqa: PLR0913, PLR0917 - what there is before anything has happened
    topology: Topology,
    catalog: Catalog,
    settings: EngineSettings,
    relations: Relations,
    emit: Emit,
    begin: Begin,
) -> Owners:
    """Make the owners of state; `emit` takes the effects, `begin`: as `Engine` takes it."""
    rates = Baseline(
        WeekClock(settings.timezone),
        (UNNAMED, *(symptom.id for symptom in catalog.symptoms)),
        places_of(topology),
        learns=settings.use_learned_rates,
    )
    feeds = FeedLiveness()
    detector = Detector(topology, catalog, rates, settings)
    explains = settings.use_explaining_away
    calls = CallWindow(topology.domain_count, explains=explains)
    rule_ids = tuple(rule.id for rule in catalog.rules)
    renderer = Renderer(topology, catalog, settings)
    incidents = Registry(topology, rule_ids, emit, renderer.render, catalog.version)
    beginning = begin(catalog)
    book = AlarmBook(topology)
    hierarchy = AlarmHierarchy(topology, relations, book, book.types)
    examples = {s.id: s.examples for s in catalog.symptoms} if settings.use_text else {}
    return Owners(
        rates=rates,
        feeds=feeds,
        detector=detector,
        calls=calls,
        known=KnownTickets(),
        alarms=book,
        groups=AlarmGroups(topology, relations, hierarchy),
        works=MaintenanceCalendar(topology),
        incidents=incidents,
        ledger=Ledger(
            topology, catalog.rules, emit, calls, rates, detector, detector.profiles, incidents,
            feeds, explains=explains,
        ),
        classifier=SymptomClassifier(beginning),
        clusters=SymptomClusters(beginning.words, examples),
    )  # fmt: skip


def reasoning_of(
    topology: Topology,
    catalog: Catalog,
    settings: EngineSettings,
    relations: Relations,
    owners: Owners,
) -> Reasoning:
    """Make the classes that reason, on these owners."""
    rates, calls, detector = owners.rates, owners.calls, owners.detector
    streams, profiles, incidents = detector.streams, detector.profiles, owners.incidents
    rules, explains = catalog.rules, settings.use_explaining_away
    dial = settings.false_incidents_per_week
    usual = UsualRates(rates, profiles)
    hierarchy = AlarmHierarchy(topology, relations, owners.alarms, owners.alarms.types)
    prior = AlarmPrior(
        topology, rules, settings, rates, streams, owners.alarms, owners.alarms.types, hierarchy,
        incidents,
    )  # fmt: skip
    localiser = Localiser(topology, rules, calls, rates.concurrent, streams, profiles, usual, prior)
    narrowing = Narrowing(topology, localiser, calls, rates.concurrent, profiles, usual, prior)
    selection = Selection(
        topology, rules, localiser, narrowing, calls, rates, owners.feeds, streams, detector,
        profiles, usual, incidents, explains=explains,
    )  # fmt: skip
    revision = Revision(
        topology, localiser, narrowing, selection, calls, incidents, explains=explains
    )
    return Reasoning(
        hierarchy=hierarchy,
        localiser=localiser,
        selection=selection,
        diagnosis=Diagnosis(topology, selection, revision),
        describer=Describer(
            topology, dial, rates, calls, profiles, owners.alarms, owners.clusters,
        ),
        recorder=EvidenceRecorder(
            topology, rules, dial, rates, calls, detector, profiles, owners.alarms, owners.works,
            prior,
        ),
    )  # fmt: skip


def prune(owners: Owners, moment: Moment) -> None:
    """Forget what no decision can need any more."""
    owners.calls.prune(moment.now)
    owners.detector.cooldowns.prune(moment.now)
    owners.works.forget(moment.now)
    owners.incidents.forget(moment.now - 48 * HOUR)
    for alarm in owners.alarms.forget(moment.now - 30 * DAY):
        owners.groups.cleared(alarm, moment.now)
    owners.groups.forget(moment.now - HOUR)
    owners.alarms.forget_records(moment.now - DAY)


def components_of(owners: Owners) -> tuple[Component, ...]:
    """Return all state that a snapshot holds, in the order in which it is carried over."""
    return (
        Component.movable("rates", owners.rates),
        Component.movable("detector", owners.detector),
        Component.movable("calls", owners.calls),
        Component.movable("incidents", owners.incidents),
        Component.movable("alarms", owners.alarms),
        Component.movable("works", owners.works),
        Component.movable("groups", owners.groups),
        Component.fixed("feeds", owners.feeds),
        Component.fixed("ledger", owners.ledger),
        Component.fixed("known", owners.known),
        Component(
            "classifier",
            owners.classifier.state,
            owners.classifier.restore,
            lambda state, _moved: owners.classifier.carry_over(state),
        ),
        Component.fixed("clusters", owners.clusters),
    )
