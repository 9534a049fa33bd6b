"""What other numbers of a rule would have bought: the edit, and the picture."""

import xml.etree.ElementTree as ET

import pytest

from correlator.tools.backtest.curves import Point, picture
from correlator.tools.backtest.edits import Edit, edited
from tests.builders import catalog

NODE = "access-node"


def test_the_shares_of_the_dial_still_sum_to_one() -> None:
    found = edited(catalog(), Edit(NODE, "dial_share", 0.5))
    assert found.rule(NODE).dial_share == 0.5
    assert sum(rule.dial_share for rule in found.rules) == pytest.approx(1.0)
    others = [(r.dial_share, catalog().rule(r.id).dial_share) for r in found.rules if r.id != NODE]
    assert len({round(one / other, 9) for one, other in others}) == 1


def test_the_evidence_that_a_cause_must_bring() -> None:
    found = edited(catalog(), Edit(NODE, "cause_gain", 9.0))
    assert found.rule(NODE).cause_gain == 9.0
    assert found.rule("access-line-card") == catalog().rule("access-line-card")


def test_alarms_weigh_by_a_factor_and_never_more_than_is_certain() -> None:
    half, much = (edited(catalog(), Edit(NODE, "alarms", factor)) for factor in (0.5, 50.0))
    before = [one.follows for one in catalog().rule(NODE).alarms]
    assert [one.follows for one in half.rule(NODE).alarms] == [f / 2 for f in before]
    assert max(one.follows for one in much.rule(NODE).alarms) == 0.95


def test_the_callers_that_a_cause_needs() -> None:
    found = edited(catalog(), Edit(NODE, "callers", 5.0))
    assert found.rule(NODE).callers == 5
    assert catalog().rule(NODE).callers == 2


def test_each_edit_is_a_catalog_of_its_own() -> None:
    versions = {edited(catalog(), Edit(NODE, "cause_gain", gain)).version for gain in (3, 4, 5)}
    assert len(versions | {catalog().version}) == 4


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit("unheard-of", "cause_gain", 3), "no such rule"),
        (Edit(NODE, "title", 3), "no such key"),
        (Edit(NODE, "dial_share", 1.5), "between 0 and 1"),
        (Edit(NODE, "callers", 1), "whole number from 2 on"),
        (Edit(NODE, "callers", 2.5), "whole number from 2 on"),
    ],
)
def test_what_cannot_be_varied_is_refused(edit: Edit, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        edited(catalog(), edit)


def test_the_picture_has_a_mark_for_each_place_with_its_values() -> None:
    points = [Point(0.1, -2.0, 1.0, 0.5, 0), Point(0.2, -2.0, 1.0, 0.5, 0), Point(0.3, 1, 0, 0, 1)]
    root = ET.fromstring(picture("a<b", "dial_share", points))
    space = "{http://www.w3.org/2000/svg}"
    assert len(list(root.iter(f"{space}circle"))) == 2
    texts = [text.text for text in root.iter(f"{space}text")]
    assert {"0.1, 0.2", "0.3", "as it is"} <= set(texts)
    (title,) = root.iter(f"{space}title")
    assert title.text == "a<b: dial_share"


def test_nothing_has_a_picture_too() -> None:
    assert picture("x", "cause_gain", []).startswith("<svg")
