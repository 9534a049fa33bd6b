"""What is shown of live incidents between events: figures, calls by minute, the network around."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from correlator.engine import ticks_between
from correlator.model import (
    ANNOUNCED,
    HOUR,
    MINUTE,
    Action,
    ActionDone,
    Effect,
    Event,
    Figures,
    FiguresChanged,
    Incident,
    IncidentChanged,
    MinuteCount,
    Neighbourhood,
    NeighboursSeen,
    RateCounted,
    Relation,
    State,
    Verb,
)
from tests.builders import (
    START,
    Desk,
    alarm,
    at,
    calls,
    customers_of,
    load,
    ordinary,
    spread,
    step,
    ticket,
    works,
)
from topology import Topology

CARD = customers_of("DSL-1/C1")
FAULT = calls(spread(CARD, 7), 0, 4)


class Screen:
    """An engine that is projected after every event and tick, as the shell does at each commit."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.engine = (desk or Desk()).engine
        self.since = self.engine.now
        self.shown: list[tuple[int, Effect]] = []
        self.incidents: dict[str, Incident] = {}
        self.opened: dict[str, str] = {}

    def feed(self, *events: Event) -> Screen:
        for event in sorted(events, key=lambda one: one.arrived):
            for now in ticks_between(self.engine.last_tick, event.arrived):
                self.look(self.engine.tick(now))
            self.look(self.engine.handle(event))
        return self

    def until(self, minute: float) -> Screen:
        for now in ticks_between(self.engine.last_tick, at(minute)):
            self.look(self.engine.tick(now))
        return self

    def look(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            if isinstance(effect, IncidentChanged):
                self.incidents[effect.incident.id] = effect.incident
            if isinstance(effect, ActionDone):
                self.opened[effect.action.id] = effect.incident
        found = self.engine.project(effects, self.since)
        self.since = self.engine.now
        self.shown += [(self.engine.now, effect) for effect in found]
        return found

    def incident(self) -> Incident:
        (found,) = [one for one in self.incidents.values() if one.announced is not None]
        return found

    def declared(self, action: str) -> str:
        """Return the incident that an action opened."""
        return self.opened[action]

    def figures(self) -> list[Figures]:
        return [e.figures for _, e in self.shown if isinstance(e, FiguresChanged)]

    def minutes(self) -> list[MinuteCount]:
        return [e.count for _, e in self.shown if isinstance(e, RateCounted)]

    def neighbourhoods(self) -> list[Neighbourhood]:
        return [e.neighbourhood for _, e in self.shown if isinstance(e, NeighboursSeen)]


def raised() -> Screen:
    screen = Screen().feed(*FAULT)
    assert screen.incident().state in ANNOUNCED
    return screen


# ----------------------------------------------------------------------------- changes nothing


def test_to_look_changes_nothing() -> None:
    desk = Desk()
    since = 0
    events = [*FAULT, alarm("DSL-1/C1", 3), works("DSL-2", 4, 5, 90), alarm("DSL-3", 9),
              *calls(spread(customers_of("DSL-4/C2"), 5), 10, 2)]  # fmt: skip
    looked = 0
    for event in sorted(events, key=lambda one: one.arrived):
        effects = step(desk.engine, event)
        before = desk.engine.snapshot()
        looked += len(desk.engine.project(effects, since))
        assert desk.engine.snapshot() == before
        since = desk.engine.now
    assert looked > 100


def test_whoever_looks_gets_the_same_decisions() -> None:
    looking, plain = Desk(), Desk()
    since = 0
    for event in [*FAULT, *calls(spread(customers_of("DSL-4/C2"), 5), 30, 2)]:
        effects = step(looking.engine, event)
        looking.engine.project(effects, since)
        since = looking.engine.now
        assert effects == step(plain.engine, event)
    assert looking.engine.snapshot() == plain.engine.snapshot()


def test_to_look_again_shows_the_same() -> None:
    screen = raised()
    once = screen.engine.project([], 0)
    assert screen.engine.project([], 0) == once
    assert once != []


# ------------------------------------------------------------------------------------- figures


def test_an_incident_that_changed_has_figures_at_once() -> None:
    desk = Desk()
    since = desk.engine.now
    for event in FAULT:
        effects = step(desk.engine, event)
        changed = {e.incident.id for e in effects if isinstance(e, IncidentChanged)}
        found = desk.engine.project(effects, since)
        since = desk.engine.now
        assert changed <= {e.figures.incident for e in found if isinstance(e, FiguresChanged)}


def test_an_announced_incident_has_figures_every_minute() -> None:
    screen = raised()
    screen.shown.clear()
    screen.until(40)
    assert [one.time for one in screen.figures()] == [at(minute) for minute in range(25, 41)]


def test_what_is_not_announced_has_figures_every_five_minutes() -> None:
    screen = Screen().feed(alarm("DSL-1/C1", 0)).until(9)
    assert [one.state for one in screen.incidents.values()] == [State.CANDIDATE]
    screen.shown.clear()
    screen.until(20)
    assert {one.time for one in screen.figures()} == {at(10), at(15), at(20)}


def test_figures_count_callers_against_what_is_usual() -> None:
    screen = raised().until(30)
    first, last = screen.figures()[-7], screen.figures()[-1]
    assert last.observed == 7
    assert 0 < first.expected < last.expected < 1


def test_figures_say_what_the_incident_adds_by_symptom() -> None:
    rates = raised().figures()[-1].symptoms
    assert rates["no-sync"].adds > 10 * rates["no-sync"].usual > 0
    assert rates["no-sync"].adds == max(one.adds for one in rates.values())
    assert "billing" not in rates


def test_closing_says_what_is_still_waited_for() -> None:
    screen = Screen().feed(alarm("DSL-1/C1", 1), *FAULT).until(25)
    early = screen.figures()[-1].closing
    assert (early.alarms, early.tickets_alive) == (("A-DSL-1/C1",), True)
    later = screen.feed(alarm("DSL-1/C1", 30, state="cleared")).until(35).figures()[-1].closing
    assert later.alarms == ()
    assert early.quiet < later.quiet < later.needed


def test_an_incident_is_over_once_its_closing_says_so() -> None:
    """With callers elsewhere, so that the quiet here says something."""
    screen = raised()
    screen.feed(*ordinary(30, 300)).until(300)
    (resolved,) = [one for one in screen.incidents.values() if one.announced]
    assert resolved.state in {State.RESOLVED, State.CLOSED}
    last = [one for one in screen.figures() if one.time < (resolved.resolved or 0)][-1]
    assert last.closing.quiet >= last.closing.needed - 0.1


# --------------------------------------------------------------------------------- by minute


def test_the_hour_before_the_onset_comes_with_the_announcement() -> None:
    screen = Screen()
    for event in FAULT:
        found = screen.look(step(screen.engine, event))
        if any(one.announced for one in screen.incidents.values()):
            break
    counts = [e.count for e in found if isinstance(e, RateCounted)]
    incident = screen.incident()
    assert counts[0].minute == incident.onset // MINUTE * MINUTE - HOUR
    assert counts[-1].minute == incident.announced // MINUTE * MINUTE - MINUTE  # type: ignore[operator]
    assert {b.minute - a.minute for a, b in pairwise(counts)} == {MINUTE}
    assert sum(one.observed for one in counts if one.minute < incident.onset) == 0


def test_every_minute_is_counted_once() -> None:
    """However often somebody looks within one: at each commit, four times a second."""
    screen = raised()
    for event in calls(spread(CARD[1::2], 8), 24.1, 0.1):
        screen.look(step(screen.engine, event))
        screen.look([])
    screen.until(60)
    counted = Counter(one.minute for one in screen.minutes())
    assert set(counted.values()) == {1}
    first = screen.incident().onset // MINUTE * MINUTE - HOUR
    assert sorted(counted) == list(range(first, at(60), MINUTE))


def test_minutes_hold_every_caller_about_its_symptoms_once() -> None:
    caller = FAULT[0].customer
    again = ticket(caller, 26, id="again"), ticket(caller, 27, "slow", id="and again")
    screen = raised().feed(*again, ticket(CARD[9], 28, "billing", id="bill")).until(60)
    found = {one.minute: one.observed for one in screen.minutes() if one.observed}
    assert found == {at(4 * n): 1 for n in range(7)}


def test_minutes_go_on_while_it_is_resolved_and_end_when_it_is_over() -> None:
    screen = raised().feed(*ordinary(30, 900)).until(900)
    incident = screen.incident()
    assert incident.state is State.CLOSED
    assert incident.resolved is not None
    last = max(one.minute for one in screen.minutes())
    assert incident.resolved < last < incident.changed


def test_what_is_only_noticed_has_no_minutes() -> None:
    screen = Screen().feed(alarm("DSL-1/C1", 0)).until(30)
    assert screen.minutes() == []


# ------------------------------------------------------------------------- the network around


def shares(seen: Neighbourhood) -> dict[Relation, list[str]]:
    found: dict[Relation, list[str]] = {}
    for one in seen.neighbours:
        found.setdefault(one.relation, []).append(one.domain)
    return found


def test_the_network_around_the_cause_is_named() -> None:
    screen = Screen().feed(*FAULT, ticket(customers_of("DSL-1/C4")[2], 25, id="near")).until(30)
    seen = screen.neighbourhoods()[-1]
    assert (seen.incident, seen.time) == (screen.incident().id, at(30))
    assert seen.neighbours[0].relation is Relation.CAUSE
    assert (seen.neighbours[0].domain, seen.neighbours[0].observed) == ("DSL-1/C1", 7)
    around = shares(seen)
    assert around[Relation.PARENT] == ["DSL-1"]
    assert around[Relation.SIBLING] == ["DSL-1/C4"]
    assert (seen.healthy_children, seen.healthy_siblings) == (0, 4)


def test_who_calls_about_something_else_makes_nobody_ill() -> None:
    screen = Screen().feed(*FAULT, ticket(customers_of("DSL-1/C4")[2], 25, None, id="other"))
    seen = screen.until(30).neighbourhoods()[-1]
    assert Relation.SIBLING not in shares(seen)
    assert seen.healthy_siblings == 5


def test_alarms_and_works_make_a_neighbour_conspicuous() -> None:
    screen = Screen().feed(alarm("DSL-1/C5", 2), works("DSL-1/C6", 3, 4, 90), *FAULT).until(30)
    seen = screen.neighbourhoods()[-1]
    near = {one.domain: one for one in seen.neighbours if one.relation is Relation.SIBLING}
    assert near.keys() == {"DSL-1/C5", "DSL-1/C6"}
    assert (near["DSL-1/C5"].alarms, near["DSL-1/C6"].works) == (1, "M-DSL-1/C6")


@cache
def crowded() -> Topology:
    """Return a network of a switch with a hundred DSLAMs of three lines."""
    nodes = [f"D-{n:03}" for n in range(100)]
    return load(
        [("SW", "aggregation-switch"), *((node, "dslam") for node in nodes)],
        [(node, "SW", "") for node in nodes],
        [(f"{node}:{n}", node, "1") for node in nodes for n in range(3)],
    )


def around(cause: str, ill: int) -> Neighbourhood:
    """Return the network around a cause that a person has declared, `ill` DSLAMs with callers."""
    screen = Screen(Desk(inventory=crowded()))
    screen.feed(Action("X", at(0), "X", "anna", Verb.DECLARE, "", domain=cause))
    callers = [f"D-{n:03}:{line}" for n in range(ill) for line in range(1 + n % 3)]
    screen.feed(*calls(callers, 1, 0.01)).until(15)
    return [one for one in screen.neighbourhoods() if one.incident == screen.declared("X")][-1]


@pytest.mark.parametrize(("ill", "named"), [(0, 0), (7, 7), (59, 59), (60, 59), (90, 59)])
def test_at_most_sixty_are_named_the_worst_first(ill: int, named: int) -> None:
    seen = around("SW", ill)
    children = [one for one in seen.neighbours if one.relation is Relation.CHILD]
    assert len(children) == min(named, 60 - (len(seen.neighbours) - len(children)))
    assert len(seen.neighbours) <= 60
    excess = [one.observed - one.expected for one in children]
    assert excess == sorted(excess, reverse=True)
    assert all(one.observed for one in children)
    assert seen.healthy_children == 100 - ill
    if ill > 60:  # those that are left out are no worse than those that are named
        assert {one.observed for one in children} == {2, 3}


def test_siblings_come_after_children() -> None:
    seen = around("D-000", 30)
    siblings = [one.domain for one in seen.neighbours if one.relation is Relation.SIBLING]
    assert "D-001" in siblings
    assert (seen.healthy_siblings, seen.healthy_children) == (70, 0)
    assert seen.neighbours[0].domain == "D-000"


def test_nothing_is_drawn_of_what_is_over() -> None:
    screen = raised().feed(*ordinary(30, 900)).until(900)
    resolved = screen.incident().resolved
    assert resolved is not None
    drawn = [when for when, e in screen.shown if isinstance(e, NeighboursSeen)]
    assert max(drawn) < resolved
    assert screen.incident().state is State.CLOSED
    screen.shown.clear()
    screen.until(930)
    assert screen.shown == []


def test_a_cause_outside_the_network_is_alone() -> None:
    screen = Screen().feed(Action("X", at(0), "X", "anna", Verb.DECLARE, "", domain="*")).until(9)
    seen = screen.neighbourhoods()[-1]
    assert [one.relation for one in seen.neighbours] == [Relation.CAUSE]
    assert (seen.healthy_children, seen.healthy_siblings) == (0, 0)


# ------------------------------------------------------------------------- a huge step of time


def test_a_huge_step_of_time_is_bounded() -> None:
    """Nobody looked for a day: the window of calls holds six hours of it."""
    screen = raised()
    screen.shown.clear()
    effects = screen.engine.tick(START + 26 * HOUR)
    found = screen.engine.project(effects, screen.since)
    assert len([e for e in found if isinstance(e, RateCounted)]) <= 6 * HOUR // MINUTE
    assert len([e for e in found if isinstance(e, FiguresChanged)]) <= len(screen.incidents)


def test_whoever_never_looked_before_gets_everything_that_lives() -> None:
    desk = Desk().feed(FAULT).until(40)
    found = desk.engine.project([], 0)
    minutes = [e.count.minute for e in found if isinstance(e, RateCounted)]
    assert minutes == list(range(desk.incident().onset // MINUTE * MINUTE - HOUR, at(40), MINUTE))
    assert {type(e) for e in found} == {FiguresChanged, RateCounted, NeighboursSeen}


def test_time_that_does_not_pass_shows_nothing_anew() -> None:
    screen = raised().until(30)
    assert screen.look([]) == []
