"""Backtests that have been made, for the console to show."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Engine, delete, select

from correlator.adapters.sql import console
from correlator.adapters.sql.bulk import BulkWriter
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.values import storable
from correlator.model import BacktestReport

KEPT: Final = 200
"""Backtests: the newest ones."""


class BacktestReads:
    """Reads them. Safe to share between threads."""

    _engine: Engine

    def backtests(self, limit: int = KEPT) -> list[BacktestReport]:
        """Return the newest ones, newest first."""
        table = console.backtests
        query = select(table.c.body).order_by(table.c.made.desc(), table.c.id).limit(limit)
        with reading(self._engine) as connection:
            bodies = connection.execute(query).scalars().all()
        return [msgspec.json.decode(body, type=BacktestReport) for body in bodies]

    def backtests_of(self, version: str, limit: int = KEPT) -> list[BacktestReport]:
        """Return the newest ones that tried a version of the catalog, newest first."""
        table = console.backtests
        query = select(table.c.body).where(table.c.version == storable(version))
        newest = query.order_by(table.c.made.desc(), table.c.id).limit(limit)
        with reading(self._engine) as connection:
            bodies = connection.execute(newest).scalars().all()
        return [msgspec.json.decode(body, type=BacktestReport) for body in bodies]

    def backtest(self, name: str) -> BacktestReport | None:
        """Return one, or None."""
        table = console.backtests
        query = select(table.c.body).where(table.c.id == storable(name))
        with reading(self._engine) as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else msgspec.json.decode(body, type=BacktestReport)


def keep_backtest(engine: Engine, report: BacktestReport) -> None:
    """Keep one, and forget those that are too many."""
    table = console.backtests
    body = msgspec.json.encode(report).decode()
    row = {"id": report.id, "made": report.made, "body": body, "version": report.version}
    newest = select(table.c.id).order_by(table.c.made.desc(), table.c.id).limit(KEPT)
    with writing(engine) as connection:
        BulkWriter(engine.dialect).write(connection, table, [row])
        kept = connection.execute(newest).scalars().all()
        connection.execute(delete(table).where(table.c.id.not_in(kept)))
