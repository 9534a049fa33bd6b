"""Wiring: the owners of state, the views that each handler is given, the lists of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from correlator.engine.alarms import Relations
from correlator.engine.handlers import tickets as stages
from correlator.engine.handlers.actions import ActionHandler
from correlator.engine.handlers.alarms import AlarmHandler
from correlator.engine.handlers.alerts import AlertHandler
from correlator.engine.handlers.answers import Answers
from correlator.engine.handlers.feedback import Feedback
from correlator.engine.handlers.in_hand import Stage
from correlator.engine.handlers.maintenance import MaintenanceHandler
from correlator.engine.handlers.network import NetworkIncidents
from correlator.engine.handlers.new_symptoms import SymptomDiscovery
from correlator.engine.handlers.openings import Openings
from correlator.engine.handlers.predictions import Predictions
from correlator.engine.handlers.reading import Read
from correlator.engine.handlers.tickets import TicketHandler
from correlator.engine.handlers.ticks import IncidentAgeing
from correlator.engine.localisation import (
    FIT_TAU,
)
from correlator.engine.owners import (
    Owners,
    Reasoning,
    components_of,
    owners_of,
    prune,
    reasoning_of,
)
from correlator.engine.projections import Projector, projector_of
from correlator.engine.rates import Moment
from correlator.engine.settings import EngineSettings
from correlator.engine.state import Component
from correlator.model import DAY, HOUR, MINUTE, Action, Effect, Millis, events
from correlator.text import Begin, begin
from rules.model import Catalog
from topology import Topology

Emit: TypeAlias = Callable[[Effect], None]
TickStage: TypeAlias = Callable[[Moment], None]
Handlers: TypeAlias = Mapping[type[events.Event], Callable[[Any, Moment], None]]

_QUARTER: Millis = 15 * MINUTE
_EVERY: Millis = 1  # every tick, even one that is on no whole minute


class Assembly(NamedTuple):
    """An assembled engine: owners, handlers, stages of a tick, components of a snapshot.

    `reasoning` and `actions` are named for tests, which ask them directly; `alarms` and `network`
    for what is due after a swap.
    """

    owners: Owners
    reasoning: Reasoning
    handlers: Handlers
    alarms: AlarmHandler
    network: NetworkIncidents
    actions: ActionHandler
    projector: Projector
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
    topology: Topology,
    catalog: Catalog,
    settings: EngineSettings,
    emit: Emit,
    begin: Begin = begin,
) -> Assembly:
    """Put an engine together; `emit` takes the effects, `begin`: as `Engine` takes it."""
    relations = Relations(topology)
    owners = owners_of(topology, catalog, settings, relations, emit, begin)
    reasoning = reasoning_of(topology, catalog, settings, relations, owners)
    alerts = _alerts(topology, catalog, owners, reasoning, emit)
    alarms = AlarmHandler(
        topology, catalog.rules, settings, emit, owners.feeds, owners.alarms, owners.groups,
        reasoning.hierarchy, owners.works, owners.detector, owners.incidents,
    )  # fmt: skip
    feedback = Feedback(
        catalog.rules, owners.rates, owners.calls, owners.incidents, owners.detector.learned,
        owners.alarms, owners.known, owners.classifier,
        frozenset(symptom.id for symptom in catalog.symptoms if symptom.fault),
    )  # fmt: skip
    actions = _actions(topology, catalog, owners, feedback, emit)
    works = MaintenanceHandler(emit, owners.works, alarms)
    network = _network(topology, catalog, owners, reasoning)
    ageing = IncidentAgeing(
        catalog.rules, len(topology.graph), owners.feeds, owners.alarms, owners.alarms.types,
        owners.detector, alerts, owners.incidents,
    )  # fmt: skip
    tickets = TicketHandler(_ticket_stages(topology, catalog, settings, owners, alerts, emit))
    return Assembly(
        owners=owners,
        reasoning=reasoning,
        handlers={
            events.Ticket: tickets.handle,
            events.Alarm: alarms.handle,
            events.Maintenance: works.handle,
            Action: actions.handle,
        },
        alarms=alarms,
        network=network,
        actions=actions,
        projector=_projector(topology, owners, reasoning, ageing),
        ticking=(
            *_ticking(topology, owners, reasoning, network, ageing, alerts, works, feedback, emit),
            (HOUR, lambda moment: actions.prune(moment.now - 7 * DAY)),
        ),
        components=(*components_of(owners), Component.fixed("actions", actions)),
    )


def _alerts(
    topology: Topology, catalog: Catalog, owners: Owners, reasoning: Reasoning, emit: Emit
) -> AlertHandler:
    return AlertHandler(
        topology, catalog.rules, emit, owners.rates, owners.calls, owners.detector,
        reasoning.diagnosis, reasoning.localiser, reasoning.describer, reasoning.recorder,
        owners.incidents, owners.ledger, owners.alarms.outcomes,
    )  # fmt: skip


def _network(
    topology: Topology, catalog: Catalog, owners: Owners, reasoning: Reasoning
) -> NetworkIncidents:
    return NetworkIncidents(
        topology, catalog.rules, owners.groups, owners.detector.streams, owners.detector.profiles,
        owners.rates, reasoning.recorder, owners.incidents, owners.ledger,
    )  # fmt: skip


def _projector(
    topology: Topology, owners: Owners, reasoning: Reasoning, ageing: IncidentAgeing
) -> Projector:
    return projector_of(
        topology, owners.incidents, owners.rates, owners.calls, owners.ledger, reasoning.recorder,
        ageing, owners.feeds, owners.alarms, owners.works,
    )  # fmt: skip


def _actions(
    topology: Topology, catalog: Catalog, owners: Owners, feedback: Feedback, emit: Emit
) -> ActionHandler:
    streams = owners.detector.streams
    openings = Openings(
        topology, catalog.rules, owners.calls, owners.detector, streams, owners.incidents,
        owners.ledger,
    )  # fmt: skip
    return ActionHandler(
        topology, emit, streams, owners.incidents, owners.ledger.assignments, openings, feedback
    )


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
        Read(
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
    owners: Owners,
    reasoning: Reasoning,
    network: NetworkIncidents,
    ageing: IncidentAgeing,
    alerts: AlertHandler,
    works: MaintenanceHandler,
    feedback: Feedback,
    emit: Emit,
) -> tuple[tuple[Millis, TickStage], ...]:
    """Return the stages of a tick, in order, each with its period in ms."""
    detector = owners.detector
    predictions = Predictions(
        topology, owners.alarms, detector.profiles, owners.rates, reasoning.recorder,
        owners.incidents, owners.groups, reasoning.hierarchy,
    )  # fmt: skip
    discovery = SymptomDiscovery(
        emit, owners.clusters, owners.known, owners.calls, owners.rates, detector,
        owners.incidents, owners.ledger, alerts,
    )  # fmt: skip

    return (
        (HOUR, feedback.run),
        (_EVERY, ageing.run),
        (_EVERY, network.run),
        (_EVERY, predictions.run),
        (_EVERY, works.overrun),
        (_EVERY, lambda moment: owners.alarms.outcomes.learn(moment.tau)),
        (_QUARTER, lambda moment: owners.classifier.train(moment.now)),
        (HOUR, lambda _moment: detector.refresh()),
        (HOUR, lambda moment: prune(owners, moment)),
        (_QUARTER, discovery.run),
        (HOUR, lambda moment: owners.known.prune(moment.now)),
    )
