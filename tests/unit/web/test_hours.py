"""Moments on the operator's clock, as people type and read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from correlator.formats.times import to_millis
from correlator.model import DAY, HOUR
from correlator.web.hours import clock, midnight, typed

PARIS = ZoneInfo("Europe/Paris")
NOW = to_millis(datetime(2026, 3, 11, 17, 2, tzinfo=UTC))  # 18:02 in Paris


@pytest.mark.parametrize("text", ["20:15", "20h15", " 20 : 15 ", "20H15"])
def test_a_time_of_today(text: str) -> None:
    found = typed(text, NOW, PARIS)
    assert found is not None
    assert (clock(found, PARIS), found - NOW) == ("20:15", 2 * HOUR + 13 * 60_000)


def test_an_hour_alone() -> None:
    assert typed("20h", NOW, PARIS) == typed("20:00", NOW, PARIS)


def test_what_is_past_for_long_is_meant_for_tomorrow_and_what_just_passed_is_not() -> None:
    tomorrow, just = typed("8:30", NOW, PARIS), typed("17:30", NOW, PARIS)
    assert tomorrow is not None
    assert just is not None
    assert NOW < tomorrow < NOW + DAY
    assert just < NOW


def test_a_whole_date_with_and_without_a_zone() -> None:
    local = typed("2026-03-12T09:00", NOW, PARIS)
    assert local == typed("2026-03-12T08:00:00Z", NOW, PARIS)


@pytest.mark.parametrize("text", ["", "soon", "24:00", "12:60", "20.15", "-1:00"])
def test_what_is_no_time(text: str) -> None:
    assert typed(text, NOW, PARIS) is None


def test_midnight_is_the_local_one_also_when_clocks_change() -> None:
    assert clock(midnight(NOW, PARIS), PARIS) == "00:00"
    spring = to_millis(datetime(2026, 3, 29, 12, 0, tzinfo=UTC))
    assert spring - midnight(spring, PARIS) == 13 * HOUR
