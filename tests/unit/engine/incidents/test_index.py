"""The live incidents near a call, where a cause may be more or less than one domain."""

from dataclasses import dataclass
from typing import Any, cast

from correlator.engine.incidents import LiveIncident
from correlator.engine.incidents.index import LiveIndex
from correlator.model import State
from tests import wide
from topology import Scope

COMBINATION = "cpe_model=NB6&offer=premium"


@dataclass
class Live:
    number: int
    scope: Scope
    state: State = State.OPEN


def live(number: int, name: str, state: State = State.OPEN) -> LiveIncident:
    scope = wide.network().scope(name)
    assert scope is not None
    return cast("LiveIncident", Live(number, scope, state))


def near(lives: list[LiveIncident], customer: str) -> tuple[list[int], list[int]]:
    """Return the numbers of the incidents and of the candidates near a customer."""
    index = LiveIndex(wide.network())
    index.rebuild(lives)
    found = index.nearby(cast("Any", wide.network().domains_of(customer)))
    return [one.number for one in found.explaining], [one.number for one in found.candidates]


def someone(*values: str) -> str:
    return wide.having(*values)[0]


def test_only_a_customer_with_all_its_values_is_near_a_combination() -> None:
    lives = [live(1, COMBINATION)]
    assert near(lives, someone("cpe_model=NB6", "offer=premium")) == ([1], [])
    assert near(lives, someone("cpe_model=NB6", "offer=basic")) == ([], [])
    assert near(lives, someone("cpe_model=NB5", "offer=premium")) == ([], [])


def test_the_customers_of_each_neighbour_are_near_all_of_them() -> None:
    lives = [live(1, "AGG-1+AGG-4"), live(2, "AGG-2+AGG-3", State.CANDIDATE)]
    assert near(lives, someone("AGG-1")) == near(lives, someone("AGG-4")) == ([1], [])
    assert near(lives, someone("AGG-2")) == ([], [2])
    assert near(lives, someone("AGG-5")) == ([], [])


def test_a_candidate_on_a_combination_is_that_of_its_customers_alone() -> None:
    lives = [live(1, COMBINATION, State.CANDIDATE), live(2, "cpe_model=NB6", State.CANDIDATE)]
    assert near(lives, someone("cpe_model=NB6", "offer=premium")) == ([], [1, 2])
    assert near(lives, someone("cpe_model=NB6", "offer=basic")) == ([], [2])


def test_a_combination_beside_single_domains_hides_none_of_them() -> None:
    lives = [live(1, "AGG-1"), live(2, COMBINATION), live(3, "cpe_model=NB6"), live(4, "*")]
    assert sorted(near(lives, someone("AGG-1", "cpe_model=NB6", "offer=basic"))[0]) == [1, 3, 4]
    assert sorted(near(lives, someone("AGG-2", "cpe_model=NB6", "offer=premium"))[0]) == [2, 3, 4]


def test_what_is_below_neighbours_shares_what_is_above_all() -> None:
    index = LiveIndex(wide.network())
    index.rebuild([live(1, "AGG-1/D1+AGG-1/D2")])
    shared = index.nearby(cast("Any", wide.network().domains_of(someone("AGG-1/D3")))).shared
    assert {wide.network().name(one) for one in shared} >= {"AGG-1"}
