"""Simulated days of a small operator: outages from words alone, and at other hours."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from correlator.engine import EngineSettings
from correlator.simulate import WorldSettings
from correlator.tools.evaluate import Measures
from tests.benchmarks.quality import World

BUSY = replace(
    WorldSettings.plain(seed=6, customers=3_000, days=2),
    outages_per_day=5.0,
    days_between_works=0.0,
)


def shifted(folder: Path, hours: float) -> Measures:
    """Return the measures of a world whose people live so many hours later."""
    return World(replace(BUSY, contact_shift_hours=hours), folder).measured(EngineSettings())


def test_outages_are_found_from_words_alone(tmp_path: Path) -> None:
    world = World(replace(BUSY, untyped=True), tmp_path)
    found = world.measured(EngineSettings())
    assert found.due >= 4
    assert (found.recall, found.right_cause, found.false) == (1.0, 1.0, 0)


@pytest.mark.parametrize("hours", [-6.0, 0.0, 6.0])
def test_outages_are_found_where_people_call_at_other_hours(tmp_path: Path, hours: float) -> None:
    found = shifted(tmp_path, hours)
    assert found.due >= 4
    assert found.recall == 1.0


def test_other_hours_raise_nothing_false_in_the_first_night(tmp_path: Path) -> None:
    assert shifted(tmp_path, 6.0).false == 0
