"""A cause, and how domains are asked whether they are one."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.engine.localisation.tuning import TUNING

FIT_TAU = TUNING.fit_tau


@dataclass(frozen=True)
class Cause:
    """A domain as the cause of recent calls. `rule` is an index; `gain` in nats, alarms in.

    `penalised`: the gain less what speaks against causes of its type. `rate`: calls per line and τ;
    `onset` in τ; `callers`: positions of the calls that it explains; `alarm`: what alarms are of
    the gain.
    """

    domain: int
    rule: int
    gain: float
    rate: float
    onset: float
    callers: tuple[int, ...]
    alarm: float
    penalised: float


@dataclass(frozen=True)
class Query:
    """How a domain is weighed.

    `without`: numbers of incidents to leave out of what is already explained. `every`: every so
    many calls, as `thinning` said; 0 for as many as the domain needs. `rest`: the domain
    is judged against all others; not where "everybody" is the rival, who would gain by it.
    """

    without: frozenset[int] = frozenset()
    every: int = 0
    rest: bool = True


PLAIN = Query()
"""As it stands."""


def thinning(calls: int) -> int:
    """Return k: every k-th of so many calls is enough to weigh a cause."""
    every = 1
    while calls > every * TUNING.most_calls:
        every *= 2
    return every
