"""A visit: who asks for a page, in which language, and the frame around it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request

from correlator.adapters.pacing import read_pace
from correlator.formats.wording import Language
from correlator.web.console import Console
from correlator.web.fields import Fields
from correlator.web.views import Frame, Role
from correlator.web.who import NOBODY, Who, of_session, who
from correlator.web.words import language

SESSION, NOTICE = "s", "n"
CSRF = "csrf"
SYSTEM = "correlator.system"
"""Where in a request's scope a system is that has shown a token: a `Who`."""
LOGIN = "correlator.login"
"""Where in a request's scope a session is that a browser has shown: a `Login`."""
FRAMED = "correlator.framed"
"""Where in a request's scope it says whether the answer may be shown in another system's frame."""
_KNOWN = "correlator.visit"


class Visit(NamedTuple):
    """A request, with who sent it.

    `session`: the cookie of the browser, "" for none; `fresh`: it had none before.
    """

    request: Request
    console: Console
    who: Who
    lang: Language
    session: str
    fresh: bool

    def csrf(self) -> str:
        """Return the token that every write has to bring."""
        return self.console.tokens.make(CSRF, self.session)

    def sent(self, fields: Fields) -> bool:
        """Return whether a write comes from a page that this process made for this browser."""
        if self.who.token:
            return True  # no browser sends a token by itself
        token = self.request.headers.get("x-csrf") or next(iter(fields.all("csrf")), "")
        return self.console.tokens.valid(CSRF, self.session, token)

    def frame(self, page: str) -> Frame:
        """Return the frame of a page."""
        console, cookies = self.console, self.request.cookies
        query = self.request.url.query
        demo = console.settings.demo
        pace = read_pace(Path(demo)) if demo else None
        return Frame(
            page=page,
            lang=self.lang,
            actor=self.who.actor,
            role=self.who.role,
            can=self.who.can,
            feeds=console.feeds(),
            now=console.board.now,
            seq=console.board.seq,
            csrf=self.csrf(),
            demo=bool(console.settings.demo),
            late=console.late,
            stopped=console.stopped,
            kind=self.who.kind.value,
            theme=_one_of(cookies.get("theme"), ("dark", "light")),
            contrast=_one_of(cookies.get("contrast"), ("more",)),
            keys=cookies.get("keys") != "off",
            back=self.request.url.path + (f"?{query}" if query else ""),
            speed=pace.speed if pace is not None else 0.0,
            paused=pace is not None and pace.paused,
            training=bool(console.settings.training),
            outcomes=console.pick_up(cookies.get(NOTICE, "")),
        )


def visit(request: Request) -> Visit:
    """Return the visit of a request, the same however often it is asked."""
    known: Visit | None = request.scope.get(_KNOWN)
    if known is None:
        known = request.scope[_KNOWN] = _visit(request)
    return known


def _visit(request: Request) -> Visit:
    console: Console = request.app.state.console
    lang = language_of(request)
    if (login := request.scope.get(LOGIN)) is not None:
        return Visit(request, console, of_session(login.session), lang, login.secret, fresh=False)
    if console.settings.oidc is not None:
        known: Who = request.scope.get(SYSTEM) or NOBODY
        return Visit(request, console, known, lang, "", fresh=False)
    session = request.cookies.get(SESSION, "")
    fresh = not session.isalnum() or not 16 <= len(session) <= 64
    if fresh:
        session = secrets.token_hex(16)
    known = request.scope.get(SYSTEM) or who(request, role=Role.CELL)
    return Visit(request, console, known, lang, session, fresh)


def language_of(request: Request) -> Language:
    """Return the language of a request: that of its cookie, or the one it asks for first."""
    return language(request.cookies.get("lang") or _preferred(request))


def _preferred(request: Request) -> str:
    """Return the language that a browser asks for first, where it asks for one of ours."""
    wanted = request.headers.get("accept-language", "fr").lower()
    return "en" if wanted.startswith("en") else "fr"


def _one_of(value: str | None, choices: tuple[str, ...]) -> str:
    return value if value in choices and value is not None else ""
