"""Persistence: the chance that a failure still lasts, given silent callers and a cleared alarm.

A two-state change-point model: a failure ends at a constant hazard; while it lasts, calls come as
a Poisson process. What is left of a call rate follows from that chance.
"""

from __future__ import annotations

import math

from correlator.engine.incidents.incident import LiveIncident
from correlator.engine.incidents.tuning import TUNING
from correlator.model import Millis

_MOST_NATS = 50.0  # beyond that the chance is 0 or 1; e^x stays finite


def lasting(calls: float, silent: float) -> float:
    """Return the chance that a failure lasts, after `silent` τ without a call about it.

    `calls`: how many came per τ before. A failure that ends at the rate h while r calls come has
    ended by now, against lasting so long without a call, with odds of
    `∫ h·e^{r·u} du = (e^{r·s} − 1)·h/r`.
    """
    rate = max(TUNING.lower_rate * calls, 1e-9)
    return 1.0 / (1.0 + math.expm1(min(rate * silent, _MOST_NATS)) * TUNING.ends / rate)


def left_of(live: LiveIncident, tau: float, time: Millis, *, complete: bool) -> float:
    """Return what is left of an incident's call rate at `tau`, or `time` in ms, 0 to 1.

    The stronger evidence for an end counts: silence, or the clear. `complete`: no feed's backlog is
    arriving, so that silence is evidence.
    """
    clear = _unless_clear(live, time)
    return min(_unless_silent(live, tau), clear) if complete else clear


def _unless_silent(live: LiveIncident, tau: float) -> float:
    """Return what silence leaves of the rate; 1 while its own alarm stands."""
    silent = tau - live.last_tau
    stands = live.own_alarm and live.alarms_clear_since is None
    if silent <= 0.0 or stands or not live.callers:
        return 1.0
    return _faded(lasting(live.calls / live.exposure * live.customers, silent), silent)


def _unless_clear(live: LiveIncident, time: Millis) -> float:
    """Return what the clear of its own alarm leaves, against the evidence of later calls."""
    since = live.hours_clear(time)
    if since is None:
        return 1.0
    on = 1.0 / (1.0 + math.exp(TUNING.clear_is_end - min(live.heard_since, _MOST_NATS)))
    return _faded(on, since)


def _faded(on: float, since: float) -> float:
    """Return the share of calls that still come, if `on` is the chance that the failure lasts.

    `since`: hours or τ since it ended, if it did. Some of its callers call after its end.
    """
    return on + (1.0 - on) * math.exp2(-since / TUNING.calls_after)
