"""Who is asking, and what they may do. Roles are checked at every route.

People log in at the operator's provider (`correlator.web.login`), systems show a token
(`correlator.web.bearer`). Where there is no login the console serves its own machine only, and
whoever sits there says who they are and in which role (cookies `who` and `role`), which is no
protection between the people who use it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from starlette.requests import HTTPConnection

from correlator.adapters.sql.sessions import FRAME, Session
from correlator.model import Verb
from correlator.web.views import Role

CANCEL = "cancel"
"""Not a verb of the engine: takes back an action that is held."""

_ALL = frozenset(verb.value for verb in Verb) - {Verb.MESSAGE.value} | {CANCEL}
_AGENT = frozenset({"link", "unlink", "not-this", "told"})
_NOC = frozenset({"acknowledge", "unacknowledge", "scope", "external", "note", CANCEL})
_INGEST = frozenset({"alarms", "tickets"})
_PAGES = frozenset({"queue", "incident", "wall", "flash", "rules", "help", "domain", "do", "live"})
_ROOM = frozenset({"handover-read", "training", "dead-letters", "reported"})
_FLOOR = _PAGES | {"agent", "customers", "read-flash"}

CAN: dict[Role, frozenset[str]] = {
    Role.VIEWER: _PAGES | {"read-flash"},
    Role.AGENT: _FLOOR | _AGENT,
    Role.CELL: _FLOOR | _ROOM | {"handover"} | _ALL | _INGEST,
    Role.NOC: _PAGES | _ROOM | {"agent", "workshop"} | _NOC,
    Role.ADMIN: _FLOOR | _ROOM | {"handover", "workshop", "hub"} | _ALL | _INGEST,
    Role.SYSTEM: frozenset(),
}
"""By role: the verbs and the pages; beside them

- `customers`: ids of customers and the words of tickets;
- `dead-letters`: records that could not be used;
- `workshop`: drafts of rules, the shadow, what comes into force;
- `alarms`, `tickets`: to post them;
- `hub`: to have addresses called;
- `reported`: what other systems report and nobody can place.
"""

FRAMED = _AGENT | {"agent", "customers", "do", "live"}
"""What an agent may in the frame of another system, for the tickets that it was opened with."""

SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"incident", "rules"}),
    "answers": frozenset({"agent", "customers"}),
    "agents": _AGENT | {"do", "agent-links"},
    "act": _ALL | {"do"},
    "ingest": _INGEST,
    "alarms": frozenset({"alarms"}),
    "hub": frozenset({"hub"}),
    "dead-letters": frozenset({"dead-letters"}),
}
"""What a system's token opens, by scope."""

_NAME = re.compile(r"[\w.@ -]{1,60}")
_DEFAULT = "console"


PEOPLE = frozenset(Role) - {Role.SYSTEM}


class Kind(StrEnum):
    """How somebody is known: by what they say themselves, or by what they have shown."""

    SELF = "self"
    PERSON = "person"
    FRAME = "frame"
    SYSTEM = "system"
    NOBODY = "nobody"


class Who(NamedTuple):
    """A person (or a shared screen) and their role; a system and what its token opens."""

    actor: str
    role: Role
    kind: Kind = Kind.SELF
    scopes: tuple[str, ...] = ()
    token: str = ""
    """The id of its token, where it is a system."""
    session: str = ""
    """The id of their session, where they have logged in."""
    tickets: Mapping[str, str] = MappingProxyType({})
    """What the frame was opened with: by ticket, the customer where that was said."""

    @property
    def can(self) -> frozenset[str]:
        """What they may: verbs and pages."""
        match self.kind:
            case Kind.SYSTEM:
                opened = (SCOPES.get(scope, frozenset()) for scope in self.scopes)
                return frozenset().union(*opened)
            case Kind.FRAME:
                return FRAMED
            case Kind.NOBODY:
                return frozenset()
        return CAN[self.role]

    def may(self, what: str) -> bool:
        """Return whether they may use a verb or a page."""
        return what in self.can


def system(name: str, scopes: tuple[str, ...], token: str) -> Who:
    """Return a system that has shown a token."""
    return Who(name, Role.SYSTEM, Kind.SYSTEM, scopes, token)


NOBODY = Who("", Role.VIEWER, Kind.NOBODY)
"""Whoever has not logged in, where there is a login."""


def of_session(session: Session) -> Who:
    """Return whose a session is."""
    kind = Kind.FRAME if session.kind == FRAME else Kind.PERSON
    return Who(
        session.actor,
        Role(session.role),
        kind,
        session=session.id,
        tickets=session.tickets,
    )


def who(request: HTTPConnection, *, role: Role = Role.CELL) -> Who:
    """Return who somebody says they are; `role`: of somebody who has not said theirs."""
    name = request.cookies.get("who", "")
    said = request.cookies.get("role", "")
    known = Role(said) if said in PEOPLE else role
    actor = name if _NAME.fullmatch(name) else _DEFAULT
    return Who(actor, known)


class Tokens:
    """Tokens that only this process can make: against requests that other sites forge."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @staticmethod
    def fresh() -> str:
        """Return an id that nobody has."""
        return secrets.token_hex(16)

    def make(self, purpose: str, session: str) -> str:
        """Return the token of a session for a purpose."""
        message = f"{purpose}\0{session}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:40]

    def valid(self, purpose: str, session: str, token: str) -> bool:
        """Return whether a token is that of the session."""
        return bool(session) and hmac.compare_digest(
            self.make(purpose, session).encode(), token.encode("utf-8", "replace")
        )
