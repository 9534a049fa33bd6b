"""How much anybody may ask."""

from __future__ import annotations

import pytest

from correlator.web import limits
from correlator.web.limits import Buckets


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_minutes_requests_and_fills_at_its_rate() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    assert [buckets.take("a", 60) for _ in range(60)] == [0.0] * 60
    assert buckets.take("a", 60) == pytest.approx(1.0)
    clock.now += 0.5
    assert buckets.take("a", 60) == pytest.approx(0.5)
    clock.now += 0.5
    assert buckets.take("a", 60) == 0.0
    assert buckets.take("a", 60) > 0
    clock.now += 3_600
    assert [buckets.take("a", 60) for _ in range(61)].count(0.0) == 60


def test_what_one_takes_another_has() -> None:
    buckets = Buckets(Clock())
    assert buckets.take("a", 1) == 0.0
    assert buckets.take("a", 1) > 0
    assert buckets.take("b", 1) == 0.0


def test_who_has_not_asked_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_BUCKETS", 2)
    buckets = Buckets(Clock())
    for one in ("a", "b", "b", "c"):
        buckets.take(one, 1)
    assert len(buckets) == 2
    assert buckets.take("b", 1) > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_an_ipv6_network_is_one_address(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    of = [limits.address({"client": (host, 1)}) for host in (one, other)]
    assert (of[0] == of[1]) is same
