"""Does a failure still last? From the silence of its callers and its alarm's clear.

A two-state change-point model: a failure ends at a constant hazard; while it lasts, calls come as
a Poisson process.
"""

from __future__ import annotations

import math

from correlator.engine.incidents.incident import LiveIncident
from correlator.engine.incidents.tuning import TUNING
from correlator.model import Millis

_MOST_NATS = 50.0  # beyond that everything is sure, and e^x still a number


def lasting(calls: float, silent: float) -> float:
    """Return the chance that a failure lasts about which nobody has called for `silent` τ.

    `calls`: how many came per τ before. A failure that ends at the rate h while r calls come has
    ended by now, against lasting so long without a call, with odds of
    `∫ h·e^{r·u} du = (e^{r·s} − 1)·h/r`.
    """
    rate = max(TUNING.lower_rate * calls, 1e-9)
    return 1.0 / (1.0 + math.expm1(min(rate * silent, _MOST_NATS)) * TUNING.ends / rate)


def left_of(live: LiveIncident, tau: float, time: Millis, *, heard: bool) -> float:
    """Return what is left of an incident's call rate at `tau`, or `time` in ms, 0 to 1.

    For all that says that it is over. `heard`: what has come so far is all that there was.
    """
    clear = _unless_clear(live, time)
    return min(_unless_silent(live, tau), clear) if heard else clear


def _unless_silent(live: LiveIncident, tau: float) -> float:
    """Nobody has called for some time; not while its own alarm stands: some sleep."""
    silent = tau - live.last_tau
    stands = live.own_alarm and live.alarms_clear_since is None
    if silent <= 0.0 or stands or not live.callers:
        return 1.0
    return _faded(lasting(live.calls / live.exposure * live.customers, silent), silent)


def _unless_clear(live: LiveIncident, time: Millis) -> float:
    """Supervision sees no failure any more; but whoever still calls speaks against that."""
    since = live.hours_clear(time)
    if since is None:
        return 1.0
    on = 1.0 / (1.0 + math.exp(TUNING.clear_is_end - min(live.heard_since, _MOST_NATS)))
    return _faded(on, since)


def _faded(on: float, since: float) -> float:
    """Return the share of calls that still come, if `on` is the chance that the failure lasts.

    `since`: hours or τ since it ended, if it did. Who saw it end calls a little later as well.
    """
    return on + (1.0 - on) * math.exp2(-since / TUNING.calls_after)
