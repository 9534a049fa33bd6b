"""Which answers at call time were harmful: a yes with a cause that did not hit who was told so."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from correlator.simulate import WorldSettings, simulate
from correlator.tools.answers import (
    Caller,
    answers,
    attribute_columns,
    callers_in,
    callers_of,
)
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


@pytest.mark.parametrize(
    ("cause", "domains", "harmful"),
    [
        ("cpe_model=NB6&offer=premium", {"cpe_model=NB6", "offer=premium", "DSL-B"}, 0),
        ("cpe_model=NB6&offer=premium", {"cpe_model=NB6", "offer=essentiel"}, 1),
        ("AGG-1+AGG-2", {"AGG-2", "DSL-B"}, 0),
        ("AGG-1+AGG-2", {"AGG-3", "DSL-B"}, 1),
        ("vendor=V0", {"vendor=V0"}, 0),
        ("vendor=V0", {"vendor=V1"}, 1),
    ],
)
def test_who_is_under_a_cause_of_several_parts(cause: str, domains: set[str], harmful: int) -> None:
    """All values of a combination, any equipment of an arc."""
    one = outage("A", ["a1"], cause=cause)
    assert harm(cause=cause, domains=frozenset(domains), outages=[one])[0] == harmful
    part = cause.split("&", maxsplit=1)[0].split("+", maxsplit=1)[0]
    if part != cause:
        assert harm(cause=part, domains=frozenset(domains), outages=[one])[0] == 1


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


def test_callers_have_all_attributes_of_their_world(tmp_path: Path) -> None:
    settings = WorldSettings(seed=2, customers=1_000, days=1, vendor_share=0.5, anonymous_share=0.0)
    simulate(settings, tmp_path)
    found = callers_in(tmp_path)
    assert found
    for caller in found.values():
        columns = {name.partition("=")[0] for name in caller.domains if "=" in name}
        assert columns == {"cpe_model", "cpe_firmware", "offer", "region", "vendor"}


def test_attribute_columns_are_read_packed_too_or_not_at_all(tmp_path: Path) -> None:
    assert attribute_columns(tmp_path) is None
    head = b"customer_id,depends_on,offer,vendor\nC1,DSL-1,a,b\n"
    (tmp_path / "customers.csv.gz").write_bytes(gzip.compress(head))
    assert attribute_columns(tmp_path) == ["offer", "vendor"]
    (tmp_path / "customers.csv.gz").write_bytes(b"no gzip")
    assert attribute_columns(tmp_path) is None
    (tmp_path / "customers.csv").write_bytes(b"\xef\xbb\xbfcustomer_id,depends_on,zone\n")
    assert attribute_columns(tmp_path) == ["zone"]
