"""Which calls are in a scope: those under all of its parts, or under one of its neighbours."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from correlator.engine.arrays import Bools, Ints
from topology import Scope


class Under(Protocol):
    """The recent calls; see `window.CallWindow`."""

    def under(self, domain: int, since: float = ...) -> Ints:
        """Return the positions of the counted calls under a domain."""


def in_scope(calls: Under, scope: Scope, positions: Ints, since: float = -np.inf) -> Bools:
    """Return which of the calls at these positions, counted since τ, are in a scope."""

    def under(*domains: int) -> Bools:
        found = [calls.under(domain, since) for domain in domains]
        held: Bools = np.isin(positions, np.concatenate(found))
        return held

    held = under(scope.domain)
    for part in scope.also:
        held &= under(part)
    return held & under(*scope.among) if scope.among else held
