"""Hours of the week, against the zone itself."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.rates import WeekClock
from correlator.model import HOUR, MINUTE

ZONES = (
    "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns",
    "Pacific/Chatham", "Indian/Reunion", "America/Martinique", "UTC",
)  # fmt: skip
SINCE, UNTIL = 1_577_836_800_000, 2_051_222_400_000  # 2020 … 2035


def local(zone: str, time: int) -> int:
    there = datetime.fromtimestamp(time // 1000, UTC).astimezone(ZoneInfo(zone))
    return there.weekday() * 24 + there.hour


@given(st.sampled_from(ZONES), st.lists(st.integers(SINCE, UNTIL), min_size=1))
def test_the_hour_of_the_week_is_that_of_the_zone(zone: str, times: list[int]) -> None:
    week = WeekClock(zone)
    assert [week.hour_of_week(t) for t in times] == [local(zone, t) for t in times]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04"])
def test_the_days_on_which_clocks_change(zone: str, day: str) -> None:
    start = round(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000) - 14 * HOUR
    times = range(start, start + 54 * HOUR, 5 * MINUTE)
    week = WeekClock(zone)
    assert [week.hour_of_week(t) for t in times] == [local(zone, t) for t in times]


def test_an_hour_that_comes_twice_is_the_same_hour_of_the_week() -> None:
    week = WeekClock("Europe/Paris")
    first = round(datetime.fromisoformat("2026-10-25T02:30:00+02:00").timestamp() * 1000)
    assert week.hour_of_week(first) == week.hour_of_week(first + HOUR) == 6 * 24 + 2
