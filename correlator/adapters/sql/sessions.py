"""Sessions of people: a row each, found by the digest of a cookie, ended at once.

Times are in ms of the clock. A cookie is 256 bits of chance, of which only the SHA-256 is kept.
"""

from __future__ import annotations

from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from sqlalchemy import Engine, delete, select, update

from correlator.adapters.sql import console
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.values import storable
from correlator.model import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, RowMapping

    from correlator.model import Millis

PERSON, FRAME = "person", "frame"
"""Kinds: somebody who has logged in; an agent in the frame of another system."""
LASTS: Final[Millis] = 12 * HOUR
"""How long a session lasts at most."""
IDLE: Final[Millis] = HOUR
IDLE_BY_ROLE: Final[Mapping[str, Millis]] = {"agent": 8 * HOUR}
"""How long a session lasts in which nobody does anything; others: `IDLE`."""
PATIENCE: Final[Millis] = 10 * MINUTE
"""How long a login may take."""
LINK_LASTS: Final[Millis] = MINUTE
"""How long a link that opens a session of an agent is good."""
_KEPT: Final[Millis] = 30 * DAY  # rows of what is over, for whoever lists them
_MOST: Final = 200  # letters of a cookie that is looked at
_MOST_TICKETS = 20  # of a frame: the latest
_AT_ONCE = 500  # ids in one question


class Session(NamedTuple):
    """A session without its secret. `tickets`: by ticket of a frame, its customer or ""."""

    id: str
    kind: str
    actor: str
    role: str
    subject: str
    tickets: Mapping[str, str]
    made: Millis
    seen: Millis
    expires: Millis
    revoked: Millis | None

    @property
    def until(self) -> Millis:
        """When it ends if nobody does anything."""
        return min(self.expires, self.seen + idle_of(self.role))

    def holds(self, now: Millis) -> bool:
        """Return whether it opens anything now."""
        return self.revoked is None and now < self.until


class Begun(NamedTuple):
    """A login under way. `next`: the address that was asked for."""

    nonce: str
    verifier: str
    next: str


class Link(NamedTuple):
    """What a link opens: a session of an agent, about a ticket and, where known, its customer."""

    agent: str
    ticket: str
    customer: str


_COLUMNS = [console.sessions.c[name] for name in Session._fields]


def idle_of(role: str) -> Millis:
    """Return how long a session in this role lasts in which nobody does anything."""
    return IDLE_BY_ROLE.get(role, IDLE)


class Sessions:
    """The sessions of a database, logins under way and links. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---------------------------------------------------------------------------- sessions

    def open(  # noqa: PLR0913 - what a session is
        self,
        actor: str,
        role: str,
        now: Millis,
        *,
        kind: str = PERSON,
        subject: str = "",
        tickets: Mapping[str, str] | None = None,
        id_token: str = "",
    ) -> tuple[str, str]:
        """Begin a session; returns its id and its cookie, which is never seen again."""
        session, secret = token_hex(5), token_urlsafe(32)
        row = {
            "id": session,
            "digest": digest(secret),
            "kind": kind,
            "actor": storable(actor),
            "role": role,
            "subject": storable(subject),
            "tickets": _written(tickets or {}),
            "id_token": id_token,
            "made": now,
            "seen": now,
            "expires": now + LASTS,
            "revoked": None,
        }
        table = console.sessions
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.expires < now - _KEPT))
            connection.execute(table.insert(), [row])
        return session, secret

    def known(self, secret: str, now: Millis, *, used: bool = True) -> Session | None:
        """Return the session of a cookie, None where it opens nothing: one read by its index.

        `used`: somebody does something, which is noted at most once a minute.
        """
        if not secret or len(secret) > _MOST:
            return None
        table = console.sessions
        with reading(self._engine) as connection:
            found = connection.execute(
                select(*_COLUMNS).where(table.c.digest == digest(secret))
            ).mappings()
            row = found.one_or_none()
        known = None if row is None else _from(row)
        if known is None or not known.holds(now):
            return None
        if used and now - known.seen >= MINUTE:
            self._change(known.id, seen=now)
        return known

    def living(self, ids: Collection[str], now: Millis) -> set[str]:
        """Return which of these sessions hold."""
        wanted, table = sorted(ids), console.sessions
        found: set[str] = set()
        with reading(self._engine) as connection:
            for first in range(0, len(wanted), _AT_ONCE):
                some = table.c.id.in_(wanted[first : first + _AT_ONCE])
                rows = connection.execute(select(*_COLUMNS).where(some)).mappings()
                found |= {one.id for one in map(_from, rows) if one.holds(now)}
        return found

    def listed(self, now: Millis, *, everything: bool = False) -> list[Session]:
        """Return the sessions that hold, the latest first; or those that are over as well."""
        table = console.sessions
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(*_COLUMNS).order_by(table.c.made.desc(), table.c.id)
            ).mappings()
            return [one for one in map(_from, rows) if everything or one.holds(now)]

    def revoke(self, session: str, now: Millis) -> bool:
        """End a session at once; returns whether there was one that had not been ended."""
        table = console.sessions
        ended = update(table).where(table.c.id == storable(session), table.c.revoked.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(ended.values(revoked=now, id_token="")).rowcount == 1

    def id_token(self, session: str) -> str:
        """Return what the provider is shown at logout, "" where nothing was kept."""
        table = console.sessions
        with reading(self._engine) as connection:
            found = connection.execute(select(table.c.id_token).where(table.c.id == session))
            return found.scalar_one_or_none() or ""

    def give(self, session: Session, ticket: str, customer: str) -> None:
        """Let the session of a frame see another ticket as well."""
        table = console.sessions
        mine = table.c.id == session.id
        with writing(self._engine) as connection:
            found = connection.execute(
                select(table.c.tickets).where(mine).with_for_update()
            ).scalar_one()
            before = msgspec.json.decode(found, type=dict[str, str])
            before.pop(ticket, None)
            kept = dict([*before.items(), (ticket, customer)][-_MOST_TICKETS:])
            connection.execute(update(table).where(mine).values(tickets=_written(kept)))

    def _change(self, session: str, **values: object) -> None:
        table = console.sessions
        with writing(self._engine) as connection:
            connection.execute(update(table).where(table.c.id == session).values(values))

    # ------------------------------------------------------------------------------ logins

    def begin(self, state: str, browser: str, begun: Begun, now: Millis) -> None:
        """Keep a login that begins, under its state and the cookie of its browser."""
        table = console.logins
        row = {"state": digest(state), "browser": digest(browser), "made": now, **begun._asdict()}
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.made < now - PATIENCE))
            connection.execute(table.insert(), [{**row, "next": storable(begun.next)}])

    def finish(self, state: str, browser: str, now: Millis) -> Begun | None:
        """Return, once, the login that a browser began; None for another's, or one too old."""
        table = console.logins
        mine = (table.c.state == digest(state), table.c.browser == digest(browser))
        with writing(self._engine) as connection:
            row = connection.execute(select(table).where(*mine)).mappings().one_or_none()
            # Of two that come at once one alone deletes it.
            gone = connection.execute(delete(table).where(*mine)).rowcount
        if row is None or gone != 1 or now - row["made"] >= PATIENCE:
            return None
        return Begun(row["nonce"], row["verifier"], row["next"])

    # ------------------------------------------------------------------------------- links

    def link(self, link: Link, system: str, now: Millis) -> tuple[str, Millis]:
        """Make a link; returns its key, never seen again, and until when it is good."""
        secret, table = token_urlsafe(32), console.agent_links
        row = {name: storable(value) for name, value in link._asdict().items()}
        until = now + LINK_LASTS
        made = {
            "digest": digest(secret),
            **row,
            "system": storable(system),
            "made": now,
            "expires": until,
            "used": None,
        }
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.expires < now - DAY))
            connection.execute(table.insert(), [made])
        return secret, until

    def follow(self, secret: str, now: Millis) -> Link | None:
        """Return, once, what a link opens; None for one that was used, is over or is none."""
        table = console.agent_links
        mine = table.c.digest == digest(secret[:_MOST])
        good: ColumnElement[bool] = table.c.used.is_(None) & (table.c.expires > now)
        with writing(self._engine) as connection:
            used = connection.execute(update(table).where(mine, good).values(used=now))
            if used.rowcount != 1:
                return None
            row = connection.execute(select(table).where(mine)).mappings().one()
        return Link(row["agent"], row["ticket"], row["customer"])


def digest(secret: str) -> str:
    """Return what is kept of a secret: SHA-256, hexadecimal."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _written(tickets: Mapping[str, str]) -> str:
    return msgspec.json.encode({storable(k): storable(v) for k, v in tickets.items()}).decode()


def _from(row: RowMapping) -> Session:
    values = {**row, "tickets": msgspec.json.decode(row["tickets"], type=dict[str, str])}
    return Session(**values)
