"""What an operator may set, and what is refused."""

import pytest

from correlator.engine import EngineSettings


@pytest.mark.parametrize("dial", [0.0, -1.0, float("nan")])
def test_a_dial_must_be_above_zero(dial: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        EngineSettings(false_incidents_per_week=dial)


@pytest.mark.parametrize("zone", ["Europe/Pariis", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no such zone"):
        EngineSettings(timezone=zone)
