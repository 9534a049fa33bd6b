"""Marks: what a call of several symptoms, or of half a one, weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.detection.marks import MOST_MARKS, Marks

FIRST = 10
RATES = np.array([4.0, 1.0, 2.0, 1.0])  # λ of: no symptom, and of three
MATRIX = np.array([[0.4, 0.6, 0.0, 0.0], [0.4, 0.0, 0.3, 0.3]])  # π of two rules


def ratio(rule: int, symptom: int, shares: list[tuple[int, float]]) -> float:
    """Return π/λ of a call: by how much a rule's failure raises the rate of such calls."""
    marks = Marks(FIRST)
    column = marks.number(symptom, shares)
    parts = ((symptom, 1.0),) if column == symptom else marks.mixture(column, RATES)
    return float(sum(part * MATRIX[rule, other] for other, part in parts) / RATES[symptom])


@pytest.mark.parametrize("symptom", range(4))
def test_a_certain_symptom_is_its_own_mark(symptom: int) -> None:
    marks = Marks(FIRST)
    assert marks.number(symptom, [(symptom, 1.0)]) == symptom
    assert marks.number(symptom, [(symptom, 0.95)]) == symptom
    assert len(marks) == 0


def test_a_text_of_two_symptoms_is_half_about_each() -> None:
    both = [(1, 0.5), (2, 0.5)]
    assert ratio(0, 1, both) == pytest.approx(0.5 * 0.6 / 1.0)
    assert ratio(1, 1, both) == pytest.approx(0.5 * 0.3 / 2.0)


def test_it_weighs_the_same_whichever_is_said_to_be_the_likeliest() -> None:
    both = [(1, 0.5), (2, 0.5)]
    for rule in range(2):
        assert ratio(rule, 1, both) == pytest.approx(ratio(rule, 2, both))


def test_one_rate_counts_at_most_twenty_times_another() -> None:
    """Rates of the first days are guesses."""
    rare = np.array([100.0, 1.0, 100.0, 1.0])
    marks = Marks(FIRST)
    column = marks.number(2, [(2, 0.5), (1, 0.5)])
    assert dict(marks.mixture(column, rare)) == {1: 0.5 * 20.0, 2: 0.5}


def test_what_says_half_of_one_weighs_between_it_and_nothing() -> None:
    half, whole, nothing = ratio(0, 1, [(1, 0.5)]), 0.6, 0.4 / 4.0
    assert half == pytest.approx(0.5 * whole + 0.5 * nothing)


def test_what_says_nothing_weighs_as_a_ticket_without_a_symptom() -> None:
    marks = Marks(FIRST)
    assert marks.number(0, []) == 0
    assert marks.number(0, [(1, 0.1)]) == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(0.1, 1.0)),
        max_size=3,
        unique_by=lambda pair: pair[0],
    ),
    st.integers(0, 3),
)
def test_a_mark_lies_between_its_symptoms(shares: list[tuple[int, float]], symptom: int) -> None:
    """Whatever the shares: π/λ is a mean of that of the symptoms, and of none at all."""
    whole = max(1.0, sum(share for _, share in shares))
    scaled = [(other, share / whole) for other, share in shares]
    for rule in range(2):
        each = MATRIX[rule] / RATES
        assert each.min() - 1e-12 <= ratio(rule, symptom, scaled) <= each.max() + 1e-12


def test_equal_distributions_are_one_mark() -> None:
    marks = Marks(FIRST)
    one = marks.number(1, [(1, 0.52), (2, 0.48)])
    assert marks.number(1, [(2, 0.5), (1, 0.5)]) == one == FIRST
    assert len(marks) == 1


def test_when_there_is_no_room_the_likeliest_symptom_stands_for_it() -> None:
    marks = Marks(FIRST)
    for one in range(70):
        for other in range(70):
            marks.number(one, [(one, 0.5), (other + 90, 0.5)])
    assert len(marks) == MOST_MARKS
    assert marks.number(7, [(7, 0.5), (8, 0.5)]) == 7


def test_restored_marks_are_the_same() -> None:
    one, other = Marks(FIRST), Marks(FIRST)
    columns = [one.number(1, [(1, 0.5), (2, 0.5)]), one.number(2, [(2, 0.5)])]
    other.restore(one.state())
    assert [other.number(1, [(1, 0.5), (2, 0.5)]), other.number(2, [(2, 0.5)])] == columns
    assert other.columns() == one.columns()
    assert [other.mixture(c, RATES) for c in columns] == [one.mixture(c, RATES) for c in columns]
