"""The comparison of somebody who learns, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from correlator.web.pages.training import read_comparison, training_view
from correlator.web.views import Role
from correlator.web.who import CAN
from tests.trainings import LINES, comparison

if TYPE_CHECKING:
    from pathlib import Path


def test_the_totals_are_a_sentence() -> None:
    assert training_view(comparison(), "en").says == (
        "6 incidents announced: 2 agreed, 1 differs, 2 not decided, 1 with nothing to compare, "
        "2 missed."
    )
    some = comparison(lines=LINES[:1], missed=())
    assert training_view(some, "fr").says == "1 incident annoncé\xa0: 1 en accord."


@pytest.mark.parametrize(
    ("number", "did", "cell", "truth"),
    [
        (0, "confirmé", "confirmé", "une panne\xa0: à confirmer"),
        (1, "rejeté, coïncidence", "rien dit", "une panne\xa0: à confirmer"),
        (2, "pris en charge", "rejeté, travaux programmés", "des travaux\xa0: à rejeter"),
        (3, "rejeté, mauvais périmètre", "pas annoncé alors", "une panne de DSL4/C1"),
        (4, "rien", "inconnu", "pas de panne\xa0: à rejeter"),
    ],
)
def test_a_line_says_what_everybody_says(number: int, did: str, cell: str, truth: str) -> None:
    row = training_view(comparison(), "fr").rows[number]
    assert (row.did, row.cell) == (did, cell)
    assert row.truth.startswith(truth)


def test_a_line_names_its_incident_and_when_it_was_decided() -> None:
    rows = training_view(comparison(), "fr").rows
    assert (rows[0].title, rows[4].title) == ("Perte de synchronisation — DSL1", "hors du réseau")
    assert (rows[0].after, rows[4].after) == ("4,5 min après l'annonce", "")


def test_what_was_missed_says_who_knows_it() -> None:
    missed = training_view(comparison(), "en").missed
    assert [(miss.cause, "cell of then" in miss.why) for miss in missed] == [
        ("DSL6", False),
        ("outside the network", True),
    ]


def test_before_the_first_comparison_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "comparison.json"
    assert read_comparison(file) is None
    view = training_view(None, "en")
    assert view.now is None
    assert view.says.startswith("No comparison yet")
    file.write_bytes(msgspec.json.encode(comparison()))
    assert read_comparison(file) == comparison()
    assert training_view(comparison(lines=(), missed=()), "en").says.startswith("No incident")


def test_who_decides_may_look_at_it() -> None:
    assert {role for role, may in CAN.items() if "training" in may} == {
        Role.CELL,
        Role.NOC,
        Role.ADMIN,
    }
