"""The rules and what came of each: read only, for whoever tunes them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from correlator.adapters.sql import ConsoleReads, RuleCount, VersionCount
from correlator.formats.wording import Language
from correlator.model import (
    ALARMS_ALONE,
    DAY,
    FILES,
    MINUTE,
    Band,
    Incident,
    InForce,
    Level,
    Millis,
    RejectCode,
)
from correlator.web.console import Console
from correlator.web.pages.rows import row_of
from correlator.web.rule_files import source_of, tests_of
from correlator.web.views import RuleRow, RulesView, RuleView, VersionRow
from correlator.web.words import say
from rules.model import Rule

SINCE: Millis = 28 * DAY
_ENOUGH = 5
_FALSE = frozenset({RejectCode.COINCIDENCE.value, RejectCode.WRONG_SCOPE.value})
_ENOUGH_LEADS = 3
_MOST_LEADS = 5_000
_MISSES = 20
_INCIDENTS = 50
_VERSIONS = 12


class Miss(NamedTuple):
    """A candidate that was not announced: when, where, its level and the threshold."""

    at: Millis
    domain: str
    value: float
    threshold: float


def misses(reads: ConsoleReads, rule: str, now: Millis) -> list[Miss]:
    """Return the candidates of a rule that came nearest to its threshold; blocks."""
    found = [
        Miss(incident.created, incident.domain, level.value, level.threshold)
        for incident in reads.candidates_of(rule, now - SINCE, 200)
        if (level := _level(incident)) is not None
    ]
    return sorted(found, key=lambda miss: -miss.value / miss.threshold)[:_MISSES]


def leads(reads: ConsoleReads, now: Millis) -> dict[str, float]:
    """Return by how many whole minutes each rule was ahead of alarms, the median; blocks."""
    by_rule: dict[str, list[Millis]] = {}
    for rule, ahead in reads.leads(now - SINCE, _MOST_LEADS):
        by_rule.setdefault(rule, []).append(ahead)
    return {
        rule: float(round(median(found) / MINUTE))
        for rule, found in by_rule.items()
        if len(found) >= _ENOUGH_LEADS
    }


def _level(incident: Incident) -> Level | None:
    if incident.reason.code in ALARMS_ALONE:
        return None  # nobody has called: that says nothing of the threshold
    level = incident.evidence.level if incident.evidence is not None else None
    return level if level is not None and 0 < level.value < level.threshold else None


def rules_view(
    console: Console,
    counts: Iterable[RuleCount],
    nearest: dict[str, list[Miss]],
    ahead: dict[str, float],
    lang: Language,
) -> RulesView:
    """Return all rules; `counts`: announced incidents by rule and outcome, `ahead`: see `leads`."""
    found = list(counts)
    version = console.board.in_force.get("rules", console.catalog.version)
    return RulesView(
        rows=tuple(
            _row(console, rule, found, nearest.get(rule.id, []), ahead, lang)
            for rule in console.catalog.rules
        ),
        version=version,
        since=None,
    )


def _row(  # noqa: PLR0913, PLR0917 - all that is counted of it
    console: Console,
    rule: Rule,
    counts: list[RuleCount],
    near: list[Miss],
    ahead: dict[str, float],
    lang: Language,
) -> RuleRow:
    own = [count for count in counts if count.rule == rule.id]
    confirmed = sum(count.n for count in own if count.confirmed and count.state != "rejected")
    rejected = sum(count.n for count in own if count.state == "rejected")
    false = sum(count.n for count in own if count.state == "rejected" and count.code in _FALSE)
    precision, margin = _precision(confirmed, false)
    best = near[0] if near else None
    return RuleRow(
        id=rule.id,
        title=rule.family,
        status=say(lang, f"rules.raises.{rule.raises}"),
        share=rule.dial_share,
        announced=sum(count.n for count in own),
        confirmed=confirmed,
        rejected=rejected,
        false=false,
        precision=precision,
        margin=margin,
        lead_minutes=ahead.get(rule.id),
        nearest=None if best is None else best.value / best.threshold,
        nearest_at=None if best is None else best.at,
        tests=len(tests_of(console.rule_files, rule.id)),
    )


def _precision(confirmed: int, false: int) -> tuple[float | None, float | None]:
    """Return the share of judged incidents that were right, and half its 90 % interval (Wald)."""
    judged = confirmed + false
    if judged < _ENOUGH:
        return None, None
    share = confirmed / judged
    return share, 1.645 * math.sqrt(share * (1.0 - share) / judged)


def versions_of(console: Console, rule: str) -> tuple[VersionRow, ...]:
    """Return what a rule was worth under each version of the catalog, the latest first; blocks."""
    counts = console.reads.version_counts(rule)
    known: dict[str, InForce] = {}
    for note in console.workshop.desk.history():
        known[note.version] = note  # the first time is the last here
    names = {count.catalog for count in counts}
    rows = [_version(v, [c for c in counts if c.catalog == v], known.get(v)) for v in names]
    rows.sort(key=lambda row: (row.since or 0, row.version), reverse=True)
    return tuple(rows[:_VERSIONS])


def _version(version: str, counts: list[VersionCount], note: InForce | None) -> VersionRow:
    confirmed = sum(count.n for count in counts if count.confirmed and count.state != "rejected")
    codes: dict[str, int] = {}
    for count in counts:
        if count.state == "rejected":
            codes[count.code or "–"] = codes.get(count.code or "–", 0) + count.n
    precision, margin = _precision(confirmed, sum(n for c, n in codes.items() if c in _FALSE))
    return VersionRow(
        version=version,
        ruleset=note.ruleset if note else "",
        since=note.at if note else None,
        why="" if note is None or note.actor == FILES else note.reason,
        announced=sum(count.n for count in counts),
        confirmed=confirmed,
        rejected=sum(codes.values()),
        codes=tuple(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))),
        precision=precision,
        margin=margin,
    )


def rule_view(  # noqa: PLR0913, PLR0917 - all that its page shows
    console: Console,
    rule: Rule,
    counts: Iterable[RuleCount],
    near: list[Miss],
    ahead: dict[str, float],
    incidents: list[Incident],
    not_this: int,
    versions: tuple[VersionRow, ...],
    lang: Language,
) -> RuleView:
    """Return one rule with its file, its incidents and its near misses."""
    found = [count for count in counts if count.rule == rule.id]
    codes: dict[str, int] = {}
    for count in found:
        if count.state == "rejected":
            codes[count.code or "–"] = codes.get(count.code or "–", 0) + count.n
    file, lines = source_of(console.rule_files, rule.id)
    now = console.board.now
    entries = [console.board.entry_of(incident) for incident in incidents[:_INCIDENTS]]
    return RuleView(
        row=_row(console, rule, found, near, ahead, lang),
        file=file,
        lines=lines,
        incidents=tuple(row_of(e, now, lang) for e in entries if e.band is not Band.WATCHED),
        rejections=tuple(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))),
        not_this=not_this,
        misses=tuple(near),
        versions=versions,
    )
