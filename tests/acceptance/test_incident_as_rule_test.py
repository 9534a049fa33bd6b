"""An incident that happened, given out as a rule test, is read by `correlator check` and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import rules
from correlator.tools.rule_check import check_rules
from rules.testing import parse_tests
from tests.builders import catalog
from tests.harness.console import card_of, customer_of
from tests.harness.http import get

if TYPE_CHECKING:
    from rules.testing import RuleTest
    from tests.harness.console import Console


def given_out(console: Console, incident: str) -> tuple[str, RuleTest]:
    answer = get(console.web.port, f"/i/{incident}/essai.yaml")
    assert (answer.status, answer.kind) == (200, "application/yaml; charset=utf-8")
    (test,) = parse_tests({"incident.yaml": answer.body}, catalog())
    return answer.body, test


def test_an_incident_is_announced_again_from_its_test(console: Console) -> None:
    incident = console.burst(callers=6)
    text, test = given_out(console, incident)
    known = console.incident(incident)
    assert test.rule == known.rule
    assert len([one for one in test.moments if type(one).__name__ == "TicketMoment"]) == len(
        console.linked(incident)
    )
    (result,) = check_rules(catalog(), [test])
    assert result.failures == ()
    callers = {customer_of(known.domain, line) for line in range(6)}
    assert not [who for who in (*callers, *console.linked(incident)) if who in text]


def test_what_people_rejected_is_not_to_be_announced(console: Console) -> None:
    card = card_of(f"{console.district()}A")
    incident = console.burst(card)
    console.act(incident, "reject", code="coincidence", now="1")
    _, test = given_out(console, incident)
    (expected,) = test.expect
    assert isinstance(expected, rules.testing.model.NotAnnounced)
    assert expected.domain == card
    (result,) = check_rules(catalog(), [test])
    assert len(result.failures) == 1  # the rule as it is raises it: that is what the test is for


@pytest.mark.parametrize("name", ["essai", "essai.yaml"])
def test_an_incident_that_nobody_knows_has_no_test(console: Console, name: str) -> None:
    assert get(console.web.port, f"/i/GI-20260303-00000000/{name}").status == 404
