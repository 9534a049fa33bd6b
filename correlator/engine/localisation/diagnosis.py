"""Diagnosis: from an alert to a decision, and the review of an incident's cause."""

from __future__ import annotations

from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation.cause import FIT_TAU, Cause
from correlator.engine.localisation.decision import (
    Alert,
    Announce,
    Decision,
    Keep,
    Replace,
    Split,
    Suppress,
    Undecided,
)
from correlator.engine.localisation.revision import Revision
from correlator.engine.localisation.selection import MANY_LINES, Selection
from topology import Scope, Topology


class Diagnosis:
    """Decides on alerts, and whether a live incident still names the best cause."""

    def __init__(self, topology: Topology, selection: Selection, revision: Revision) -> None:
        self._sizes = topology.sizes
        self._outside = topology.domain_count - 1
        self._selection = selection
        self._revision = revision

    def decide(self, alert: Alert) -> Decision:
        """Decide on an alert; after `Keep` or None its domain may rest for a while."""
        selection = self._selection
        trigger, unnamed, tau = alert.trigger, alert.unnamed, alert.call.tau
        ranked = selection.rank(trigger, unnamed, tau)
        best = selection.best(ranked, trigger, unnamed)
        over = selection.over(best, ranked) if best is not None else None
        if not alert.announce or over is not None:
            shown = over or best
            return Keep(shown, ranked) if shown is not None and selection.enough(shown) else None
        better = self._revision.best(ranked, trigger, unnamed, tau)
        if better is not None and self._revision.beats(better, best):
            return Replace(better)
        if best is None or not selection.enough(best):
            return Suppress(best or ranked[0])
        among = selection.in_doubt(best, ranked, unnamed, tau)
        if among:
            return Undecided(best, ranked, among, bool(self._sizes[trigger] > MANY_LINES))
        return Announce(best, ranked)

    @staticmethod
    def may_review(live: LiveIncident) -> bool:
        """Return whether the cause of an incident may change: not once a person confirmed it."""
        return not live.confirmed_by and live.last_tau - live.onset_tau <= FIT_TAU

    def review(self, live: LiveIncident) -> Replace | Split | None:
        """Review, with more calls, whether another cause explains an incident better."""
        ranked = self._selection.rank(live.scope.domain, live.unnamed, live.last_tau)
        better = self._revision.best(ranked, live.scope.domain, live.unnamed, live.last_tau)
        if better is not None and any(one is live for one in better.lives):
            return Replace(better)
        if live.scope.domain == self._outside:
            return None
        halves = self._revision.split(live, ranked)
        return None if halves is None else Split(*halves)

    def same_failure(self, cause: Cause, unnamed: int) -> LiveIncident | None:
        """Return the announced incident that a cause would only make stronger, or None."""
        living = self._selection.living_on(cause, unnamed)
        return living[0] if living else None

    def still_there(self, live: LiveIncident, cause: Cause) -> bool:
        """Return whether a cause, weighed anew, is the one that an incident names."""
        return any(one is live for one in self._selection.living_on(cause, live.unnamed))

    def nested(self, one: Scope, other: Scope) -> bool:
        """Return whether two scopes compete for the same callers."""
        return self._selection.nested(one, other)
