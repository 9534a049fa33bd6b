"""Backtests in the console: the list, and one with both sides."""

import pytest

from correlator.web.pages.backtests import backtest_view, row_of
from correlator.web.views import BacktestView
from tests.backtests import CHANGES, report

SYMPTOMS = {"no-sync": "Perte de synchronisation"}


def view(chosen: str = "") -> BacktestView:
    return backtest_view(report(), SYMPTOMS, chosen, "fr")


def test_a_line_of_the_list_says_what_it_is_worth() -> None:
    assert row_of(report(), "fr").says == "3 mieux, 3 moins bien, 1 sans avis"
    assert row_of(report(), "en").says == "3 better, 3 worse, 1 not judged"
    assert row_of(report(), "fr").against == "les règles en vigueur"
    assert row_of(report(rules="live"), "en").rules == "the rules of then"


def test_the_figures_of_both_sides() -> None:
    told = {figure.name: (figure.before, figure.after) for figure in view().figures}
    assert told["Confirmés, parmi ceux qui ont un avis"][0].startswith("25 sur 27")
    assert "77" in told["Confirmés, parmi ceux qui ont un avis"][0]
    assert told["par semaine"] == ("19,1", "19,1")


def test_when_confirmed_ones_are_announced() -> None:
    assert view().median == "Les confirmés sont annoncés 4,5 min plus tôt (médiane de 25)."
    none = backtest_view(report(compared=0, median_minutes=0.0), {}, "", "fr")
    assert none.median == ""


def test_all_changes_or_those_of_one_kind() -> None:
    assert len(view().changes) == len(CHANGES)
    assert [change.kind for change in view("lost").changes] == ["lost"]
    assert {kind: n for kind, _, n in view("lost").kinds}["earlier"] == 1
    assert view("lost").chosen == "lost"
    assert view("unheard-of").chosen == ""


@pytest.mark.parametrize(
    ("kind", "what", "label"),
    [
        ("earlier", "4,5 min plus tôt", "confirmé"),
        ("later", "1 min plus tard", "confirmé"),
        ("lost", "perdu", "rejeté, coïncidence"),
        ("gained", "gagné", ""),
    ],
)
def test_a_change_says_what_and_how_it_was_judged(kind: str, what: str, label: str) -> None:
    (change,) = view(kind).changes
    assert (change.what, change.label) == (what, label)


def test_both_sides_have_their_evidence() -> None:
    (split,) = view("split").changes
    assert [one.domain for one in split.before] == ["DSL3"]
    assert [one.domain for one in split.after] == ["DSL3/C1", "DSL3/C2"]
    assert split.before[0].symptom == "Perte de synchronisation"
    assert split.before[0].reason.startswith("4 clients en 3 min")
    assert "1\u202f980" in split.before[0].counts


def test_in_one_piece_nothing_is_cut() -> None:
    assert "seul tenant" in backtest_view(report(weeks=1), {}, "", "fr").cut
    assert "2 semaines" in view().cut
