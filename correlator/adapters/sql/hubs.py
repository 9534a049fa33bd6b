"""Who is told of changes by a call, and what they are still to be told."""

from __future__ import annotations

from itertools import islice, product
from secrets import token_hex
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.console import api_tokens, hub_outbox, hubs
from correlator.adapters.sql.values import storable
from correlator.model import MINUTE, Millis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from correlator.ports import OutMessage

MOST: Final = 100
"""Subscriptions at a time."""
CLAIMED: Final[Millis] = MINUTE
"""How long who took a call has for it, before another one takes it."""
_LONGEST_WAIT: Final[Millis] = 15 * MINUTE
_FIRST_WAIT: Final[Millis] = 2_000
_AT_ONCE: Final = 1_000  # rows in one statement, and in memory


class TooManyHubsError(Exception):
    """There are as many subscriptions as there may be."""


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
        hub = Hub(token_hex(8), api, storable(callback), storable(query), by, now)
        same = (
            (hubs.c.api == hub.api)
            & (hubs.c.callback == hub.callback)
            & (hubs.c.query == hub.query)
        )
        try:
            with writing(self._engine) as connection:
                known = connection.execute(select(hubs).where(same)).first()
                if known is not None:
                    return Hub(*known)
                if connection.execute(select(func.count()).select_from(hubs)).scalar_one() >= MOST:
                    raise TooManyHubsError
                connection.execute(hubs.insert(), [hub._asdict()])
        except IntegrityError:  # another console was a moment earlier
            with reading(self._engine) as connection:
                return Hub(*connection.execute(select(hubs).where(same)).one())
        return hub

    def listed(self, by: str = "") -> list[Hub]:
        """Return all, the first one first; those of a token only where it is named."""
        query = select(hubs).order_by(hubs.c.made, hubs.c.id)
        with reading(self._engine) as connection:
            return [Hub(*row) for row in connection.execute(query.where(*_own(by)))]

    def remove(self, key: str, by: str = "") -> bool:
        """Unsubscribe, and forget what was still to be told; returns whether there was one.

        `by`: only where it is that token's.
        """
        with writing(self._engine) as connection:
            gone = delete(hubs).where(hubs.c.id == storable(key), *_own(by))
            if connection.execute(gone).rowcount != 1:
                return False
            connection.execute(delete(hub_outbox).where(hub_outbox.c.hub == storable(key)))
        return True

    # ------------------------------------------------------------------------------ the calls

    def claim(self, now: Millis, most: int = MOST) -> list[Call]:
        """Take the first call of hubs whose turn it is; nobody else gets it for a minute."""
        first = select(func.min(hub_outbox.c.seq)).group_by(hub_outbox.c.hub)
        query = (
            select(hub_outbox, hubs)
            .join(hubs, hubs.c.id == hub_outbox.c.hub)
            .outerjoin(api_tokens, api_tokens.c.id == hubs.c.by)
            .where(hub_outbox.c.seq.in_(first), hub_outbox.c.due <= now)
            .where(
                or_(
                    api_tokens.c.id.is_(None),  # a person's
                    api_tokens.c.revoked.is_(None) & (api_tokens.c.expires > now),
                )
            )
            .order_by(hub_outbox.c.due)
            .limit(most)
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


def _own(by: str) -> list[ColumnElement[bool]]:
    return [hubs.c.by == by] if by else []


def forget_orphans(connection: Connection, now: Millis) -> None:
    """End subscriptions of tokens that have ended, and forget what subscribers are not told."""
    tokens = api_tokens
    ended = select(tokens.c.id).where(or_(tokens.c.revoked.is_not(None), tokens.c.expires <= now))
    connection.execute(delete(hubs).where(hubs.c.by.in_(ended)))
    there = select(hubs.c.id)
    connection.execute(delete(hub_outbox).where(hub_outbox.c.hub.not_in(there)))


def tell_hubs(
    connection: Connection, messages: Iterable[OutMessage], topic: str, now: Millis
) -> None:
    """Add the messages of a topic to what each hub is to be told, in the same transaction."""
    values = [m.value for m in messages if m.topic == topic and m.value is not None]
    told = (
        list(connection.execute(select(hubs.c.id).order_by(hubs.c.id)).scalars()) if values else []
    )
    rows = (
        {"hub": hub, "value": value, "at": now, "tries": 0, "due": 0}
        for value, hub in product(values, told)
    )
    while some := list(islice(rows, _AT_ONCE)):
        connection.execute(insert(hub_outbox), some)
