"""A backtest for people and for programs: text, JSON, Markdown, JUnit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from correlator.formats.times import to_rfc3339
from correlator.formats.wording import reason_text
from correlator.model import BacktestChange, BacktestReport, BacktestSide, Millis, Raised
from correlator.tools.backtest.curves import Point
from correlator.tools.backtest.history import Decided
from correlator.tools.backtest.judging import (
    Label,
    Share,
    Side,
    Verdict,
    label_of_change,
    verdict_of,
)
from correlator.tools.backtest.matching import Change, Kind
from correlator.tools.backtest.weeks import Backtest

_MARKS = {Verdict.BETTER: "+", Verdict.WORSE: "-", Verdict.UNKNOWN: "?", Verdict.NEUTRAL: " "}


def figures(found: Backtest) -> list[tuple[str, str, str]]:
    """Return the figures: what, before, after."""
    before, after = found.totals.before, found.totals.after
    return [
        ("incidents", f"{before.incidents}", f"{after.incidents}"),
        ("… a week", f"{before.a_week:.1f}", f"{after.a_week:.1f}"),
        ("confirmed, of those judged", _share(before.right), _share(after.right)),
        ("not judged", f"{before.unlabelled}", f"{after.unlabelled}"),
        ("tickets linked", f"{before.tickets}", f"{after.tickets}"),
        ("… that people said are not of it", f"{before.not_this}", f"{after.not_this}"),
    ]


def _share(share: Share) -> str:
    if not share.whole:
        return "–"
    interval = f"{share.low:.0%} to {share.high:.0%}"
    return f"{share.part} of {share.whole} ({share.value:.0%}; 95 %: {interval})"


def sentence(found: Backtest) -> str:
    """Return what the comparison says, in one sentence."""
    verdicts, totals = found.totals.verdicts, found.totals
    better, worse = verdicts.get(Verdict.BETTER, 0), verdicts.get(Verdict.WORSE, 0)
    unknown = verdicts.get(Verdict.UNKNOWN, 0)
    said = f"{better} better, {worse} worse, {unknown} that nobody has judged"
    if totals.compared and totals.median_minutes:
        when = "earlier" if totals.median_minutes < 0 else "later"
        said += f"; confirmed ones {abs(totals.median_minutes):g} min {when} (median)"
    return said + "."


def head(found: Backtest) -> str:
    """Return what was compared."""
    span = f"{to_rfc3339(found.since)[:16]} to {to_rfc3339(found.until)[:16]}"
    cut = "in one piece" if found.cut == 1 else f"in {found.cut} weeks"
    return f"{found.after} against {found.before}, {span}, {cut}"


def line(change: Change) -> str:
    """Return a change as a line of text."""
    mark = _MARKS[verdict_of(change)]
    when = to_rfc3339(change.announced)[:16].replace("T", " ")
    label = label_of_change(change)
    judged = "" if label is Label.NONE else f" [{_word(change, label)}]"
    return f"{mark} {change.kind:<8} {when}  {_what(change)}{judged}"


def _what(change: Change) -> str:
    before = ", ".join(map(_named, change.before))
    after = ", ".join(map(_named, change.after))
    if change.kind in {Kind.LOST, Kind.GAINED}:
        return before or after
    if change.kind in {Kind.RENAMED, Kind.SPLIT, Kind.MERGED}:
        return f"{before} → {after}"
    return f"{before}{_minutes(change)}"


def _minutes(change: Change) -> str:
    if change.kind is Kind.SAME or change.minutes is None:
        return ""
    when = "earlier" if change.minutes < 0 else "later"
    return f", {abs(change.minutes):g} min {when}"


def _named(one: Decided) -> str:
    place = one.incident.domain or "outside the network"
    return f"{place} ({one.incident.rule}, {len(one.tickets)} tickets)"


def _word(change: Change, label: Label) -> str:
    code = next((one.incident.code for one in change.raised if one.incident.code), "")
    return f"{label}: {code}" if code else str(label)


def point_line(key: str, point: Point) -> str:
    """Return a value of a trade-off as a line of text."""
    when = "earlier" if point.minutes < 0 else "later"
    confirmed = f"confirmed {abs(point.minutes):g} min {when}, {point.lost} lost"
    a_week = f"{point.rejected:g} rejected, {point.unjudged:g} that nobody has judged"
    return f"{key} {point.value:g}: {confirmed}; a week {a_week}"


def lines(found: Backtest, *, same: bool = False) -> Iterator[str]:
    """Yield the changes as text; `same`: those too that are as they were."""
    shown = (change for change in found.changes if same or change.kind is not Kind.SAME)
    yield from map(line, shown)


def plain(found: Backtest) -> dict[str, Any]:
    """Return a backtest for programs."""
    return {
        "rules": found.after,
        "against": found.before,
        "since": to_rfc3339(found.since),
        "until": to_rfc3339(found.until),
        "weeks": found.cut,
        "totals": found.totals,
        "says": sentence(found),
        "changes": [_plain_change(change) for change in found.changes],
    }


def encoded(found: Backtest) -> bytes:
    """Return a backtest as JSON."""
    return msgspec.json.encode(plain(found))


def _plain_change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "verdict": verdict_of(change),
        "label": label_of_change(change),
        "minutes": change.minutes,
        "before": [_plain(one) for one in change.before],
        "after": [_plain(one) for one in change.after],
    }


def _plain(one: Decided) -> dict[str, Any]:
    incident = one.incident
    return {
        "id": incident.id,
        "cause": incident.domain,
        "rule": incident.rule,
        "symptom": incident.symptom,
        "announced": to_rfc3339(one.announced),
        "onset": to_rfc3339(incident.onset),
        "state": incident.state,
        "code": incident.code,
        "customers": incident.customers,
        "tickets": one.tickets,
        "alarms": incident.alarms,
        "reason": reason_text(incident.reason, "en"),
        "evidence": incident.evidence,
    }


def kept(found: Backtest, name: str, made: Millis, actor: str, version: str) -> BacktestReport:
    """Return a backtest as the console shows it; what is as it was is counted only."""
    changed = [change for change in found.changes if change.kind is not Kind.SAME]
    return BacktestReport(
        id=name,
        made=made,
        actor=actor,
        rules=found.after,
        version=version,
        against=found.before,
        since=found.since,
        until=found.until,
        weeks=found.cut,
        before=_kept_side(found.totals.before),
        after=_kept_side(found.totals.after),
        median_minutes=found.totals.median_minutes,
        compared=found.totals.compared,
        same=len(found.changes) - len(changed),
        changes=tuple(map(_kept_change, changed)),
    )


def _kept_side(side: Side) -> BacktestSide:
    right = side.right
    return BacktestSide(
        side.incidents, side.a_week, right.part, right.whole, right.low, right.high, side.tickets,
        side.not_this,
    )  # fmt: skip


def _kept_change(change: Change) -> BacktestChange:
    return BacktestChange(
        kind=str(change.kind),
        verdict=str(verdict_of(change)),
        label=str(label_of_change(change)),
        code=next((one.incident.code for one in change.raised if one.incident.code), ""),
        minutes=change.minutes,
        before=tuple(map(_raised, change.before)),
        after=tuple(map(_raised, change.after)),
    )


def _raised(one: Decided) -> Raised:
    incident = one.incident
    return Raised(
        id=incident.id,
        domain=incident.domain,
        rule=incident.rule,
        symptom=incident.symptom,
        announced=one.announced,
        onset=incident.onset,
        state=str(incident.state),
        customers=incident.customers,
        tickets=len(one.tickets),
        alarms=len(incident.alarms),
        reason=incident.reason,
        evidence=incident.evidence,
    )


def markdown(found: Backtest, most: int = 40) -> str:
    """Return a summary for a merge request, with at most so many changes."""
    rows = [f"| {what} | {before} | {after} |" for what, before, after in figures(found)]
    changed = list(lines(found))
    shown = "\n".join(changed[:most])
    left = f"\n\n… and {len(changed) - most} more." if len(changed) > most else ""
    listed = f"```diff\n{shown}\n```{left}" if changed else "Nothing is decided otherwise."
    parts = [
        f"**Backtest** of {head(found)}",
        sentence(found),
        "\n".join(["| | before | after |", "|---|---|---|", *rows]),
        listed,
    ]
    return "\n\n".join(parts) + "\n"


def junit(found: Backtest) -> bytes:
    """Return JUnit's XML: a change for the worse is a failure, one nobody judged is skipped."""
    verdicts = [(change, verdict_of(change)) for change in found.changes]
    worse = [change for change, verdict in verdicts if verdict is Verdict.WORSE]
    unknown = [change for change, verdict in verdicts if verdict is Verdict.UNKNOWN]
    suite = ET.Element(
        "testsuite",
        name=f"backtest: {head(found)}",
        tests=str(len(found.changes)),
        failures=str(len(worse)),
        skipped=str(len(unknown)),
    )
    for change, verdict in verdicts:
        name = line(change)[2:]
        case = ET.SubElement(suite, "testcase", classname="backtest", name=name)
        if verdict is Verdict.WORSE:
            told = ET.SubElement(case, "failure", message=f"{change.kind}: {_what(change)}")
            told.text = "\n".join(map(_evidence, (*change.before, *change.after)))
        elif verdict is Verdict.UNKNOWN:
            ET.SubElement(case, "skipped", message="the cell has not judged it")
    written: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written


def _evidence(one: Decided) -> str:
    when = to_rfc3339(one.announced)
    return f"{one.id} {when} {_named(one)}: {reason_text(one.incident.reason, 'en')}"
