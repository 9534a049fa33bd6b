"""A cause of recent calls, and the query by which a domain is weighed as one."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from correlator.engine.arrays import Ints
from correlator.engine.localisation.tuning import TUNING
from topology import Scope

FIT_TAU = TUNING.fit_tau


class Cause(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A scope as the cause of recent calls. `rule` is an index; `gain` in nats, with alarms.

    `penalised`: the gain less the penalty of its type. `rate`: c, in calls per line and τ; `onset`
    in τ; `callers`: positions of the calls that it explains; `alarm`: the alarms' share of the
    gain, in nats; `lines`: customers of the scope.
    """

    scope: Scope
    rule: int
    gain: float
    rate: float
    onset: float
    callers: Ints
    alarm: float
    penalised: float
    lines: int


@dataclass(frozen=True)
class Query:
    """How a domain is weighed.

    `without`: numbers of incidents to leave out of what is already explained. `every`: one call in
    so many, see `kernels.thinning`; 0 for what suits the domain. `controlled`: with the
    concurrent ratio; without it where `*` is weighed as well, which would gain by it.
    """

    without: frozenset[int] = frozenset()
    every: int = 0
    controlled: bool = True


PLAIN = Query()
"""The query of an alert: nothing left out."""
