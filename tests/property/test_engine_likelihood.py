"""The fit of one cause, against a loop that tries everything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.arrays import Floats
from correlator.engine.calls import Call, CallWindow
from correlator.engine.detection import UsualColumns
from correlator.engine.localisation import Localiser, Query
from correlator.engine.localisation.kernels.fits import GRID
from correlator.engine.localisation.kernels.thinning import thinning
from correlator.engine.localisation.likelihood import fit
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.rates import RatioColumns
from tests.builders import catalog
from topology import Scope

TICKETS = st.lists(
    st.tuples(st.floats(0, 4), st.floats(0, 1), st.floats(1e-5, 0.1)), min_size=1, max_size=12
).map(sorted)


def brute(
    tickets: list[tuple[float, float, float]],
    rates: Iterable[float],
    customers: float,
    until: float,
) -> dict[tuple[float, int], float]:
    """Return the gain of every rate and every first ticket."""
    return {
        (float(rate), first): sum(log1p(rate * p / x) for _, p, x in tickets[first:])
        - rate * customers * (until - tickets[first][0] + TUNING.lead)
        for rate in rates
        for first in range(len(tickets))
    }


@given(TICKETS, st.integers(1, 10_000), st.floats(0, 2))
def test_the_onset_is_the_best_for_a_rate_of_the_grid_and_the_rate_the_best_for_that_onset(
    tickets: list[tuple[float, float, float]], customers: int, wait: float
) -> None:
    taus, profile, expected = (np.array(column) for column in zip(*tickets, strict=True))
    until = float(taus[-1]) + wait
    gain, rate, first = fit(taus, profile, expected, float(customers), until)
    everything = brute(tickets, GRID, customers, until)
    near = max(everything, key=lambda one: everything[one])
    assert everything[near] == pytest.approx(
        max(everything[r, first] for r in GRID.tolist()), abs=1e-9
    )
    around = np.clip(near[0] * np.geomspace(0.5, 2.0, 101), GRID[0], GRID[-1])
    refined = brute(tickets, [rate, *around], customers, until)
    assert gain == pytest.approx(refined[rate, first], abs=1e-9)
    assert gain >= max(refined[float(r), first] for r in around) - 1e-6


def test_nobody_is_no_evidence() -> None:
    nothing = np.zeros(0)
    assert fit(nothing, nothing, nothing, 100.0, 1.0)[0] == -np.inf


@given(TICKETS, st.integers(1, 1_000))
def test_silent_lines_cost(tickets: list[tuple[float, float, float]], customers: int) -> None:
    taus, profile, expected = (np.array(column) for column in zip(*tickets, strict=True))
    until = float(taus[-1])
    few, _, _ = fit(taus, profile, expected, float(customers), until)
    many, _, _ = fit(taus, profile, expected, 2.0 * customers, until)
    assert many < few


@given(TICKETS)
def test_tickets_that_are_explained_bring_nothing(
    tickets: list[tuple[float, float, float]],
) -> None:
    taus, profile, _ = (np.array(column) for column in zip(*tickets, strict=True))
    gain, _, _ = fit(taus, profile, np.full(len(taus), np.inf), 100.0, float(taus[-1]))
    assert gain <= 0


# ------------------------------------------------------------------------- thousands of callers

CORE, LEFT, RIGHT = 0, 1, 2
LINES = np.array([600, 400, 200])


RULE = catalog().rule("access-node")


@dataclass(frozen=True)
class World:
    """All that a localiser asks: one rule on every domain, about all symptoms alike, no alarms.

    All domains call `usual` times as often as the average line.
    """

    usual: float
    sizes = LINES
    domain_count = 4
    graph = (CORE, LEFT, RIGHT)
    types: ClassVar = {"core-router": np.array([CORE]), "bng": np.array([LEFT, RIGHT])}
    everybody = np.zeros(3, np.bool_)
    rules_on: ClassVar = {CORE: [0], LEFT: [0], RIGHT: [0]}
    matrix = of_marks = np.ones((1, 2))

    def lines(self, scope: Scope) -> int:
        return int(LINES[scope.domain])

    def unnamed_rules_for(self, _domain: int) -> list[int]:
        return [0]

    def columns(self) -> UsualColumns:
        nobody = RatioColumns(
            rows=np.zeros(4, np.int64), shares=np.ones(4), rest=np.ones(2), seen=np.zeros((2, 2)),
            usual=np.zeros(2), doubt=0.0,
        )  # fmt: skip
        return UsualColumns(np.full((4, 2), self.usual), np.zeros((1, 2), np.bool_), nobody)

    def of(self, _domain: int, rules: Sequence[int], **_how: bool) -> list[Floats]:
        return [np.full(2, self.usual) for _ in rules]

    def weights(self, _domain: int, onsets: Sequence[Any], _without: frozenset[int]) -> list[float]:
        return [0.0 for _ in onsets]


def callers(under: Sequence[int], symptoms: Sequence[int] = (0,), usual: float = 1.0) -> Localiser:
    """Let as many call within an hour, one after the other, each under a domain and the core.

    All domains call `usual` times as often as the average line.
    """
    window = CallWindow(3)
    for n, domain in enumerate(under):
        call = Call(
            ticket=f"T{n}", event_id=f"t{n}", customer=f"C{n}",
            domains=(CORE, domain), symptom=symptoms[n % len(symptoms)],
            mark=symptoms[n % len(symptoms)], arrived=n, occurred=n,
            tau=1.0 + n / len(under), rate=0.001, counted=True,
        )  # fmt: skip
        window.add(call, 0.0)
    world = World(usual)
    return Localiser(world, [RULE], window, world, world, world, world, world)


def storm(count: int) -> Localiser:
    """Let every line be as likely to call."""
    return callers([LEFT if n % 3 else RIGHT for n in range(count)])


@pytest.mark.parametrize("count", [3_000, 30_000])
def test_a_whole_gains_what_its_halves_gain_however_many_call(count: int) -> None:
    localiser = storm(count)
    every = thinning(localiser.count(CORE, 2.0))
    whole, left, right = (
        localiser.weigh(Scope(domain), -1, 2.0, Query(every=every))
        for domain in (CORE, LEFT, RIGHT)
    )
    assert whole
    assert left
    assert right
    assert whole.gain == pytest.approx(left.gain + right.gain, rel=0.01)
    assert len(whole.callers) == count


def test_a_sample_tells_what_all_tell() -> None:
    localiser = storm(30_000)
    some, everyone = (localiser.weigh(Scope(CORE), -1, 2.0, Query(every=every)) for every in (0, 1))
    assert some
    assert everyone
    assert thinning(localiser.count(CORE, 2.0)) > 1
    assert some.gain == pytest.approx(everyone.gain, rel=0.01)
    assert some.rate == pytest.approx(everyone.rate, rel=0.01)


# --------------------------------------------------------------- one failure, or two beside it


def confined(under: Sequence[int], *domains: int, usual: float = 1.0) -> float:
    """Return what confining the core's failure to some domains gains."""
    localiser = callers(under, usual=usual)
    whole = localiser.weigh(Scope(CORE), -1, 2.0)
    assert whole
    return localiser.confined(whole, domains, -1, 2.0)


@given(st.lists(st.sampled_from([LEFT, LEFT, LEFT, LEFT, RIGHT]), min_size=1, max_size=300))
def test_halves_that_make_up_the_whole_are_no_better_however_they_call(under: list[int]) -> None:
    assert confined(under, LEFT, RIGHT) == pytest.approx(0.0, abs=1e-9)


@given(st.integers(10, 300))
def test_the_silence_of_the_others_speaks_for_a_narrower_cause(count: int) -> None:
    """All of the callers are among two lines of three: each brings ln 1.5."""
    assert confined([LEFT] * count, LEFT) == pytest.approx(count * np.log(1.5), rel=0.1)


@given(st.integers(10, 300))
def test_callers_outside_speak_against_a_narrower_cause(count: int) -> None:
    assert confined([LEFT, LEFT, RIGHT] * count, LEFT) < -count


def test_who_calls_that_often_anyway_speaks_for_no_cause() -> None:
    assert confined([LEFT] * 100, LEFT, usual=1e4) < 0.1 * confined([LEFT] * 100, LEFT)


def test_of_an_unnamed_symptom_only_its_own_callers_count() -> None:
    """Symptom 1 comes from the left alone, symptom 0 from everywhere."""
    localiser = callers([LEFT, LEFT, LEFT, RIGHT] * 50, symptoms=(1, 1, 1, 0))
    whole = localiser.weigh(Scope(CORE), 1, 2.0)
    assert whole
    assert localiser.confined(whole, (LEFT,), 1, 2.0) == pytest.approx(150 * np.log(1.5), rel=0.1)
    assert localiser.confined(whole, (LEFT,), -1, 2.0) < 0
