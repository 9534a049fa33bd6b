"""The reads of the board: all that is live in one transaction, then what has changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, Engine, case, func, or_, select

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.console_rows import (
    BoardRows,
    ChangeRow,
    HeldRow,
    bodies,
    feeds_now,
    figures_of,
    held_now,
    incidents_in,
    portions,
    texts_in_force,
    versions_in_force,
    works_shown,
)
from correlator.model import Incident, Millis, State
from correlator.ports import FeedStatus

LIVE: Final = (State.CANDIDATE, State.PROPOSED, State.OPEN, State.RESOLVED)
_MOST_LIVE: Final = 20_000


class BoardReads:
    """What the board is loaded from and follows. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def board(self, ended_since: Millis) -> BoardRows:
        """Return all that is live, and what ended since (event time, ms)."""
        incidents, changes = schema.incidents, console.changes
        lives = incidents.c.state.in_([state.value for state in LIVE])
        live = select(incidents.c.body).where(or_(lives, incidents.c.changed >= ended_since))
        with reading(self._engine) as connection:
            seq = connection.execute(select(func.max(changes.c.seq))).scalar_one_or_none() or 0
            first = live.order_by(case((lives, 0), else_=1), incidents.c.changed.desc())
            found = incidents_in(connection, first.limit(_MOST_LIVE))
            return self._filled(connection, seq, found)

    def refreshed(self, seq: int, incidents: Collection[str]) -> BoardRows:
        """Return these incidents anew, and all else that the board holds."""
        with reading(self._engine) as connection:
            found = [
                incident
                for some in portions(incidents)
                for incident in incidents_in(connection, bodies(some))
            ]
            return self._filled(connection, seq, found)

    def _filled(self, connection: Connection, seq: int, found: list[Incident]) -> BoardRows:
        ids = [incident.id for incident in found]
        return BoardRows(
            seq=seq,
            incidents=tuple(found),
            figures=tuple(figures_of(connection, ids)),
            texts=tuple(texts_in_force(connection, ids)),
            works=tuple(works_shown(connection)),
            feeds=tuple(feeds_now(connection)),
            in_force=versions_in_force(connection),
            held=tuple(held_now(connection)),
        )

    def changes(self, seq: int, limit: int) -> list[ChangeRow]:
        """Return what changed after `seq`, in the order of the commits."""
        table = console.changes
        columns = [table.c[name] for name in ChangeRow._fields]
        query = select(*columns).where(table.c.seq > seq).order_by(table.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [ChangeRow(*row) for row in connection.execute(query)]

    def in_force(self) -> dict[str, str]:
        """Return the versions of inventory (`topology`) and `rules` that the engine decides by."""
        with reading(self._engine) as connection:
            return versions_in_force(connection)

    def status(self) -> tuple[tuple[FeedStatus, ...], tuple[HeldRow, ...]]:
        """Return how the feeds stand, and the actions that wait."""
        with reading(self._engine) as connection:
            return tuple(feeds_now(connection)), tuple(held_now(connection))
