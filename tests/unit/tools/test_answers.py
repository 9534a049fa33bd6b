"""Which answers at call time were harmful: a yes with a cause that did not hit who was told so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from correlator.tools.answers import Caller, answers, callers_in, callers_of
from correlator.tools.feeds import Feed, read_feed
from correlator.tools.worldfiles import Truth, Verdict, seconds
from tests.builders import at, network, ticket
from tests.unit.tools.test_evaluate import outage

if TYPE_CHECKING:
    from pathlib import Path

START = seconds("2026-03-02T10:00:00.000Z")
UNDER = frozenset({"*", "DSL-A"})


def harm(
    verdict: str = "yes",
    cause: str | None = "DSL-A",
    minute: float = 30,
    domains: frozenset[str] = UNDER,
    **more: Any,
) -> tuple[int, float]:
    """Return how many of one ticket's answers are harmful, during an outage of an hour."""
    truth = {"start": "2026-03-02T00:00:00Z", "days": 1, "customers": 9, "external": [], **more}
    truth.setdefault("outages", [outage("A", ["a1", "a2", "a3", "a4"])])
    told = [Verdict(ticket="x", verdict=verdict, cause=cause)]
    callers = {"x": Caller(domains, START + 60 * minute)}
    found = answers(msgspec.convert(truth, Truth), told, callers)
    return found["harmful_yes"], found["harmful_yes_share"]


def test_who_hangs_on_the_dead_equipment_while_it_is_dead_is_not_misled() -> None:
    """Though his ticket is none of the outage's: he called about something else."""
    assert harm() == (0, 0.0)


@pytest.mark.parametrize(
    ("more", "harmful"),
    [
        ({"minute": -0.9}, 0),  # clocks differ
        ({"minute": -1.1}, 1),
        ({"minute": 60}, 0),
        ({"minute": 60.1}, 1),  # it works again
        ({"cause": "DSL-B"}, 1),
        ({"cause": None}, 1),
        ({"domains": frozenset({"*", "DSL-B"})}, 1),
        ({"verdict": "probable", "cause": "DSL-B"}, 0),
        ({"verdict": "restored", "minute": 70}, 0),
        ({"outages": []}, 1),
    ],
)
def test_a_yes_is_harmful_where_its_cause_does_not_hit_the_customer_then(
    more: dict[str, Any], harmful: int
) -> None:
    assert harm(**more)[0] == harmful


def test_an_equivalent_cause_hits_as_well() -> None:
    both = outage("A", ["a1"], equivalent=["OLT-A"])
    assert harm(cause="OLT-A", outages=[both]) == (0, 0.0)


def test_external_tickets_are_left_out() -> None:
    assert harm(cause="DSL-B", external=["x"]) == (0, None)


def test_a_customer_whom_nobody_knows_is_under_nothing() -> None:
    assert harm(domains=frozenset())[0] == 1


def test_without_tickets_or_inventory_nobody_can_tell(tmp_path: Path) -> None:
    assert callers_in(tmp_path) is None
    truth = Truth(start="2026-03-02T00:00:00Z", days=1, customers=9, external=(), outages=())
    assert "harmful_yes" not in answers(truth, [], None)


def test_callers_are_read_from_the_first_record_of_a_ticket() -> None:
    first, changed = ticket("DSL-1/C1:0", 5), ticket("DSL-2/C1:0", 9)
    again = msgspec.structs.replace(changed, id=first.id)
    found = callers_of([first, again], network())
    assert found.keys() == {first.id}
    assert found[first.id].time == at(5) / 1000
    assert {"*", "DSL-1", "DSL-1/C1"} <= found[first.id].domains


def test_the_callers_of_a_world_are_all_its_tickets(small_world: Path) -> None:
    found = callers_in(small_world)
    events = read_feed(Feed("gi.tickets", small_world / "tickets.jsonl"), lambda _letter: None)
    assert found is not None
    assert found.keys() == {event.id for event in events}
