"""What is kept for how long, of what the console shows: enough to look back, bounded for years."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.documents import thin_documents
from correlator.adapters.sql.hubs import forget_orphans
from correlator.model import DAY, HOUR, MINUTE, Millis

THIN_EVERY: Final[Millis] = HOUR
CHANGES_KEPT: Final[Millis] = DAY
MINUTES_KEPT: Final[Millis] = DAY
"""Calls are kept by minute for so long, then by `COARSE`."""
COARSE: Final[Millis] = 5 * MINUTE
LOOKED_BACK: Final[Millis] = 30 * DAY
"""How far a daemon that was down looks for minutes that nobody summed."""
LATE: Final[Millis] = 12 * HOUR
"""How long after a minute its calls may still be written: twice the window of calls."""
LETTERS_KEPT: Final[Millis] = 90 * DAY
"""Dead letters, by the clock: as long as their topic has them."""
HISTORY_KEPT: Final[Millis] = 400 * DAY
"""Rates, alarms, what was told and who looked: more than a year."""

_DATED: Final = (
    console.rates.c.minute,
    console.alarm_spans.c.raised,
    console.told.c.at,
    console.figures.c.time,
    console.neighbourhoods.c.time,
)
"""What is forgotten after `HISTORY_KEPT`, by its event time: nothing that people decided."""


def thin(connection: Connection, now: Millis, summed: Millis = 0) -> Millis:
    """Forget what is older; `now` is clock time (ms). Returns up to where calls are summed.

    Rates are dated by event time, which a replay may have far behind the clock: the latest minute
    that is there counts as their present. `summed`: what the last call returned, so that what it
    has summed is not looked at again; 0 if nobody knows.
    """
    changes, letters = console.changes, schema.dead_letters
    connection.execute(delete(changes).where(changes.c.at < now - CHANGES_KEPT))
    connection.execute(delete(letters).where(letters.c.time < now - LETTERS_KEPT))
    connection.execute(delete(console.audit).where(console.audit.c.at < now - HISTORY_KEPT))
    thin_documents(connection, now)
    forget_orphans(connection, now)
    latest = connection.execute(select(func.max(console.rates.c.minute))).scalar_one_or_none()
    if latest is None:
        return summed
    before: Millis = (latest - MINUTES_KEPT) // COARSE * COARSE
    _coarsen(connection, max(before - LOOKED_BACK, summed - LATE), before)
    for column in _DATED:
        connection.execute(delete(column.table).where(column < latest - HISTORY_KEPT))
    return before


def _coarsen(connection: Connection, since: Millis, before: Millis) -> None:
    """Sum the calls of single minutes in [since, before), both multiples of `COARSE`."""
    rates = console.rates
    slot = rates.c.minute - rates.c.minute % COARSE
    lately = rates.c.minute >= since
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
