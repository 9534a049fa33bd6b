"""An incident as a rule test: whatever its cause is, the file is one that rules are tested with."""

from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from correlator.adapters.sql import SpanRow
from correlator.model import (
    MINUTE,
    Figures,
    Incident,
    Reason,
    ReasonCode,
    Rival,
    State,
    SymptomRate,
)
from correlator.web.board import Board
from correlator.web.pages.rule_test import Call, can_be_told, rule_test
from rules.testing import RuleTest, parse_tests
from rules.testing.model import Announced, External, NotAnnounced
from tests.builders import NEW, START, at, catalog, network, under

FIRMWARE = f"cpe_firmware={NEW}"


def told(domain: str, spans: tuple[SpanRow, ...] = (), **fields: Any) -> tuple[str, RuleTest]:
    usual: dict[str, Any] = {
        "rule": "access-node",
        "state": State.OPEN,
        "announced": at(4),
        "rivals": (Rival(FIRMWARE, "cpe_firmware", 1.0, 2, 3), Rival("", "*", 0.5, 2, 3)),
    }
    incident = Incident(
        id="GI-1", version=1, symptom="no-sync", domain=domain, domain_type="x",
        first_domain=domain, created=START, onset=START, changed=START,
        reason=Reason(ReasonCode.BURST), **usual | fields,
    )  # fmt: skip
    board = Board(network())
    entry = board.entry_of(incident)
    entry.figures = Figures(
        "GI-1", START, 1, 0.0, {"no-sync": SymptomRate(1.0, 0.001)}, cast("Any", None)
    )
    console = SimpleNamespace(board=board, catalog=catalog(), zone=ZoneInfo("Europe/Paris"))
    who = under(domain if domain.startswith(("DSL", "AGG")) else "DSL-1")[:5]
    calls = [Call(at(n), one, "no-sync") for n, one in enumerate(who)]
    found = SimpleNamespace(spans=list(spans))
    text = rule_test(cast("Any", console), entry, cast("Any", found), calls, "en")
    (test,) = parse_tests({"t.yaml": text}, catalog())
    return text, test


@pytest.mark.parametrize("domain", ["DSL-1", "DSL-1/C1", "AGG-1", "DSL-5", FIRMWARE, ""])
def test_any_cause_makes_a_test_that_is_read(domain: str) -> None:
    text, test = told(domain)
    assert len(test.moments) == 5
    assert test.start == START - 10 * MINUTE
    assert test.until == 44 * MINUTE
    assert test.background is not None
    assert test.background.rates["no-sync"] == 0.002
    (expected,) = test.expect
    assert isinstance(expected, Announced if domain else External)
    assert len(test.world.below(domain or "*")) > 5
    assert not any(one in text for one in under("DSL-1"))


def test_what_nobody_announced_or_somebody_rejected_is_not_to_be() -> None:
    for fields in ({"announced": None, "state": State.CANDIDATE}, {"state": State.REJECTED}):
        (expected,) = told("DSL-1", **fields)[1].expect
        assert isinstance(expected, NotAnnounced)
        assert expected.domain == "DSL-1"


def test_alarms_are_raised_and_cleared_where_they_were() -> None:
    spans = (
        SpanRow("secret", "DSL-1", "", "", at(-90), at(2)),
        SpanRow("x", "DSL-1/C2", "powerProblem", "major", at(1), None),
        SpanRow("x", "AGG-GONE", "powerProblem", "major", at(1), None),
        SpanRow("x", "DSL-1", "powerProblem", "major", at(90), None),
    )
    text, test = told("DSL-1", spans)
    alarms = [cast("Any", one) for one in test.moments if type(one).__name__ == "AlarmMoment"]
    assert [(one.id, one.at // MINUTE, one.state, one.severity) for one in alarms] == [
        ("A1", 0, "raised", "critical"),
        ("A2", 11, "raised", "major"),
        ("A1", 12, "cleared", "critical"),
    ]
    assert "secret" not in text


def test_a_cause_that_the_inventory_has_lost_has_no_test() -> None:
    board = Board(network())
    incident = Incident(
        id="GI-1", version=1, symptom="no-sync", domain="GONE", domain_type="x", rule="r",
        first_domain="GONE", created=START, onset=START, changed=START, state=State.OPEN,
        reason=Reason(ReasonCode.BURST),
    )  # fmt: skip
    assert not can_be_told(board.entry_of(incident))
