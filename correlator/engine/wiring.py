"""Wiring: the owners of state, the views that each handler is given, the lists of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from correlator.engine.alarms import AlarmBook, AlarmHierarchy, MaintenanceCalendar
from correlator.engine.attribution import Ledger
from correlator.engine.calls import CallWindow, KnownTickets
from correlator.engine.detection import Detector, UsualRates
from correlator.engine.handlers import tickets as stages
from correlator.engine.handlers.actions import ActionHandler
from correlator.engine.handlers.alarms import AlarmHandler
from correlator.engine.handlers.alerts import AlertHandler
from correlator.engine.handlers.answers import Answers
from correlator.engine.handlers.feedback import Feedback
from correlator.engine.handlers.in_hand import Stage
from correlator.engine.handlers.maintenance import MaintenanceHandler
from correlator.engine.handlers.new_symptoms import SymptomDiscovery
from correlator.engine.handlers.predictions import Predictions
from correlator.engine.handlers.tickets import TicketHandler
from correlator.engine.handlers.ticks import IncidentAgeing
from correlator.engine.incidents import Registry, Renderer
from correlator.engine.localisation import (
    FIT_TAU,
    AlarmPrior,
    Describer,
    Diagnosis,
    EvidenceRecorder,
    Localiser,
    Revision,
    Selection,
)
from correlator.engine.rates import Baseline, FeedLiveness, Moment, WeekClock, places_of
from correlator.engine.settings import EngineSettings
from correlator.engine.state import Component
from correlator.model import DAY, HOUR, MINUTE, UNNAMED, Effect, Millis, events
from correlator.text import SymptomClassifier, SymptomClusters
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


class Assembly(NamedTuple):
    """An assembled engine: owners, handlers, stages of a tick, components of a snapshot.

    `reasoning` and `actions` are named for tests, which ask them directly.
    """

    owners: Owners
    reasoning: Reasoning
    handlers: Handlers
    alarms: AlarmHandler
    actions: ActionHandler
    ticking: tuple[tuple[Millis, TickStage], ...]
    components: tuple[Component, ...]

    def recount(self) -> None:
        """Count the recent calls again on burst statistics that have been reset."""
        moment = self.owners.rates.moment
        oldest = moment.tau - FIT_TAU if moment.now else 0.0
        self.owners.detector.recount(
            call
            for call in self.owners.calls
            if call.counted and not call.spent and call.tau > oldest
        )


def assemble(
    topology: Topology, catalog: Catalog, settings: EngineSettings, emit: Emit
) -> Assembly:
    """Put an engine together; `emit` takes the effects."""
    owners = _owners(topology, catalog, settings, emit)
    reasoning = _reasoning(topology, catalog, settings, owners)
    alerts = AlertHandler(
        topology, catalog.rules, emit, owners.rates, owners.calls, owners.detector,
        reasoning.diagnosis, reasoning.localiser, reasoning.describer, reasoning.recorder,
        owners.incidents, owners.ledger, owners.alarms.outcomes,
    )  # fmt: skip
    alarms = AlarmHandler(
        topology, catalog.rules, settings, emit, owners.feeds, owners.alarms, reasoning.hierarchy,
        owners.works, owners.detector, owners.incidents,
    )  # fmt: skip
    feedback = Feedback(
        catalog.rules, owners.rates, owners.calls, owners.incidents, owners.detector.learned,
        owners.alarms,
    )  # fmt: skip
    actions = ActionHandler(
        topology, emit, owners.calls, owners.detector.streams, owners.incidents,
        owners.ledger.assignments, feedback,
    )  # fmt: skip
    works = MaintenanceHandler(emit, owners.works, alarms)
    tickets = TicketHandler(_ticket_stages(topology, catalog, settings, owners, alerts, emit))
    return Assembly(
        owners=owners,
        reasoning=reasoning,
        handlers={
            events.Ticket: tickets.handle,
            events.Alarm: alarms.handle,
            events.Maintenance: works.handle,
            events.Action: actions.handle,
        },
        alarms=alarms,
        actions=actions,
        ticking=(
            *_ticking(topology, catalog, owners, reasoning, alerts, works, feedback, emit),
            (HOUR, lambda moment: actions.prune(moment.now - 7 * DAY)),
        ),
        components=(*_components(owners), Component.fixed("actions", actions)),
    )


def _owners(topology: Topology, catalog: Catalog, settings: EngineSettings, emit: Emit) -> Owners:
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
    incidents = Registry(topology, rule_ids, emit, renderer.render)
    examples = {s.id: s.examples for s in catalog.symptoms} if settings.use_text else {}
    return Owners(
        rates=rates,
        feeds=feeds,
        detector=detector,
        calls=calls,
        known=KnownTickets(),
        alarms=AlarmBook(topology),
        works=MaintenanceCalendar(topology),
        incidents=incidents,
        ledger=Ledger(
            topology, catalog.rules, emit, calls, rates, detector, detector.profiles, incidents,
            feeds, explains=explains,
        ),
        classifier=SymptomClassifier(examples),
        clusters=SymptomClusters(examples),
    )  # fmt: skip


def _reasoning(
    topology: Topology, catalog: Catalog, settings: EngineSettings, owners: Owners
) -> Reasoning:
    rates, calls, detector = owners.rates, owners.calls, owners.detector
    streams, profiles, incidents = detector.streams, detector.profiles, owners.incidents
    rules, explains = catalog.rules, settings.use_explaining_away
    dial = settings.false_incidents_per_week
    usual = UsualRates(rates, profiles)
    hierarchy = AlarmHierarchy(topology, owners.alarms, owners.alarms.types)
    prior = AlarmPrior(
        topology, rules, settings, rates, streams, owners.alarms, owners.alarms.types, hierarchy,
        incidents,
    )  # fmt: skip
    localiser = Localiser(topology, rules, calls, rates.concurrent, streams, profiles, usual, prior)
    selection = Selection(
        topology, rules, localiser, calls, rates, owners.feeds, streams, detector, profiles, usual,
        incidents, explains=explains,
    )  # fmt: skip
    revision = Revision(topology, localiser, selection, calls, incidents, explains=explains)
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


def _ticket_stages(  # noqa: PLR0913, PLR0917 - all that a ticket meets
    topology: Topology,
    catalog: Catalog,
    settings: EngineSettings,
    owners: Owners,
    alerts: AlertHandler,
    emit: Emit,
) -> tuple[Stage, ...]:
    """Return all stages of a ticket, in order."""
    answers = Answers(topology, catalog.rules, owners.incidents, owners.ledger, owners.detector)
    return (
        stages.Complete(owners.known),
        stages.Read(
            owners.known, owners.classifier, owners.clusters, use_text=settings.use_text
        ),
        stages.Resolve(topology, emit),
        stages.Change(owners.ledger),
        stages.FollowFeed(owners.feeds),
        stages.Explain(
            owners.detector, owners.rates, owners.works, owners.calls, owners.incidents,
            owners.ledger,
        ),
        stages.AnswerAgent(answers, emit),
        stages.Enter(owners.ledger),
        stages.Observe(owners.detector),
        stages.Decide(alerts),
    )  # fmt: skip


def _ticking(  # noqa: PLR0913, PLR0917 - all that time changes
    topology: Topology,
    catalog: Catalog,
    owners: Owners,
    reasoning: Reasoning,
    alerts: AlertHandler,
    works: MaintenanceHandler,
    feedback: Feedback,
    emit: Emit,
) -> tuple[tuple[Millis, TickStage], ...]:
    """Return the stages of a tick, in order, each with its period in ms."""
    detector = owners.detector
    ageing = IncidentAgeing(
        catalog.rules, len(topology.graph), owners.feeds, owners.alarms, owners.alarms.types,
        detector, alerts, owners.incidents,
    )  # fmt: skip
    predictions = Predictions(
        topology, owners.alarms, detector.profiles, owners.rates, reasoning.recorder,
        owners.incidents,
    )  # fmt: skip
    discovery = SymptomDiscovery(
        emit, owners.clusters, owners.known, owners.calls, owners.rates, detector,
        owners.incidents, owners.ledger, alerts,
    )  # fmt: skip

    return (
        (HOUR, feedback.run),
        (_EVERY, ageing.run),
        (_EVERY, predictions.run),
        (_EVERY, works.overrun),
        (_EVERY, lambda moment: owners.alarms.outcomes.learn(moment.tau)),
        (_QUARTER, lambda moment: owners.classifier.train(moment.now)),
        (HOUR, lambda _moment: detector.refresh()),
        (HOUR, lambda moment: _prune(owners, moment)),
        (_QUARTER, discovery.run),
        (HOUR, lambda moment: owners.known.prune(moment.now)),
    )


def _prune(owners: Owners, moment: Moment) -> None:
    """Forget what no decision can need any more."""
    owners.calls.prune(moment.now)
    owners.detector.cooldowns.prune(moment.now)
    owners.works.forget(moment.now)
    owners.incidents.forget(moment.now - 48 * HOUR)
    owners.alarms.forget(moment.now - 30 * DAY)
    owners.alarms.forget_records(moment.now - DAY)


def _components(owners: Owners) -> tuple[Component, ...]:
    """Return all state that a snapshot holds, in the order in which it is carried over."""
    return (
        Component.movable("rates", owners.rates),
        Component.movable("detector", owners.detector),
        Component.movable("calls", owners.calls),
        Component.movable("incidents", owners.incidents),
        Component.movable("alarms", owners.alarms),
        Component.movable("works", owners.works),
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
