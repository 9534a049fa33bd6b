"""What is kept for how long, of what the console shows: enough to look back, bounded for years."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from correlator.adapters.sql import console
from correlator.model import DAY, HOUR, MINUTE, Millis

THIN_EVERY: Final[Millis] = HOUR
CHANGES_KEPT: Final[Millis] = DAY
MINUTES_KEPT: Final[Millis] = DAY
"""Calls are kept by minute for so long, then by `COARSE`."""
COARSE: Final[Millis] = 5 * MINUTE
LOOKED_BACK: Final[Millis] = 30 * DAY
"""How far a daemon that was down looks for minutes that nobody summed."""
HISTORY_KEPT: Final[Millis] = 400 * DAY
"""Rates, alarms, what was told and who looked: more than a year."""


def thin(connection: Connection, now: Millis) -> None:
    """Forget what is older; `now` is clock time (ms).

    Rates are dated by event time, which a replay may have far behind the clock: the latest minute
    that is there counts as their present.
    """
    changes, spans, told = console.changes, console.alarm_spans, console.told
    connection.execute(delete(changes).where(changes.c.at < now - CHANGES_KEPT))
    connection.execute(delete(console.audit).where(console.audit.c.at < now - HISTORY_KEPT))
    latest = connection.execute(select(func.max(console.rates.c.minute))).scalar_one_or_none()
    if latest is not None:
        _coarsen(connection, (latest - MINUTES_KEPT) // COARSE * COARSE)
        long_ago = latest - HISTORY_KEPT
        connection.execute(delete(console.rates).where(console.rates.c.minute < long_ago))
        connection.execute(delete(spans).where(spans.c.raised < long_ago))
        connection.execute(delete(told).where(told.c.at < long_ago))


def _coarsen(connection: Connection, before: Millis) -> None:
    """Sum the calls of single minutes before `before`, which is a multiple of `COARSE`.

    Only those of the days just before: what is older was summed then, and is not looked at again.
    """
    rates = console.rates
    slot = rates.c.minute - rates.c.minute % COARSE
    lately = rates.c.minute >= before - LOOKED_BACK
    fine = select(rates.c.incident, slot).where(
        lately, rates.c.minute < before, rates.c.minute != slot
    )
    if connection.execute(fine.limit(1)).first() is None:
        return
    sums = (
        select(rates.c.incident, slot, func.sum(rates.c.observed), func.sum(rates.c.expected))
        .where(lately, rates.c.minute < before)
        .where(rates.c.incident.in_(select(fine.subquery().c.incident)))
        .group_by(rates.c.incident, slot)
    )
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    added = insert(rates).from_select([c.name for c in rates.columns], sums)
    given = added.excluded
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["incident", "minute"],
            set_={"observed": given.observed, "expected": given.expected},
        )
    )
    single = delete(rates).where(lately, rates.c.minute < before, rates.c.minute != slot)
    connection.execute(single)
