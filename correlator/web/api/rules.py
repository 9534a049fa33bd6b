"""The rules in force, and what came of each; counted when it is asked, as their pages do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.formats.times import to_rfc3339
from correlator.model import State
from correlator.web.api.models import answered
from correlator.web.api.read_models import (
    Miss,
    RuleDay,
    RuleQuality,
    Rules,
    RuleSaid,
    RuleVersion,
    RuleWhole,
)
from correlator.web.console import in_thread
from correlator.web.hours import local
from correlator.web.pages.rules import SINCE, leads, misses, rules_view, versions_of
from correlator.web.responses import problem
from correlator.web.rule_files import source_of
from correlator.web.visits import visit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from starlette.requests import Request
    from starlette.responses import Response

    from correlator.adapters.sql.console_lists import AnnouncedRow
    from correlator.web.views import RuleRow, VersionRow
    from rules.model import Rule

_MOST = 20_000  # announced incidents of a rule in 28 days that are counted


async def many(request: Request) -> Response:
    """All rules in force, and what came of each in 28 days."""
    here = visit(request)
    console, now = here.console, here.console.board.now
    ids = [rule.id for rule in console.catalog.rules]
    counts = await in_thread(lambda: console.reads.rule_counts(now - SINCE))
    near = await in_thread(lambda: {one: misses(console.reads, one, now) for one in ids})
    ahead = await in_thread(lambda: leads(console.reads, now))
    view = rules_view(console, counts, near, ahead, here.lang)
    raises = {rule.id: rule.raises for rule in console.catalog.rules}
    shown = [_said(row, raises[row.id]) for row in view.rows]
    return answered(Rules(view.version, shown))


def _said(row: RuleRow, raises: str) -> RuleSaid:
    return RuleSaid(
        id=row.id,
        family=row.title,
        raises=raises,  # type: ignore[arg-type]
        share=row.share,
        announced=row.announced,
        confirmed=row.confirmed,
        rejected=row.rejected,
        false=row.false,
        precision=row.precision,
        margin=row.margin,
        lead_minutes=row.lead_minutes,
        nearest=row.nearest,
        nearest_at=None if row.nearest_at is None else to_rfc3339(row.nearest_at),
        tests=row.tests,
    )


async def one(request: Request) -> Response:
    """A rule as it is written."""
    here = visit(request)
    console, key = here.console, request.path_params["id"]
    found = _rule(console.catalog.rules, key)
    if found is None:
        return problem(404, "not-found", key)
    file, lines = source_of(console.rule_files, key)
    body = RuleWhole(
        id=found.id,
        family=found.family,
        raises=found.raises,
        share=found.dial_share,
        title={"fr": found.title.fr, "en": found.title.en},
        domains=list(found.domains),
        symptoms=[] if isinstance(found.symptoms, str) else sorted(found.symptoms),
        file=file or None,
        line=lines[0][0] if lines else None,
        source="\n".join(text for _, text in lines) if lines else None,
        version=console.board.in_force.get("rules", console.catalog.version),
    )
    return answered(body)


async def quality(request: Request) -> Response:
    """What a rule is worth: by version of the catalog, by day, and what it came near to."""
    here = visit(request)
    console, key = here.console, request.path_params["id"]
    if _rule(console.catalog.rules, key) is None:
        return problem(404, "not-found", key)
    reads, since = console.reads, console.board.now - SINCE
    versions = await in_thread(lambda: versions_of(console, key))
    announced = await in_thread(lambda: reads.announced_of(key, since, _MOST))
    near = await in_thread(lambda: misses(reads, key, console.board.now))
    not_this = await in_thread(lambda: reads.not_this(key, since))
    body = RuleQuality(
        id=key,
        versions=[_version(row) for row in versions],
        days=_days(announced, console.zone),
        misses=[
            Miss(to_rfc3339(miss.at), miss.domain, round(miss.value, 3), round(miss.threshold, 3))
            for miss in near
        ],
        not_this=not_this,
    )
    return answered(body)


def _rule(rules: Iterable[Rule], key: str) -> Rule | None:
    return next((rule for rule in rules if rule.id == key), None)


def _version(row: VersionRow) -> RuleVersion:
    return RuleVersion(
        version=row.version,
        since=None if row.since is None else to_rfc3339(row.since),
        why=row.why or None,
        announced=row.announced,
        confirmed=row.confirmed,
        rejected=row.rejected,
        codes=dict(row.codes),
        precision=row.precision,
        margin=row.margin,
    )


def _days(rows: Iterable[AnnouncedRow], zone: ZoneInfo) -> list[RuleDay]:
    """Count by day of the operator, the latest first."""
    by_day: dict[str, list[AnnouncedRow]] = {}
    for row in rows:
        by_day.setdefault(local(row.announced, zone).date().isoformat(), []).append(row)
    return [_day(day, found) for day, found in by_day.items()]


def _day(day: str, rows: list[AnnouncedRow]) -> RuleDay:
    rejected = [row for row in rows if row.state == State.REJECTED]
    codes: dict[str, int] = {}
    for row in rejected:
        codes[row.code or "–"] = codes.get(row.code or "–", 0) + 1
    confirmed = sum(row.confirmed and row.state != State.REJECTED for row in rows)
    return RuleDay(day, len(rows), confirmed, len(rejected), codes)
