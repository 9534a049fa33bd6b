"""The first day of a cold start: what is too wide to be told from the hour waits for an alarm."""

from __future__ import annotations

import pytest

from correlator.model import Alarm, Event
from tests.builders import Desk, alarm, calls, spread, under

WIDE = "TV"


def surge() -> list[Event]:
    """Return a call from everywhere under a platform each minute."""
    return calls(spread(under(WIDE), 40), 10, 1, ["no-tv"])


def desk(*, cold: bool, alarms: list[Alarm]) -> Desk:
    return Desk(cold=cold).feed(alarms, surge()).until(120)


def test_the_platform_is_wide() -> None:
    assert len(under(WIDE)) > 0.2 * len(under("*"))


@pytest.mark.parametrize(
    ("cold", "alarmed", "named"),
    [(True, False, False), (True, True, True), (False, False, True)],
)
def test_what_is_wide_is_named_on_a_first_day_if_it_has_alarmed(
    *, cold: bool, alarmed: bool, named: bool
) -> None:
    alarms = [alarm(WIDE, 8, cause="softwareError")] if alarmed else []
    found = desk(cold=cold, alarms=alarms)
    assert (WIDE in found.causes()) is named
