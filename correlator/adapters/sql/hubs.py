"""Who is told of changes by a call, and what they are still to be told."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, literal, select, update

from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.console import hub_outbox, hubs
from correlator.adapters.sql.values import storable
from correlator.model import MINUTE, Millis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from correlator.ports import OutMessage

CLAIMED: Final[Millis] = MINUTE
"""How long who took a call has for it, before another one takes it."""
_LONGEST_WAIT: Final[Millis] = 15 * MINUTE
_FIRST_WAIT: Final[Millis] = 2_000


class Hub(NamedTuple):
    """A subscription: `query` says which events, as TM Forum writes it; "": all."""

    id: str
    api: str
    callback: str
    query: str
    by: str
    made: Millis


class Call(NamedTuple):
    """What a hub is to be told: an event as JSON; `tries`: this one included."""

    seq: int
    hub: Hub
    value: bytes
    at: Millis
    tries: int


class Hubs:
    """The subscriptions of a database, and their calls. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, api: str, callback: str, query: str, by: str, now: Millis) -> Hub:
        """Subscribe; the same callback and query is the same subscription."""
        same = (hubs.c.api == api) & (hubs.c.callback == callback) & (hubs.c.query == query)
        with writing(self._engine) as connection:
            known = connection.execute(select(hubs).where(same)).first()
            if known is not None:
                return Hub(*known)
            hub = Hub(token_hex(8), api, storable(callback), storable(query), by, now)
            connection.execute(hubs.insert(), [hub._asdict()])
        return hub

    def listed(self) -> list[Hub]:
        """Return all, the first one first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(hubs).order_by(hubs.c.made, hubs.c.id))
            return [Hub(*row) for row in rows]

    def remove(self, key: str) -> bool:
        """Unsubscribe, and forget what was still to be told; returns whether there was one."""
        with writing(self._engine) as connection:
            connection.execute(delete(hub_outbox).where(hub_outbox.c.hub == storable(key)))
            return connection.execute(delete(hubs).where(hubs.c.id == storable(key))).rowcount == 1

    # ------------------------------------------------------------------------------ the calls

    def claim(self, now: Millis) -> list[Call]:
        """Take the first call of each hub whose turn it is; nobody else gets it for a minute."""
        first = select(func.min(hub_outbox.c.seq)).group_by(hub_outbox.c.hub)
        query = (
            select(hub_outbox, hubs)
            .join(hubs, hubs.c.id == hub_outbox.c.hub)
            .where(hub_outbox.c.seq.in_(first), hub_outbox.c.due <= now)
        )
        with reading(self._engine) as connection:
            waiting = connection.execute(query).all()
        calls = []
        for row in waiting:
            seq, _, value, at, tries, due, *hub = row
            mine = (hub_outbox.c.seq == seq) & (hub_outbox.c.due == due)
            taken = update(hub_outbox).where(mine, hub_outbox.c.tries == tries)
            with writing(self._engine) as connection:
                given = taken.values(due=now + CLAIMED, tries=tries + 1)
                if connection.execute(given).rowcount == 1:
                    calls.append(Call(seq, Hub(*hub), bytes(value), at, tries + 1))
        return calls

    def done(self, call: Call) -> None:
        """Forget a call: it was taken, or is of no use to anybody."""
        with writing(self._engine) as connection:
            connection.execute(delete(hub_outbox).where(hub_outbox.c.seq == call.seq))

    def again(self, call: Call, now: Millis) -> None:
        """Try a call again, ever later."""
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(call.tries, 10))
        with writing(self._engine) as connection:
            later = update(hub_outbox).where(hub_outbox.c.seq == call.seq)
            connection.execute(later.values(due=now + wait))


def tell_hubs(
    connection: Connection, messages: Iterable[OutMessage], topic: str, now: Millis
) -> None:
    """Add the messages of a topic to what each hub is to be told, in the same transaction."""
    for message in messages:
        if message.topic == topic and message.value is not None:
            told = select(
                hubs.c.id, literal(message.value), literal(now), literal(0), literal(0)
            ).order_by(hubs.c.id)
            columns = ["hub", "value", "at", "tries", "due"]
            connection.execute(insert(hub_outbox).from_select(columns, told))
