"""What people do at the console has the same effects as what comes through `gi.actions`."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator.model import (
    MINUTE,
    Action,
    Audience,
    External,
    ExternalState,
    Incident,
    Phase,
    RejectCode,
    Restore,
    Told,
    Verb,
    Wording,
)
from tests.builders import START, customers_of, spread
from tests.harness.loop import Loop, contents, copied, looping
from tests.records import action_bytes, ticket_bytes

if TYPE_CHECKING:
    from pathlib import Path

PLACES = ("DSL-1/C1", "DSL-3/C4", "DSL-4/C2")
CUSTOMERS = [c for place in PLACES for c in spread(customers_of(place), 8)]
COMPARED = (
    "tickets", "actions", "incidents", "links", "verdicts", "suppressions", "journal", "promises",
    "texts", "externals", "told", "figures", "rates", "neighbourhoods", "outbox", "changes",
)  # fmt: skip
numbers = count()


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


words = st.sampled_from(["", "vu", "équipe en route", "voir la fiche"])
verbs = st.sampled_from(list(Verb))
details = st.fixed_dictionaries(
    {
        "reason": words,
        "text": words,
        "tickets": st.lists(st.sampled_from(range(30)), max_size=3),
        "domain": st.sampled_from([*PLACES, "DSL-1", "NOWHERE", ""]),
        "code": st.sampled_from([None, RejectCode.COINCIDENCE, RejectCode.DUPLICATE]),
        "symptom": st.sampled_from(["", "no-sync", "wifi"]),
        "to": st.sampled_from(["bruno", "réseau nord", ""]),
        "restore": st.sampled_from([Restore(at(20)), Restore(at(500), "terrain", "sûre"), None]),
        "wording": st.sampled_from(
            [None, *(Wording(who, Phase.DETECTED, "Panne.", "Fault.") for who in Audience)]
        ),
        "external": st.sampled_from(
            [None, *(External("nord", "1", state) for state in ExternalState)]
        ),
        "told": st.sampled_from([Told("C1", "T1", "phone", 1), Told("C2"), None]),
    }
)
deeds = st.tuples(
    st.integers(0, 4),  # calls before it
    verbs,
    st.sampled_from([0, 0, 0, 1, 2]),  # which incident, and into which one
    st.sampled_from([1, 0, 2]),
    st.sampled_from(["any", "any", "as seen", "as seen", "long ago"]),  # what the person saw
    details,
)


class Deed:
    """What a person does next, made of what is there."""

    def __init__(self, deed: tuple[Any, ...], incidents: list[Incident], n: int) -> None:
        self.calls, verb, which, into, saw, more = deed
        about = incidents[which % len(incidents)] if incidents else None
        other = incidents[into % len(incidents)] if incidents else None
        name = "GI-unknown" if about is None else about.id
        rev = {"any": None, "as seen": about.rev if about else 0, "long ago": 0}[saw]
        tickets = tuple(f"T{ticket}" for ticket in more["tickets"])
        given = {**more, "tickets": tickets, "into": other.id if other else "", "expects": rev}
        self.action = Action(
            f"X{n}", 0, f"X{n}", "anna", verb, "" if verb is Verb.DECLARE else name, **given
        )


def call(loop: Loop, n: int) -> None:
    """Let the `n`th customer call, a minute and a half after the one before."""
    loop.put("gi.tickets", ticket_bytes(f"T{n}", at(1.5 * n), CUSTOMERS[n % len(CUSTOMERS)]))


def through_the_inbox(loop: Loop, story: list[tuple[Any, ...]]) -> list[tuple[int, Action]]:
    """Act out a story; returns the actions with the engine's time of each."""
    acted, called = [], 0
    for n, deed in enumerate(story):
        done = Deed(deed, sorted(loop.store.queries.incidents(), key=_told_first), n)
        for _ in range(done.calls + (8 if n == 0 else 0)):
            call(loop, called)
            called += 1
        loop.settle()
        acted.append((loop.engine.now, done.action))
        loop.send(done.action)
        loop.settle()
    return acted


def _told_first(incident: Incident) -> tuple[bool, str]:
    return incident.announced is None, incident.id


def through_kafka(
    loop: Loop, story: list[tuple[Any, ...]], acted: list[tuple[int, Action]]
) -> None:
    called = 0
    for n, (deed, (now, action)) in enumerate(zip(story, acted, strict=True)):
        for _ in range(deed[0] + (8 if n == 0 else 0)):
            call(loop, called)
            called += 1
        loop.settle()
        loop.put("gi.actions", action_bytes(action, now))
        loop.settle()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=st.lists(deeds, min_size=6, max_size=14))
def test_an_action_has_the_same_effects_whichever_way_it_comes(
    tmp_path: Path, story: list[tuple[Any, ...]]
) -> None:
    template = tmp_path / "empty.db"
    urls = [copied(template, tmp_path / f"{next(numbers)}.db") for _ in range(2)]
    with looping(urls[0]) as one, looping(urls[1]) as other:
        acted = through_the_inbox(one, story)
        through_kafka(other, story, acted)
        assert one.engine.snapshot() == other.engine.snapshot()
        left = contents(one.store, *COMPARED, without=("seq",))
        right = contents(other.store, *COMPARED, without=("seq",))
        for found in (left, right):
            for row in found["changes"]:
                del row["at"]  # of the commit, by the clock
        for table in COMPARED:
            assert left[table] == right[table], table
        assert len(left["actions"]) == len(story)
        assert one.store.inbox(one.now + 10**9, 9) == []
