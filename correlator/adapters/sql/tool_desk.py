"""What the write-back to a ticket tool reads and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, delete, func, insert, or_, select

from correlator.adapters.sql import console, ingest, schema
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.console_rows import bodies, incidents_in, texts_in_force
from correlator.adapters.sql.values import storable
from correlator.model import ANNOUNCED, ApprovedText, Audience, LinkState, State
from correlator.ticket_tool import Picture, WriteState, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from correlator.model import Millis

_CHANGES: Final = 1_000  # rows of one look
_KINDS: Final = ("incident", "text")
_LIVING: Final = [state.value for state in (*ANNOUNCED, State.RESOLVED)]


class ToolDesk:
    """The desk of one tool. Safe to share between threads."""

    def __init__(self, engine: Engine, tool: str, prefix: str) -> None:
        """`prefix`: what the ids of its tickets begin with in `gi.tickets`."""
        self._engine = engine
        self._tool = tool
        self._prefix = prefix

    # ------------------------------------------------------------------------- what is committed

    def begin(self, since: Millis) -> tuple[int, Sequence[str]]:
        """Return where changes go on, and the incidents that live or changed since then."""
        table, changes = schema.incidents, console.changes
        alive = or_(table.c.state.in_(_LIVING), table.c.changed >= since)
        query = select(table.c.id).where(table.c.announced.is_not(None), alive)
        with reading(self._engine) as connection:
            seq = connection.execute(select(func.max(changes.c.seq))).scalar_one_or_none() or 0
            return seq, list(connection.execute(query.order_by(table.c.announced)).scalars())

    def changed(self, after: int) -> tuple[int, Sequence[str]]:
        """Return where changes go on, and which incidents changed."""
        table = console.changes
        query = select(table.c.seq, table.c.kind, table.c.id).where(table.c.seq > after)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.seq).limit(_CHANGES)).all()
        found = dict.fromkeys(row.id for row in rows if row.kind in _KINDS)
        return (rows[-1].seq if rows else after), list(found)

    def picture(self, incident: str) -> Picture | None:
        """Return an incident with the tickets of the tool that are linked to it."""
        table = schema.links
        linked = (
            select(table.c.ticket)
            .where(table.c.incident == storable(incident))
            .where(table.c.state == LinkState.LINKED.value)
            .where(func.substr(table.c.ticket, 1, len(self._prefix)) == self._prefix)
            .order_by(table.c.time.desc(), table.c.ticket.desc())
        )
        with reading(self._engine) as connection:
            found = incidents_in(connection, bodies([incident]))
            if not found:
                return None
            texts = [text for _, text in texts_in_force(connection, [incident])]
            tickets = tuple(connection.execute(linked).scalars())
        return Picture(found[0], tickets, _for_agents(texts))

    # ------------------------------------------------------------------------------- the journal

    def written(self, incident: str) -> Sequence[Written]:
        """Return what was written about an incident."""
        table = console.tool_writes
        columns = [table.c[name] for name in Written._fields]
        query = select(*columns).where(
            table.c.tool == self._tool, table.c.incident == storable(incident)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.at, table.c.ticket)).all()
        return [Written(*row)._replace(state=WriteState(row.state)) for row in rows]

    def keep(self, incident: str, line: Written) -> None:
        """Keep a line; the one for the same ticket and key is replaced."""
        table = console.tool_writes
        values = {**line._asdict(), "state": line.state.value, "error": storable(line.error)}
        row = {"tool": self._tool, "incident": incident, **values}
        same = (
            (table.c.tool == self._tool)
            & (table.c.incident == incident)
            & (table.c.ticket == line.ticket)
            & (table.c.key == line.key)
        )
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(same))
            connection.execute(insert(table), [row])

    # -------------------------------------------------------------------------- what it reported

    def cursor(self) -> str:
        """Return how far the tool was read, "" at first."""
        table = console.tool_cursors
        query = select(table.c.cursor).where(table.c.tool == self._tool)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one_or_none() or ""

    def take(self, records: Sequence[tuple[str, str, bytes]], cursor: str, now: Millis) -> None:
        """Give records (topic, id, value) to the daemon, and keep how far the tool was read."""
        table = console.tool_cursors
        with writing(self._engine) as connection:
            if records:
                ingest.put(connection, records, now)
            connection.execute(delete(table).where(table.c.tool == self._tool))
            connection.execute(insert(table), [{"tool": self._tool, "cursor": cursor}])


def _for_agents(texts: Sequence[ApprovedText]) -> ApprovedText | None:
    """Return the last text for agents."""
    found = [text for text in texts if text.wording.audience is Audience.AGENT]
    return max(found, key=lambda text: text.n, default=None)
