"""Backtests: the list, and one of them with the evidence on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from correlator.formats.wording import Language, number, reason_text
from correlator.model import BacktestChange, BacktestReport, BacktestSide, Raised
from correlator.web.views import (
    BacktestRow,
    BacktestView,
    CompareView,
    FigureView,
    RaisedView,
)
from correlator.web.words import WORDS, say

_LIVE = "live"
_VERDICTS = ("better", "worse", "unknown")


def row_of(report: BacktestReport, lang: Language) -> BacktestRow:
    """Return a backtest as a line of the list."""
    counts = Counter(change.verdict for change in report.changes)
    said = [say(lang, f"backtest.{verdict}", n=counts[verdict]) for verdict in _VERDICTS]
    return BacktestRow(
        id=report.id,
        made=report.made,
        actor=report.actor,
        rules=say(lang, "backtests.shadow", rules=report.rules)
        if report.shadow
        else _named(report.rules, lang),
        against=_named(report.against, lang),
        since=report.since,
        until=report.until,
        says=", ".join(said),
    )


def _named(rules: str, lang: Language) -> str:
    key = "backtests.live" if rules == _LIVE else "backtests.named"
    return say(lang, key, rules=rules)


def backtest_view(
    report: BacktestReport, symptoms: Mapping[str, str], chosen: str, lang: Language
) -> BacktestView:
    """Return a backtest; `symptoms`: id → name, `chosen`: a kind of change, or "" for all."""
    kinds = Counter(change.kind for change in report.changes)
    wanted = [change for change in report.changes if chosen in {"", change.kind}]
    cut = "backtest.whole" if report.weeks == 1 else "backtest.cut"
    cut = "backtest.beside" if report.shadow else cut
    return BacktestView(
        row=row_of(report, lang),
        version=report.version,
        cut=say(lang, cut, n=report.weeks),
        median=_median(report, lang),
        figures=tuple(_figures(report.before, report.after, lang)),
        kinds=tuple((kind, say(lang, f"kind.{kind}"), n) for kind, n in sorted(kinds.items())),
        chosen=chosen if chosen in kinds else "",
        same=report.same,
        changes=tuple(_change(change, symptoms, lang) for change in wanted),
    )


def _median(report: BacktestReport, lang: Language) -> str:
    if not report.compared or not report.median_minutes:
        return ""
    when = "backtest.sooner" if report.median_minutes < 0 else "backtest.later_on"
    minutes = abs(report.median_minutes)
    return say(lang, "backtest.median", n=report.compared, minutes=minutes, when=say(lang, when))


def _figures(before: BacktestSide, after: BacktestSide, lang: Language) -> list[FigureView]:
    def line(name: str, one: str, other: str) -> FigureView:
        return FigureView(say(lang, f"backtest.{name}"), one, other)

    sides = (before, after)
    return [
        line("incidents", *(number(side.incidents, lang) for side in sides)),
        line("a_week", *(number(round(side.a_week, 1), lang) for side in sides)),
        line("right", *(_right(side, lang) for side in sides)),
        line("tickets", *(number(side.tickets, lang) for side in sides)),
        line("not_this", *(number(side.not_this, lang) for side in sides)),
    ]


def _right(side: BacktestSide, lang: Language) -> str:
    if not side.judged:
        return "–"
    told = say(lang, "backtest.of", right=side.right, judged=side.judged)
    low, high = (number(round(100 * share), lang) for share in (side.low, side.high))
    return f"{told} ({say(lang, 'backtest.interval', low=low, high=high)})"


def _change(change: BacktestChange, symptoms: Mapping[str, str], lang: Language) -> CompareView:
    label = "" if change.label == "none" else say(lang, f"label.{change.label}")
    if change.code:
        key = f"reject.{change.code}"
        label = f"{label}, {say(lang, key) if key in WORDS else change.code}"
    return CompareView(
        kind=change.kind,
        what=_what(change, lang),
        verdict=change.verdict,
        verdict_name=say(lang, f"verdict.{change.verdict}"),
        label=label,
        announced=min(one.announced for one in (*change.before, *change.after)),
        before=tuple(_raised(one, symptoms, lang) for one in change.before),
        after=tuple(_raised(one, symptoms, lang) for one in change.after),
    )


def _what(change: BacktestChange, lang: Language) -> str:
    kind = say(lang, f"kind.{change.kind}")
    if change.kind not in {"earlier", "later"} or not change.minutes:
        return kind
    return say(lang, "backtest.minutes", minutes=abs(change.minutes), kind=kind)


def _raised(one: Raised, symptoms: Mapping[str, str], lang: Language) -> RaisedView:
    evidence = one.evidence
    level = None if evidence is None else evidence.level
    return RaisedView(
        id=one.id,
        domain=one.domain,
        rule=one.rule,
        symptom=symptoms.get(one.symptom, one.symptom),
        announced=one.announced,
        reason=reason_text(one.reason, lang),
        counts=say(
            lang, "backtest.counts", tickets=one.tickets, alarms=one.alarms, customers=one.customers
        ),
        gain=None if evidence is None else evidence.gain,
        alarm_gain=None if evidence is None else evidence.alarm_gain,
        value=None if level is None else level.value,
        threshold=None if level is None else level.threshold,
    )
