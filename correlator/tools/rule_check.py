"""Runs the tests that rules come with, and says field by field what came out otherwise.

The network of a test is written as inventory files and loaded the usual way; the engine is the one
the daemon uses, ticked as the daemon ticks it.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, TypeAlias

import msgspec

import topology
from correlator.adapters.fits import begin_kept
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.model import (
    ANNOUNCED,
    Action,
    Effect,
    Event,
    Incident,
    IncidentChanged,
    LinkChanged,
    LinkState,
    Millis,
    ReasonCode,
    State,
    Suppressed,
    Verb,
    arrival_order,
)
from rules import Catalog, Finding
from rules.findings import did_you_mean
from rules.testing import RuleTest, background_of
from rules.testing import model as wanted

_LIVE = ANNOUNCED | {State.CANDIDATE}


class Steps(Protocol):
    """What a test needs of an engine."""

    def handle(self, event: Event, /) -> list[Effect]:
        """Take one event."""

    def tick(self, now: Millis, /) -> list[Effect]:
        """Let time pass."""


Build: TypeAlias = Callable[[topology.Topology, Catalog], Steps]


class TestResult(msgspec.Struct, frozen=True):
    """A test and what is wrong; no failures: passed."""

    __test__: ClassVar[bool] = False  # pytest must not take it for a test of its own

    test: RuleTest
    failures: tuple[Finding, ...]


def check_rules(
    catalog: Catalog, tests: Iterable[RuleTest], build: Build | None = None
) -> list[TestResult]:
    """Run every test against a catalog, each on an engine of its own with the settings as shipped.

    `build` makes another engine.
    """
    return [check_rule(catalog, test, build or _shipped) for test in tests]


def _shipped(network: topology.Topology, catalog: Catalog) -> Steps:
    return Engine(network, catalog, EngineSettings(), begin_kept)


def check_rule(catalog: Catalog, test: RuleTest, build: Build) -> TestResult:
    """Run one test."""
    with tempfile.TemporaryDirectory() as folder:
        write_inventory(test.world, Path(folder))
        network = topology.load(Path(folder), attributes=attribute_columns(test.world))
    effects, failures = run(test, build(network, catalog))
    return TestResult(test, (*failures, *evaluate(test, effects)))


# ------------------------------------------------------------------------------ the network


def attribute_columns(world: wanted.World) -> list[str]:
    """Return the attributes that the customers of a test have, sorted."""
    return sorted({name for customer in world.customers for name in customer.attributes})


def write_inventory(world: wanted.World, folder: Path) -> None:
    """Write the three inventory files of a test's network."""
    equipment = [[name, kind] for name, kind in world.equipment.items()]
    _write(folder / "equipment.csv", ["id", "type"], equipment)
    dependencies = [[one.id, one.on, one.group] for one in world.dependencies]
    _write(folder / "dependencies.csv", ["id", "depends_on", "redundancy_group"], dependencies)
    columns = attribute_columns(world)
    customers = [
        [one.id, " ".join(one.on), *(one.attributes.get(column, "") for column in columns)]
        for one in world.customers
    ]
    _write(folder / "customers.csv", ["customer_id", "depends_on", *columns], customers)


def _write(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


# --------------------------------------------------------------------------------- the run


def run(test: RuleTest, engine: Steps) -> tuple[list[Effect], list[Finding]]:
    """Send a test through an engine; return the effects, and the actions that had no incident."""
    effects: list[Effect] = []
    failures: list[Finding] = []
    last: Millis | None = None
    for event in events_of(test):
        for minute in ticks_between(last, event.arrived):
            effects += engine.tick(minute)
        last = event.arrived
        ready = _aimed(event, effects) if isinstance(event, Action) else event
        if ready is None:
            failures.append(test.place.finding(_nothing_there(test, event)))
        else:
            effects += engine.handle(ready)
    for minute in ticks_between(last, test.start + test.until):
        effects += engine.tick(minute)
    return effects, failures


def events_of(test: RuleTest) -> list[Event]:
    """Return everything that happens in a test, in arrival order.

    An action still names causes where incidents belong: their ids come with the run.
    """
    moments = [*background_of(test), *test.moments]
    fields = [moment.event(test.start, f"E{number}") for number, moment in enumerate(moments)]
    return sorted(msgspec.convert(fields, list[Event]), key=arrival_order)


def _aimed(action: Action, effects: Sequence[Effect]) -> Action | None:
    """Put incident ids in the place of causes; None: there is no such incident."""
    if action.verb is Verb.DECLARE:
        return action
    incident = _incident_on(action.incident, effects, action.verb)
    into = _incident_on(action.into, effects, action.verb) if action.into else ""
    if incident is None or into is None:
        return None
    return msgspec.structs.replace(action, incident=incident, into=into)


def _incident_on(cause: str, effects: Sequence[Effect], verb: Verb) -> str | None:
    """Return the id of the latest incident on a cause that can still be acted on."""
    past = {State.RESOLVED, State.CLOSED, State.REJECTED}
    states = _LIVE | (past if verb in {Verb.REOPEN, Verb.CLOSE} else set())
    there = [one for one in _last_states(effects) if one.domain == cause and one.state in states]
    return max(there, key=lambda one: one.changed).id if there else None


def _nothing_there(test: RuleTest, event: Event) -> str:
    """Say which action found no incident."""
    verb = event.verb.value if isinstance(event, Action) else ""
    cause = (event.incident if isinstance(event, Action) else "") or "outside the network"
    return f"{test.name}: {verb} at {test.clock(event.arrived)}: no incident on {cause} by then"


# --------------------------------------------------------------------------- what came of it


def evaluate(test: RuleTest, effects: Sequence[Effect]) -> list[Finding]:
    """Compare the effects of a run with what the test expects."""
    outcome = _Outcome(test, effects)
    found = []
    for expectation in test.expect:
        message = outcome.failure(expectation)
        if message:
            found.append(expectation.place.finding(f"{test.name}: {message}"))
    return found


def _since(test: RuleTest, incident: Incident) -> bool:
    """Tell whether an incident is of the test: what its history has raised does not count."""
    return (incident.announced or incident.changed) >= test.start


class _Outcome:
    """What a run came to, ready to be asked."""

    def __init__(self, test: RuleTest, effects: Sequence[Effect]) -> None:
        self._test = test
        self._changes = [
            one.incident
            for one in effects
            if isinstance(one, IncidentChanged) and _since(test, one.incident)
        ]
        self._suppressed = [one for one in effects if isinstance(one, Suppressed)]
        self._linked = _linked_counts(effects)
        self._last = [one for one in _last_states(effects) if _since(test, one)]
        self._announced = [one for one in self._last if one.announced is not None]

    def failure(self, expectation: wanted.Expectation) -> str:
        """Return what is wrong, or nothing."""
        match expectation:
            case wanted.Announced():
                return self._announced_failure(expectation)
            case wanted.NotAnnounced():
                return self._not_announced_failure(expectation)
            case wanted.Suppressed():
                return self._suppressed_failure(expectation)
            case wanted.Resolved():
                return self._resolved_failure(expectation)
            case wanted.External():
                there = any(one.domain == "" for one in self._announced)
                return "" if there else f"expected announced outside the network, {self._got()}"

    def _announced_failure(self, want: wanted.Announced) -> str:
        there = [one for one in self._announced if one.domain == want.cause]
        if not there:
            return f"expected announced cause {want.cause}, {self._got()}"
        wrong = min((self._differences(want, one) for one in there), key=len)
        return f"announced {want.cause}, but " + "; ".join(wrong) if wrong else ""

    def _differences(self, want: wanted.Announced, got: Incident) -> list[str]:
        raised = self._first_announced(got)
        pairs: list[tuple[str, object, object]] = [
            ("rule", want.rule, got.rule),
            ("state", want.state, got.state.value),
            ("raises", want.raises, raised.state.value),
            ("first_cause", want.first_cause, got.first_domain),
            ("symptom", want.symptom, got.symptom),
            ("priority", want.priority, got.priority),
        ]
        found = [
            f"expected {name} {expected}, got {actual}"
            for name, expected, actual in pairs
            if expected is not None and expected != actual
        ]
        if want.by is not None and (got.announced or 0) > self._test.start + want.by:
            found.append(f"expected by {self._clock(want.by)}, got {self._time(got.announced)}")
        linked = self._linked.get(got.id, 0)
        if want.linked_at_least is not None and linked < want.linked_at_least:
            found.append(f"expected linked_at_least {want.linked_at_least}, got {linked}")
        return found

    def _first_announced(self, incident: Incident) -> Incident:
        """Return the incident as it was when it was announced."""
        changes = (one for one in self._changes if one.id == incident.id)
        return next((one for one in changes if one.announced is not None), incident)

    def _not_announced_failure(self, want: wanted.NotAnnounced) -> str:
        there = [
            one
            for one in self._changes
            if one.announced is not None
            and want.domain in {None, one.domain}
            and want.rule in {None, one.rule}
        ]
        if not there:
            return ""
        scope = [f"on {want.domain}" if want.domain else "", f"by {want.rule}" if want.rule else ""]
        return " ".join(["expected nothing announced", *filter(None, scope)]) + f", {self._got()}"

    def _suppressed_failure(self, want: wanted.Suppressed) -> str:
        codes = [code.value for code in ReasonCode]
        if want.code not in codes:
            return f"unknown code '{want.code}'{did_you_mean(want.code, codes)}"
        for one in self._suppressed:
            same = want.domain in {None, one.domain} and want.rule in {None, one.rule}
            if same and one.reason.code.value == want.code:
                return ""
        got = sorted({f"{one.domain or 'outside'} ({one.reason.code})" for one in self._suppressed})
        about = f" on {want.domain}" if want.domain else ""
        return f"expected suppressed {want.code}{about}, got: {', '.join(got) or 'nothing'}"

    def _resolved_failure(self, want: wanted.Resolved) -> str:
        there = [one for one in self._announced if one.domain == want.cause]
        times = [one.resolved for one in there if one.resolved is not None]
        if not times:
            return f"expected resolved {want.cause}, {self._got()}"
        if want.by is not None and min(times) > self._test.start + want.by:
            by = self._clock(want.by)
            return f"expected resolved {want.cause} by {by}, got {self._time(min(times))}"
        return ""

    def _got(self) -> str:
        """List what was announced; where nothing was, the candidates."""
        if self._announced:
            return "got: " + ", ".join(map(self._described, self._announced))
        candidates = [one.domain or "outside" for one in self._last]
        return f"got: nothing announced; candidates: {', '.join(candidates) or 'none'}"

    def _described(self, one: Incident) -> str:
        tickets = self._linked.get(one.id, 0)
        what = f"{one.rule}, {one.state}, announced {self._time(one.announced)}, {tickets} tickets"
        return f"{one.domain or 'outside the network'} ({what})"

    def _clock(self, moment: Millis) -> str:
        return self._test.clock(self._test.start + moment)

    def _time(self, time: Millis | None) -> str:
        return "never" if time is None else self._test.clock(time)


def _last_states(effects: Sequence[Effect]) -> list[Incident]:
    """Return the last state of each incident, in the order in which they appeared."""
    states: dict[str, Incident] = {}
    for effect in effects:
        if isinstance(effect, IncidentChanged):
            states[effect.incident.id] = effect.incident
    return list(states.values())


def _linked_counts(effects: Sequence[Effect]) -> dict[str, int]:
    """Count the tickets that are linked at the end, by incident."""
    links = {
        (one.link.ticket, one.link.incident): one.link.state
        for one in effects
        if isinstance(one, LinkChanged)
    }
    counts: dict[str, int] = {}
    for (_, incident), state in links.items():
        counts[incident] = counts.get(incident, 0) + (state == LinkState.LINKED)
    return counts
