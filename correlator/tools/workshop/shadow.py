"""A draft in the shadow: an engine of its own that takes what the daemon takes, a moment later.

Nothing of it reaches the rules in force, their incidents or people outside the NOC: it is another
process, which reads what has been committed. What it would have announced is compared with what was
announced, as in a backtest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import process_time

import msgspec

from correlator.adapters.sql import Queries
from correlator.model import (
    DAY,
    MINUTE,
    BacktestReport,
    Draft,
    Millis,
    Verdict,
)
from correlator.tools.backtest import LIVE, Backtest, Decided, History, compare, judge
from correlator.tools.backtest.history import Run
from correlator.tools.backtest.reports import kept
from correlator.tools.backtest.weeks import WARM_UP
from correlator.tools.replay import Outcome
from correlator.tools.workshop.following import Follower
from rules.model import Catalog

LONGEST: Millis = 28 * DAY
"""Of what is compared: what is older is not counted any more."""
AFTER: Millis = 10 * MINUTE
"""What one side announced is compared when the other has had so long to do it as well."""


class Shadow:
    """A catalog in the shadow.

    `follow`: from an input and its time on; `since`: from when on (ms) both are
    compared.
    """

    def __init__(
        self,
        history: History,
        follow: Callable[[int, Millis], Follower],
        draft: Draft,
        catalog: Catalog,
        since: Millis,
    ) -> None:
        """Raise `ArchiveError` where there is no snapshot to begin with yet."""
        note = history.begin_with(since - WARM_UP)
        self._draft = draft
        self.since = max(since, note.time)
        self._catalog = catalog
        self._run = Run(history, note, catalog, afresh=True)
        self._follower = follow(note.number, note.time)
        self._outcome = Outcome()
        self._inputs = 0
        self._cpu = 0.0

    @property
    def now(self) -> Millis:
        """How far (ms) it is."""
        return self._follower.taken

    def step(self) -> int:
        """Take what is new; returns how many inputs that were."""
        before, began = self._inputs, process_time()
        for one in self._follower.new():
            self._inputs += 1
            for effect in self._run.take(one):
                if not isinstance(effect, Verdict):
                    self._outcome.take(effect)
        self._cpu += process_time() - began
        return self._inputs - before

    def _forget(self) -> None:
        self.since = max(self.since, self.now - LONGEST)
        self._outcome.forget(self.since)

    def report(self, live: Iterable[Decided], name: str, made: Millis) -> BacktestReport:
        """Return how it compares with what was announced; what is older is forgotten."""
        self._forget()
        since = self.since
        until = max(self.now - AFTER, since)
        own = [
            Decided(incident, self._outcome.linked(incident.id))
            for incident in self._outcome.announced()
            if (incident.announced or 0) >= since
        ]
        others = [one for one in live if since <= one.announced <= self.now]
        every = compare(others, own, others)
        changes = [change for change in every if change.announced < until]
        found = Backtest(
            since, until, LIVE, self._draft.reason, 1, tuple(changes), judge(changes, since, until)
        )
        report = kept(found, name, made, self._draft.actor, self._catalog.version)
        cost = round(1e6 * self._cpu / max(self._inputs, 1), 1)
        return msgspec.structs.replace(report, shadow=self._draft.id, cost=cost)


def announced_since(queries: Queries, since: Millis) -> list[Decided]:
    """Return what the rules in force have announced since a time, as it stands."""
    wrong, linked = queries.not_this(since), queries.linked_since(since)
    return [
        Decided(incident, linked.get(incident.id, ()), wrong.get(incident.id, ()))
        for incident in queries.announced_since(since)
    ]
