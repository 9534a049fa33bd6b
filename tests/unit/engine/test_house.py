"""How the engine is built, measured: `python -m tests.harness.house --list` says what counts."""

import pytest

from tests.harness.house import House

REACH = 0.05  # of the functions may reach every state: the engine itself and who wires it
MOVES = {
    "ordinary ticket, nothing live": 62,
    "first caller of a burst": 50,
    "second caller: in doubt": 660,
    "third caller: announced": 460,
    "ticket below a live incident": 90,
    "tick, one live incident": 32,
    "a person confirms": 82,
    "alarm raised": 88,
    "alarm cleared": 34,
}
"""Moves between files, by call or return, that each event may take.

The first folder of 38 files took 114 for an ordinary ticket, 918 to announce an incident. Sixteen
of an ordinary ticket's are those of its reader, in `correlator/text`, to whom its text is new.
"""
FLOORS = 10  # files: compiled loops stand on those of the packages below
FILE = 320  # lines
FUNCTION = 48  # lines


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def test_every_state_that_counts_is_there(house: House) -> None:
    assert len(house.reach.core) == 6


def test_hardly_any_function_reaches_every_state(house: House) -> None:
    assert house.reach.share() <= REACH, house.reach.everything()


def test_an_incident_is_written_by_its_owner_only(house: House) -> None:
    assert list(map(str, house.writes.to(house.incident))) == []


def test_nothing_is_written_from_outside_the_package_that_defines_it(house: House) -> None:
    assert list(map(str, house.writes.foreign())) == []


def test_nobody_writes_what_others_keep_to_themselves(house: House) -> None:
    assert list(map(str, house.writes.private())) == []


def test_the_type_of_whatever_is_written_to_is_known(house: House) -> None:
    """Otherwise the tests above would be blind there."""
    assert list(map(str, house.writes.unknown())) == []


def test_every_event_has_a_bar(house: House) -> None:
    assert house.ways.keys() == MOVES.keys()


@pytest.mark.parametrize("event", MOVES)
def test_no_event_has_a_long_way(house: House, event: str) -> None:
    assert house.ways[event]["moves"] <= MOVES[event]


def test_imports_run_in_no_circle(house: House) -> None:
    assert house.imports.circles() == []


def test_imports_are_not_stacked_high(house: House) -> None:
    assert house.imports.floors() <= FLOORS


def test_files_are_short(house: House) -> None:
    assert house.longest_file().lines <= FILE, house.longest_file()


def test_functions_are_short(house: House) -> None:
    assert house.longest_function().lines <= FUNCTION, house.longest_function()
