"""Compiled loops, each against a plain and slow statement of what it finds."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from math import log, log1p
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.arrays import Floats
from correlator.engine.calls import (
    Call,
    CallWindow,
    ScopeTable,
    WindowColumns,
    rows_by_domain,
    rows_in,
)
from correlator.engine.localisation.kernels.common import (
    best_prefix,
    combinations_of,
    excess,
    in_common,
    most_exceeding,
)
from correlator.engine.localisation.kernels.fits import (
    GRID,
    LEAD,
    best_fit,
    best_onset,
    best_rate,
    gained_by,
)
from correlator.engine.localisation.kernels.within import Within, weigh_within
from topology import Scope

EQUIPMENT, VALUES = range(6), range(6, 14)
OUTSIDE = 14
NOWHERE = 15
SIZES = np.array([40, 30, 20, 10, 200, 300, 50, 60, 70, 80, 90, 100, 110, 120, 1_000])
ALL_TIME = -1e9

PLACES = st.one_of(
    st.just(()),  # neither customer nor place is known
    st.tuples(
        st.sets(st.sampled_from(EQUIPMENT), min_size=1, max_size=3),
        st.sets(st.sampled_from(VALUES), max_size=4),
    ).map(lambda both: (*sorted(both[0]), *sorted(both[1]))),
)
CALLS = st.lists(
    st.tuples(PLACES, st.floats(0, 4), st.booleans(), st.integers(0, 2)), min_size=1, max_size=40
)


def window(calls: Sequence[tuple[tuple[int, ...], float, bool, int]]) -> CallWindow:
    """Return calls: places, τ of occurrence, whether a failure can cause them, symptom.

    They arrive one after the other; each tenth is removed again.
    """
    found = CallWindow(OUTSIDE + 1)
    for n, (places, tau, fault, symptom) in enumerate(calls):
        call = Call(
            ticket=f"T{n}", event_id=f"t{n}", customer=f"C{n}", domains=(*places, OUTSIDE),
            symptom=symptom, mark=symptom, arrived=n, occurred=n, tau=tau,
            rate=0.001 * (1 + symptom), counted=True, fault=fault,
            attributions={1: 0.002} if n % 7 == 6 else {},
        )  # fmt: skip
        found.add(call, n / len(calls))
        if n % 10 == 9:
            found.remove(f"T{n}")
    return found


def held(found: CallWindow) -> list[tuple[int, Call]]:
    """Return every call that is left, with its row, in order of τ, then of arrival."""
    rows = {f"T{n}": n for n in range(found.table().used)}
    return sorted(((rows[call.ticket], call) for call in found), key=lambda one: one[1].tau)


def table(scopes: Sequence[Scope], lines: Sequence[float] = ()) -> ScopeTable:
    also, among = [s.also for s in scopes], [s.among for s in scopes]
    starts = [np.cumsum([0, *map(len, parts)]) for parts in (also, among)]
    return ScopeTable(
        np.array([s.domain for s in scopes]), starts[0], np.array(sum(also, ()), np.int64),
        starts[1], np.array(sum(among, ()), np.int64),
        np.array(lines or [1.0] * len(scopes), np.float64),
    )  # fmt: skip


# ------------------------------------------------------------------------------ the likelihood

RATIOS = st.lists(
    st.tuples(st.floats(0, 4), st.one_of(st.just(0.0), st.floats(1e-3, 1e6))),
    min_size=1, max_size=80,
).map(sorted)  # fmt: skip


def gains(
    taus: Floats, ratios: Floats, customers: float, until: float
) -> dict[tuple[float, int], float]:
    """Return the gain of every rate of the grid and every first call, as the formula says."""
    return {
        (c, first): sum(log1p(c * r) for r in ratios[first:].tolist())
        - c * customers * (until - taus[first] + LEAD)
        for c in GRID.tolist()
        for first in range(len(taus))
    }


@given(RATIOS, st.integers(1, 100_000))
def test_the_onset_is_the_best_of_all(calls: list[tuple[float, float]], customers: int) -> None:
    taus, ratios = (np.array(column) for column in zip(*calls, strict=True))
    near, first = best_onset(taus, ratios, float(customers), 4.0, 1.0)
    every = gains(taus, ratios, float(customers), 4.0)
    assert every[near, first] == pytest.approx(max(every.values()), rel=1e-9, abs=1e-9)


def test_products_beyond_all_numbers_are_no_other_gain() -> None:
    taus, ratios = np.linspace(0.0, 1.0, 64), np.full(64, 1e30)
    assert gained_by(ratios, 0.5) == pytest.approx(64 * log1p(0.5e30))
    gain, _, first = best_fit(taus, ratios, 10.0, 1.0, 1.0)
    assert first == 0
    assert gain == pytest.approx(64 * log(0.8e30), rel=0.01)


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=60), st.floats(1, 1e5))
def test_the_rate_is_the_best_between_its_bounds(ratios: list[float], exposure: float) -> None:
    low, high = GRID[4] / 2, GRID[4] * 2
    rate = best_rate(np.array(ratios), exposure, low, high)

    def gained(c: float) -> float:
        return sum(log1p(c * r) for r in ratios) - c * exposure

    assert low <= rate <= high
    for other in np.linspace(low, high, 50):
        assert gained(rate) >= gained(other) - 1e-3 * max(1.0, abs(gained(other)))


# -------------------------------------------------------------------------------- which calls


@given(CALLS, st.floats(-0.5, 2), st.floats(2, 4))
def test_one_pass_finds_what_the_lists_do(calls: list[Any], since: float, until: float) -> None:
    found = window(calls)
    columns = found.table()
    domains = np.array([4, 0, OUTSIDE, 8])
    starts, rows = rows_by_domain(columns, domains, since, until)
    for k, domain in enumerate(domains.tolist()):
        expected = [
            row
            for row, call in held(found)
            if domain in call.causes() and columns.came[row] >= since and since < call.tau <= until
        ]
        assert rows[starts[k] : starts[k + 1]].tolist() == expected


@given(CALLS, st.sampled_from([Scope(6, (9,)), Scope(7, (8, 12)), Scope(OUTSIDE, (), (0, 3, 5))]))
def test_a_scope_of_several_parts_holds_who_is_in_it(calls: list[Any], scope: Scope) -> None:
    found = window(calls)
    columns = found.table()
    room = np.empty(columns.used, np.int64)
    count = rows_in(columns, table([scope]), 0, ALL_TIME, 9.0, room)
    expected = [row for row, call in held(found) if scope.holds(call.causes())]
    assert room[:count].tolist() == expected


# ---------------------------------------------------------------------- what they have in common


@given(CALLS)
def test_domains_come_by_their_excess(calls: list[Any]) -> None:
    found = window(calls)
    columns = found.table()
    called = sorted(held(found))
    rows = np.array([row for row, _ in called], np.int64)
    if not called:
        return
    span = max(called[-1][1].tau - called[0][1].tau, 0.1)
    nats: dict[int, float] = {}
    for domain in range(OUTSIDE + 1):
        under = [call for _, call in called if domain in call.causes()]
        if len(under) < min(2, len(called)):
            continue
        weight = sum(call.rate / call.expected() for call in under)
        usual = SIZES[domain] * sum(call.rate for call in under) / len(under) * span
        nats[domain] = weight * log(max(weight / usual, 1.0)) - max(weight - usual, 0.0)
    best = most_exceeding(columns, rows, SIZES, 5).tolist()
    order = sorted(nats, key=lambda domain: (-nats[domain], domain))[:5]
    assert [nats[d] for d in best] == pytest.approx([nats[d] for d in order], abs=1e-9)


@given(CALLS, st.sampled_from([(), (7,), (7, 9)]))
def test_combinations_are_counted(calls: list[Any], known: tuple[int, ...]) -> None:
    found = window(calls)
    columns = found.table()
    common = in_common(columns, np.array([row for row, _ in held(found)], np.int64))
    kept = [call for _, call in held(found) if len(call.causes()) > 1]
    assert len(common.rows) == len(kept)
    counts: Counter[int] = Counter(d for call in kept for d in call.causes())
    assert {d: int(common.counts[d]) for d in common.domains.tolist()} == counts
    expected: Counter[tuple[int, ...]] = Counter()
    for call in kept:
        values = [d for d in call.causes() if d in VALUES and d not in known]
        for n in range(max(1, 2 - len(known)), 3 - len(known) + 1):
            expected.update(combinations(values, n))
    rows, often, nats = combinations_of(
        columns, common.rows, VALUES[0], np.array(known, np.int64), SIZES, 1_000
    )
    got = {
        tuple(part for part in parts if part >= 0): (count, nat)
        for parts, count, nat in zip(rows.tolist(), often.tolist(), nats.tolist(), strict=True)
    }
    assert {key: count for key, (count, _) in got.items()} == {
        key: count for key, count in expected.items() if count >= 4
    }
    for key, (count, nat) in got.items():
        share = np.prod([SIZES[part] / 1_000 for part in key])
        assert nat == pytest.approx(surprise(count, len(kept), float(share)))


def surprise(count: int, callers: int, share: float) -> float:
    """Return ln of the likelihood ratio: a share of its own here, against the lines' share."""
    usual = callers * share
    if not 0 < usual < count:
        return 0.0
    others = callers - count
    return count * log(count / usual) + (
        others * log(others / (callers - usual)) if others else 0.0
    )


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(10, 500)), min_size=1, max_size=12))
def test_the_best_prefix_exceeds_most(near: list[tuple[int, int]]) -> None:
    counts, sizes = (np.array(column) for column in zip(*near, strict=True))
    callers, lines = int(counts.sum()) + 5, int(sizes.sum()) + 500
    every = [
        excess(int(counts[:n].sum()), callers, int(sizes[:n].sum()) / lines)
        for n in range(1, len(near) + 1)
    ]
    best = best_prefix(counts, sizes, callers, lines)
    assert max(every) == (every[best - 1] if best else 0.0)


# ------------------------------------------------------------------------ within a wider cause


@given(CALLS, st.integers(1, 2))
def test_scopes_within_a_cause_gain_what_the_formula_says(calls: list[Any], every: int) -> None:
    found = window(calls)
    columns = found.table()
    scopes = [Scope(0), Scope(6, (9,)), Scope(OUTSIDE, (), (1, 2)), Scope(4)]
    lines = [40.0, 20.0, 50.0, 200.0]
    rows = np.array([row for row, call in held(found) if call.tau > 0], np.int64)
    profiles = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    multiplier = np.linspace(0.5, 2.0, (OUTSIDE + 1) * 3).reshape(-1, 3)
    controlled, plain = np.array([1.5, 1.0, 2.0]), np.array([1.0, 0.5, 1.0])
    within = Within(
        rows=rows, profile=profiles[0], multiplier=multiplier, controlled=controlled, plain=plain,
        every=every, until=4.0, unnamed=-1, rule_starts=np.array([0, 2, 4, 6, 6]),
        rules=np.array([0, 1] * 3), profiles=profiles,
    )  # fmt: skip
    got = weigh_within(columns, table(scopes, lines), within)
    by_row = dict(held(found))
    for k, scope in enumerate(scopes):
        inside = [row for row in rows.tolist() if scope.holds(by_row[row].causes())]
        chosen = [row for row in inside if row % every == 0]
        if not chosen or k == 3:
            assert got.rules[k] == -1
            continue
        ratio = {row: ratio_of(columns, row, scope, within) for row in inside}
        taus = np.array([by_row[row].tau for row in chosen])
        ratios = np.array([ratio[row] for row in chosen])
        gain, rate, first = best_fit(taus, ratios, lines[k], 4.0, float(every))
        assert (got.gains[k], got.rates[k]) == (gain, rate)
        assert got.onsets[k] == taus[first] - LEAD
        callers = [
            row for row in inside if by_row[row].tau >= got.onsets[k] and rate * ratio[row] > 1.0
        ]
        assert got.callers[got.starts[k] : got.starts[k + 1]].tolist() == callers
        marks = [by_row[row].mark for row in callers]
        total = [profiles[rule, marks].sum() for rule in (0, 1)]
        assert total[got.rules[k]] == pytest.approx(max(total))


def ratio_of(columns: WindowColumns, row: int, scope: Scope, within: Within) -> float:
    """Return π/λ of a call within a scope, by the wider cause's rule and control group."""
    symptom = int(columns.symptoms[row])
    factor = (
        within.multiplier[scope.domain, symptom] * within.controlled[symptom]
        / within.plain[symptom]
    )  # fmt: skip
    usual = float(columns.usual[row])
    expected = float(columns.expected[row]) + (factor - 1.0) * usual
    return float(within.profile[columns.marks[row]] / expected)
