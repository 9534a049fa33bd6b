"""What spoke for an incident when its cause was named: kept with it, so that it can be told later.

Taken down before the decision lowers the burst statistic and links the tickets. Numbers are kept to
three or four digits: they are for people.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from correlator.engine.alarms import Standing
from correlator.engine.live import Live
from correlator.engine.localise import Cause
from correlator.engine.parts import Parts
from correlator.model import MINUTE, AlarmEvidence, Evidence, Level, Millis, Window

_LADDER = (5, 15, 30, 60, 120, 240)  # minutes
_MOST_WINDOWS = 5
_MOST_ALARMS = 8
_LISTED = 0.02  # π from which a symptom counts as one of the rule's, as in `Live.expected`
_EXPLAINED = 0.5  # P from which a call is put down to something else
_GREATEST = 1e300  # JSON has no infinity


def note(parts: Parts, live: Live, cause: Cause, alerted: int | None) -> None:
    """Keep with an incident what speaks for its cause; `alerted` is the row of the alert, if any.

    An announced one keeps what it was announced with until it names another cause: a further
    alert makes it stronger, and does not change why it was raised.
    """
    told = live.evidence
    if live.announced and told is not None and told.domain == parts.topology.name(live.domain):
        return
    own = _level(parts, _rows(parts, live))
    alert = None if alerted is None else _level(parts, [alerted])
    live.evidence = msgspec.structs.replace(
        _basis(parts, live),
        windows=windows(parts, live),
        level=own,
        alert=None if alert is None or _same_row(alert, own) else alert,
        gain=round(cause.gain, 2),
        alarm_gain=round(cause.alarm, 2),
        call_rate=cause.rate,
        callers=len(cause.callers),
        silent=max(0, live.customers - len(cause.callers)),
    )


def foreseen(parts: Parts, live: Live) -> Evidence:
    """Return what speaks for an incident that nobody has called about: alarms alone."""
    return msgspec.structs.replace(
        _basis(parts, live),
        level=_level(parts, _rows(parts, live)),
        alarm_gain=round(parts.alarm_weight(live.domain, live.rule, live.onset_tau), 2),
        call_rate=live.calls / live.exposure,
        silent=live.customers,
    )


def _basis(parts: Parts, live: Live) -> Evidence:
    rule = parts.rule(live)
    alarms = _alarms(parts, live)
    return Evidence(
        time=parts.now,
        domain=parts.topology.name(live.domain),
        dial=parts.settings.false_incidents_per_week,
        dial_share=rule.dial_share,
        gain_needed=rule.cause_gain,
        alarms=tuple(alarms[:_MOST_ALARMS]),
        alarm_count=len(alarms),
    )


# ---------------------------------------------------------------------------------- the calls


def windows(parts: Parts, live: Live) -> tuple[Window, ...]:
    """Return observed and expected calls, over windows that reach back to the onset.

    By occurrence, since that is what the statistic goes by: a feed that delivers two hours at once
    makes no burst.
    """
    listed = _listed(parts, live)
    usual = _usual(parts, live, listed)
    taus = _calls(parts, live, listed)
    until = parts.tau()
    found = []
    for minutes in _spans(parts.now - live.onset):
        since = parts.baseline.tau(parts.now - minutes * MINUTE)
        expected = float(f"{usual * (until - since):.3g}")
        found.append(Window(minutes, int((taus > since).sum()), expected))
    return tuple(found)


def _spans(age: Millis) -> tuple[int, ...]:
    """Return the windows in minutes up to the first that holds an onset so long ago."""
    within = sum(minutes * MINUTE < age for minutes in _LADDER)
    return _LADDER[: within + 1][-_MOST_WINDOWS:]


def _usual(parts: Parts, live: Live, listed: NDArray[np.bool_]) -> float:
    """Return how many calls per τ of these symptoms the domain makes when nothing is wrong."""
    rates = parts.baseline.rates
    rates = rates * parts.baseline.multiplier[live.domain, : len(rates)]
    return float(rates[listed].sum() * live.customers)


def _listed(parts: Parts, live: Live) -> NDArray[np.bool_]:
    """Mark the symptoms that the incident is about."""
    listed = parts.watches.profile[live.rule] >= _LISTED
    if live.unnamed >= 0:
        listed = listed & (np.arange(len(listed)) == live.unnamed)
    return np.asarray(listed)


def _calls(parts: Parts, live: Live, listed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return τ of the calls under the domain, those left out that something else explains."""
    recent = parts.recent
    positions = np.array(recent.under(live.domain), np.int64)
    without = frozenset({live.number})
    explained = 1.0 - recent.rates(positions) / recent.expected(positions, without)
    wanted = listed[recent.symptoms(positions)] & (explained < _EXPLAINED)
    return recent.taus(positions[wanted])


# ------------------------------------------------------------------------------ the statistic


def _rows(parts: Parts, live: Live) -> list[int]:
    """Return the rows that watch the incident's domain for its rule."""
    rows = parts.watches.rows_of(live.domain)
    if live.unnamed >= 0:
        rows = parts.watches.dynamic_rows_of(live.domain, live.unnamed)
    return [row for row in rows if parts.watches.rule[row] == live.rule]


def _level(parts: Parts, rows: list[int]) -> Level | None:
    """Return the highest of these rows and what the dial asks of it; None without a row."""
    if not rows:
        return None
    shares = parts.burst.level(np.array(rows, np.int64))
    row = rows[int(np.argmax(shares))]
    rule = int(parts.watches.rule[row])
    threshold = float(parts.burst.thresholds[rule])
    value = min(float(shares.max()) * threshold, _GREATEST)
    return Level(
        domain=parts.topology.name(int(parts.watches.domain[row])),
        rule=parts.catalog.rules[rule].id,
        value=float(f"{value:.4g}"),
        threshold=float(f"{threshold:.4g}"),
    )


def _same_row(one: Level, other: Level | None) -> bool:
    return other is not None and (one.domain, one.rule) == (other.domain, other.rule)


# --------------------------------------------------------------------------------- the alarms


def _alarms(parts: Parts, live: Live) -> list[AlarmEvidence]:
    """Return the standing alarms on the cause, heaviest first, then those below it."""
    below = parts.topology.equipment_under(live.domain)
    own = [_alarm(parts, live, standing) for standing in parts.alarms.on(live.domain)]
    own.sort(key=lambda alarm: (-alarm.weight, alarm.raised, alarm.alarm))
    return own + [
        _alarm(parts, live, standing) for domain in below for standing in parts.alarms.on(domain)
    ]


def _alarm(parts: Parts, live: Live, standing: Standing) -> AlarmEvidence:
    weight = 0.0
    if standing.domain == live.domain and not parts.works.covers(live.domain, parts.now):
        follows = parts.rule(live).alarm_follows(standing.cause, standing.severity)
        weight = round(max(0.0, parts.alarms.weight(standing, follows)), 2)
    return AlarmEvidence(
        alarm=standing.id,
        domain=parts.topology.name(standing.domain),
        cause=standing.cause,
        severity=standing.severity,
        raised=standing.raised,
        weight=weight,
    )
