"""Scales: scopes weighed for one revision, at one moment, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from correlator.engine.localisation.cause import Cause, Query
from correlator.engine.localisation.kernels.thinning import thinning
from topology import Scope


class Weighing(Protocol):
    """Weighs scopes as causes; see `likelihood.Localiser`."""

    def count(self, domain: int, until: float) -> int:
        """Return how many calls a query of a domain uses."""

    def weigh(self, scope: Scope, unnamed: int, until: float, query: Query) -> Cause | None:
        """Return a scope as a cause, or None where no call supports it."""

    def confined(
        self,
        whole: Cause,
        domains: Sequence[int],
        unnamed: int,
        until: float,
        without: frozenset[int],
    ) -> float:
        """Return what is gained, in nats, by confining a cause to domains within it."""


class Scales:
    """Weighs scopes for one revision at one moment; a cache."""

    def __init__(self, localiser: Weighing, unnamed: int, tau: float) -> None:
        self._localiser = localiser
        self._unnamed = unnamed
        self.tau = tau
        self._calls: dict[int, int] = {}
        self._alone: dict[tuple[Scope, Query], tuple[float, float]] = {}

    def weigh(self, scope: Scope, query: Query) -> Cause | None:
        """Weigh a scope as a cause."""
        return self._localiser.weigh(scope, self._unnamed, self.tau, query)

    def thinning(self, domains: Iterable[int]) -> int:
        """Return k: every k-th call is enough to weigh any of these domains."""
        return thinning(max(map(self._calls_under, domains)))

    def _calls_under(self, domain: int) -> int:
        calls = self._calls.get(domain)
        if calls is None:
            calls = self._calls[domain] = self._localiser.count(domain, self.tau)
        return calls

    def alone(self, scope: Scope, query: Query) -> tuple[float, float]:
        """Return `gains_of` a scope by itself, each at least 0."""
        gains = self._alone.get((scope, query))
        if gains is None:
            cause = self.weigh(scope, query)
            gain, callers = (0.0, 0.0) if cause is None else gains_of(cause)
            gains = self._alone[scope, query] = (max(0.0, gain), max(0.0, callers))
        return gains


def gains_of(cause: Cause) -> tuple[float, float]:
    """Return a cause's penalised gain, and the same without alarms in its favour, in nats."""
    return cause.penalised, cause.penalised - max(0.0, cause.alarm)
