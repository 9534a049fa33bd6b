"""Planned maintenance: while it lasts, whom it covers, when it is forgotten."""

import pytest

from correlator.engine.alarms import MaintenanceCalendar
from tests.builders import at, index_of, network, works


def planned(start: float = 0, end: float = 60, where: str = "DSL-1") -> MaintenanceCalendar:
    found = MaintenanceCalendar(network())
    found.take(works(where, -10, start, end))
    return found


def test_works_begin_at_their_start_and_last_until_their_end() -> None:
    found, card = planned(), index_of("DSL-1/C1")
    assert found.covers(card, at(0) - 1) == ""
    assert found.covers(card, at(0)) == "M-DSL-1"
    assert found.covers(card, at(60) - 1) == "M-DSL-1"
    assert found.covers(card, at(60)) == ""


def test_works_cover_what_depends_on_them_and_nothing_above_or_beside() -> None:
    found = planned()
    covered = {name for name in network().names if found.covers(index_of(name), at(5))}
    assert covered == {"DSL-1", *(f"DSL-1/C{c}" for c in range(1, 7))}


def test_the_explanation_halves_every_five_minutes_after_the_end() -> None:
    found, place = planned(), (index_of("DSL-1"),)
    rates = [found.on(place, at(minute))[1] for minute in (30, 60, 65, 70)]
    assert rates[0] == rates[1] == pytest.approx(2 * rates[2]) == pytest.approx(4 * rates[3])
    assert found.on(place, at(-1)) == ("", 0.0)
    assert found.on((index_of("DSL-2"),), at(30)) == ("", 0.0)


def test_works_are_forgotten_half_a_day_after_their_end() -> None:
    found = planned()
    found.forget(at(60 + 11 * 60))
    assert found.state()["works"]
    found.forget(at(60 + 13 * 60))
    assert found.state()["works"] == []
    assert found.on((index_of("DSL-1"),), at(30)) == ("", 0.0)


def test_taking_works_says_whether_every_object_is_known() -> None:
    found = MaintenanceCalendar(network())
    assert found.take(works("DSL-1", 0, 0, 60))
    assert not found.take(works("NOWHERE", 0, 0, 60))
