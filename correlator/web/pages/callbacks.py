"""Whom to call back: customers who were told a restore time that holds no longer."""

from __future__ import annotations

from correlator.adapters.sql import ConsoleReads
from correlator.web.views import CallbacksView, PromiseView, ToldView

_MOST = 500
_BROKEN = frozenset({"superseded", "missed"})


def callbacks(
    reads: ConsoleReads, incident: str, promises: tuple[PromiseView, ...], *, customers: bool
) -> tuple[CallbacksView, ...]:
    """Return a list for each promise that slipped, the latest first; blocks.

    `customers`: whether their ids may be shown.
    """
    found = []
    for promise in reversed(promises):
        if promise.outcome not in _BROKEN and not promise.overdue:
            continue
        told = reads.callbacks(incident, promise.n, _MOST)
        views = tuple(
            ToldView(row.customer if customers else "", row.ticket, row.channel, row.by, row.at)
            for row in told
        )
        if views:
            found.append(CallbacksView(promise, views))
    return tuple(found)
