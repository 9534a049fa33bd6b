"""The median lead of a rule, and when there is too little to tell one."""

from types import SimpleNamespace
from typing import cast

import pytest

from correlator.adapters.sql import ConsoleReads
from correlator.model import MINUTE, Level, Reason, ReasonCode
from correlator.web.pages.rules import leads, misses
from correlator.web.rendering import Templates
from correlator.web.views import RulesView
from tests.console_views import frame, rule_row


def told(*rows: tuple[str, int]) -> dict[str, float]:
    reads = SimpleNamespace(leads=lambda _since, _limit: [(r, m * 1_000) for r, m in rows])
    return leads(cast("ConsoleReads", reads), 10 * MINUTE)


@pytest.mark.parametrize(
    ("code", "near"),
    [(ReasonCode.PREDICTED, 0), (ReasonCode.ALARMS_TOGETHER, 0), (ReasonCode.BURST, 1)],
)
def test_alarms_that_nobody_has_called_about_are_no_near_miss(code: ReasonCode, near: int) -> None:
    level = Level("DSL-1", "line-card", 2.0, 4.0)
    candidate = SimpleNamespace(
        created=1, domain="DSL-1", reason=Reason(code), evidence=SimpleNamespace(level=level)
    )
    reads = SimpleNamespace(candidates_of=lambda _rule, _since, _limit: [candidate])
    assert len(misses(cast("ConsoleReads", reads), "line-card", 10 * MINUTE)) == near


def test_a_median_needs_three_and_is_in_whole_minutes() -> None:
    assert told(("a", 60), ("a", -600), ("b", 60), ("a", 100), ("b", 90)) == {"a": 1.0}
    assert told(("a", -20), ("a", -25), ("a", -29)) == {"a": 0.0}


def test_a_lead_has_its_sign() -> None:
    templates = Templates("Europe/Paris")
    rows = (rule_row(lead_minutes=4.0), rule_row(lead_minutes=-2.0))
    html = templates.render("rules.html", frame("rules"), rules=RulesView(rows, "a3f", None))
    assert "+4 min" in html
    assert "−2 min" in html
