"""Tokens of systems: made once, shown once, kept as a digest, revoked at once."""

from __future__ import annotations

import hmac
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from sqlalchemy import Engine, select, update

from correlator.adapters.sql import console
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.values import storable
from correlator.model import HOUR

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from correlator.model import Millis

PREFIX: Final = "cor"
_MOST: Final = 200  # letters of a token that is looked at


class ApiToken(NamedTuple):
    """A token without its secret. Times in ms of the clock; `used`: to the hour, None: never."""

    id: str
    name: str
    scopes: tuple[str, ...]
    actor: str
    made: Millis
    expires: Millis
    used: Millis | None
    revoked: Millis | None

    def holds(self, now: Millis) -> bool:
        """Return whether it opens anything now."""
        return self.revoked is None and now < self.expires


class Tokens:
    """The tokens of a database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, name: str, scopes: tuple[str, ...], actor: str, now: Millis, expires: Millis
    ) -> str:
        """Make a token, and return it with its secret: `cor_<id>_<secret>`, never seen again."""
        key, secret = token_hex(5), token_urlsafe(32)
        row = {
            "id": key,
            "digest": _digest(secret),
            "name": storable(name),
            "scopes": msgspec.json.encode(scopes).decode(),
            "actor": storable(actor),
            "made": now,
            "expires": expires,
            "used": None,
            "revoked": None,
        }
        with writing(self._engine) as connection:
            connection.execute(console.api_tokens.insert(), [row])
        return f"{PREFIX}_{key}_{secret}"

    def known(self, token: str, now: Millis) -> ApiToken | None:
        """Return whose a token is, None where it opens nothing; notes that it was used."""
        prefix, _, rest = token[:_MOST].partition("_")
        key, _, secret = rest.partition("_")
        table = console.api_tokens
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == storable(key))).mappings()
            found = row.one_or_none()
        # Compared even where there is none: how long it takes tells nothing.
        same = hmac.compare_digest(found["digest"] if found else _digest(""), _digest(secret))
        if found is None or prefix != PREFIX or not same:
            return None
        known = _from(found)
        if not known.holds(now):
            return None
        if known.used is None or now - known.used >= HOUR:
            self._note(key, now)
        return known

    def still(self, key: str, now: Millis) -> bool:
        """Return whether the token with this id opens anything still."""
        table = console.api_tokens
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == storable(key))).mappings()
            found = row.one_or_none()
        return found is not None and _from(found).holds(now)

    def listed(self) -> list[ApiToken]:
        """Return all, the latest first."""
        table = console.api_tokens
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.made.desc(), table.c.id))
            return [_from(row) for row in rows.mappings()]

    def revoke(self, key: str, now: Millis) -> bool:
        """Revoke a token at once; returns whether there was one that was not revoked yet."""
        table = console.api_tokens
        ended = update(table).where(table.c.id == storable(key), table.c.revoked.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(ended.values(revoked=now)).rowcount == 1

    def _note(self, key: str, now: Millis) -> None:
        table = console.api_tokens
        with writing(self._engine) as connection:
            connection.execute(update(table).where(table.c.id == key).values(used=now))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _from(row: RowMapping) -> ApiToken:
    scopes = msgspec.json.decode(row["scopes"], type=tuple[str, ...])
    return ApiToken(
        row["id"], row["name"], scopes, row["actor"], row["made"], row["expires"], row["used"],
        row["revoked"],
    )  # fmt: skip
