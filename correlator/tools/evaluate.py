"""How good the incidents of a world are, against what really happened in it.

The measures are those of the contract, section 5.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from correlator.tools.answers import Caller, answers, callers_in, share_of
from correlator.tools.measure_rows import rows
from correlator.tools.network_measures import network_measures
from correlator.tools.threshold_baseline import threshold_baseline
from correlator.tools.worldfiles import (
    EvaluationError,
    Incident,
    Outage,
    Truth,
    Verdict,
    read_incidents,
    read_lines,
    read_truth,
    seconds,
)
from correlator.tools.worldsize import world_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "EvaluationError",
    "Measures",
    "evaluate",
    "measure",
    "rows",
    "threshold_baseline",
    "world_rows",
]

BEFORE = 60.0
"""Seconds an incident may be announced before its outage's start."""
AFTER = 1800.0
"""Seconds an incident may be announced after its outage's end."""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of one run; shares are 0…1, None = nothing to divide by."""

    outages: int
    due: int
    due_found: int
    hit: int
    """Outages with at least one incident, due or not."""
    incidents: int
    """Announced incidents, rejected and cancelled ones left out."""
    matched: int
    """Incidents on a real outage."""
    neutral: int
    false: int
    false_per_week: float
    recall: float | None
    precision: float | None
    per_outage: float | None
    right_cause: float | None
    near_cause: float | None
    """Right, or the next domain up or down."""
    delay_median: float | None
    """Seconds after the fourth caller's ticket arrived, of due outages found."""
    delay_p90: float | None
    by_the_fourth: float | None
    """Share announced at the latest with the fourth."""
    link_recall: float | None
    link_precision: float | None
    link_f1: float | None
    planned: int
    planned_announced: int
    verdicts: int | None = None
    """Lines of the verdicts file; None = there is no such file, as for the measures below."""
    outage_tickets: int | None = None
    """Tickets of unplanned outages."""
    right_answers: int | None = None
    right_answer: float | None = None
    """``yes`` with the right cause, of the tickets of unplanned outages."""
    wrong_cause_yes: int | None = None
    """``yes`` with another cause, on tickets of unplanned outages."""
    probable_share: float | None = None
    """``probable``, of the tickets of unplanned outages."""
    wrong_yes: int | None = None
    """Other tickets, external ones apart, told ``yes``."""
    wrong_yes_share: float | None = None
    """The same, of all those other tickets that have a verdict."""
    harmful_yes: int | None = None
    """``yes`` with a cause that did not hit the customer at that moment, external tickets apart."""
    harmful_yes_share: float | None = None
    """The same, of all tickets that have a verdict, external ones apart."""
    network_incidents: int | None = None
    """Incidents of the network; None = there is no such file, as for the measures below."""
    pair_precision: float | None = None
    """Pairs of alarms in one network incident that are of one outage."""
    pair_recall: float | None = None
    """Pairs of alarms of one outage that are in one network incident."""
    network_right_cause: float | None = None
    """Outages with two alarms or more: the network incident with most of them names the cause."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values by name."""
        return msgspec.structs.asdict(self)


@dataclass(frozen=True)
class Match:
    """What each announced incident turned out to be."""

    on: dict[str, tuple[Incident, ...]]
    """Incidents of each outage that was hit, the earliest first."""
    false: tuple[Incident, ...]
    neutral: tuple[Incident, ...]

    @property
    def matched(self) -> int:
        """Incidents on real outages."""
        return sum(len(incidents) for incidents in self.on.values())


def evaluate(
    world: Path, incidents: Path, verdicts: Path | None = None, network: Path | None = None
) -> Measures:
    """Measure an incidents file, and those of verdicts and network incidents if there are any.

    EvaluationError names the file and line of anything that cannot be read.
    """
    told = None
    if verdicts is not None:
        told = [verdict for _, verdict in read_lines(verdicts, Verdict)]
    callers = None if told is None else callers_in(world)
    gathered = None if network is None else read_incidents(network)
    return measure(read_truth(world), read_incidents(incidents), told, callers, gathered)


def measure(
    truth: Truth,
    incidents: Sequence[Incident],
    verdicts: Sequence[Verdict] | None = None,
    callers: Mapping[str, Caller] | None = None,
    network: Sequence[Incident] | None = None,
) -> Measures:
    """Compute the measures; `callers`: who opened each ticket, None where nobody can tell.

    `network`: incidents of the network, None = nobody asks for them.
    """
    match = match_incidents(truth, incidents)
    values = {
        **_counts(truth, match),
        **_causes(truth, match),
        **_delays(truth, match),
        **_links(truth, match),
        **({} if verdicts is None else answers(truth, verdicts, callers)),
        **({} if network is None else network_measures(truth, network)),
    }
    return Measures(**values)


def match_incidents(truth: Truth, incidents: Iterable[Incident]) -> Match:
    """Decide for every announced incident which outage it is on, or whether it is false."""
    owner = {ticket: outage for outage in truth.outages for ticket in outage.tickets}
    external = frozenset(truth.external)
    on: dict[str, list[Incident]] = defaultdict(list)
    false, neutral = [], []
    for incident in sorted(incidents, key=lambda one: (seconds(one.creation_date), one.id)):
        if not incident.counts:
            continue
        outage = _outage_of(incident, owner)
        if outage is not None:
            on[outage.id].append(incident)
        elif _is_neutral(incident, truth, external):
            neutral.append(incident)
        else:
            false.append(incident)
    return Match({key: tuple(value) for key, value in on.items()}, tuple(false), tuple(neutral))


def _outage_of(incident: Incident, owner: dict[str, Outage]) -> Outage | None:
    """Return the outage that at least half, and at least two, of the tickets belong to."""
    tickets = incident.ticket_ids
    outages = {owner[ticket].id: owner[ticket] for ticket in tickets if ticket in owner}
    shares = Counter(owner[ticket].id for ticket in tickets if ticket in owner)
    for key, count in sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])):
        if count >= 2 and 2 * count >= len(tickets) and _in_time(incident, outages[key]):
            return outages[key]
    return None


def _in_time(incident: Incident, outage: Outage) -> bool:
    announced = seconds(incident.creation_date)
    return seconds(outage.start) - BEFORE <= announced <= seconds(outage.end) + AFTER


def _is_neutral(incident: Incident, truth: Truth, external: frozenset[str]) -> bool:
    """Whether it is a surge from outside seen as such, or raised from a live outage's alarms."""
    tickets = incident.ticket_ids
    if not incident.root_cause:
        return 2 * len(tickets & external) > len(tickets)
    if len(tickets) >= 4:
        return False
    named = {incident.cause, *(resource.id for resource in incident.root_cause)}
    announced = seconds(incident.creation_date)
    return any(
        named & outage.right and seconds(outage.start) - BEFORE <= announced <= seconds(outage.end)
        for outage in truth.outages
    )


def _counts(truth: Truth, match: Match) -> dict[str, Any]:
    due = [outage for outage in truth.outages if outage.due]
    planned = [outage for outage in truth.outages if outage.planned]
    found = sum(outage.id in match.on for outage in due)
    hit, false = len(match.on), len(match.false)
    return {
        "outages": len(truth.outages),
        "due": len(due),
        "due_found": found,
        "hit": hit,
        "incidents": match.matched + false + len(match.neutral),
        "matched": match.matched,
        "neutral": len(match.neutral),
        "false": false,
        "false_per_week": false * 7 / truth.days,
        "recall": share_of(found, len(due)),
        "precision": share_of(hit, hit + false),
        "per_outage": share_of(match.matched, hit),
        "planned": len(planned),
        "planned_announced": sum(outage.id in match.on for outage in planned),
    }


def _causes(truth: Truth, match: Match) -> dict[str, Any]:
    """Judge the first cause of the largest incident of each outage that was hit."""
    right = near = 0
    for outage in truth.outages:
        if outage.id not in match.on:
            continue
        # Incidents are in the order of their announcement: of equal ones the earliest counts.
        largest = max(match.on[outage.id], key=lambda incident: len(incident.ticket_ids))
        cause = largest.first_cause
        right += cause in outage.right
        near += cause in outage.right | set(outage.near)
    return {
        "right_cause": share_of(right, len(match.on)),
        "near_cause": share_of(near, len(match.on)),
    }


def _delays(truth: Truth, match: Match) -> dict[str, Any]:
    delays = np.array(
        [
            seconds(match.on[outage.id][0].creation_date) - seconds(outage.fourth)
            for outage in truth.outages
            if outage.due and outage.fourth is not None and outage.id in match.on
        ]
    )
    if not len(delays):
        return {"delay_median": None, "delay_p90": None, "by_the_fourth": None}
    return {
        "delay_median": round(float(np.median(delays)), 3),
        "delay_p90": round(float(np.percentile(delays, 90)), 3),
        "by_the_fourth": float((delays <= 0).mean()),
    }


def _links(truth: Truth, match: Match) -> dict[str, Any]:
    """Count linked tickets; incidents on outages and false ones count, neutral ones do not."""
    wanted = reached = 0
    own = linked = 0
    for outage in truth.outages:
        tickets = frozenset(outage.tickets)
        linked_here: set[str] = set()
        for incident in match.on.get(outage.id, ()):
            own += len(incident.ticket_ids & tickets)
            linked += len(incident.ticket_ids)
            linked_here |= incident.ticket_ids
        if outage.due:
            wanted += len(tickets)
            reached += len(tickets & linked_here)
    linked += sum(len(incident.ticket_ids) for incident in match.false)
    recall, precision = share_of(reached, wanted), share_of(own, linked)
    f1 = None
    if recall is not None and precision is not None:
        f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    return {"link_recall": recall, "link_precision": precision, "link_f1": f1}
