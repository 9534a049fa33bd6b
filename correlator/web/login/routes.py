"""Logging in and out, and the link that opens an agent's page in the frame of another system."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from correlator.adapters.sql.sessions import FRAME, Begun
from correlator.web.console import in_thread
from correlator.web.fields import fields_of
from correlator.web.login.pages import AGAIN, OTHER, told
from correlator.web.login.provider import NotLoggedInError, ProviderAwayError
from correlator.web.responses import inside, refused
from correlator.web.views import Role
from correlator.web.visits import FRAMED, LOGIN, Visit, visit
from correlator.web.who import Kind, Who

if TYPE_CHECKING:
    from correlator.adapters.sql.sessions import Link
    from correlator.web.console import Console
    from correlator.web.login.provider import Person, Provider

log = structlog.get_logger(__name__)

_MOST_OF_A_COOKIE = 100
_AGENT = "agent"


async def login(request: Request) -> Response:
    """Send a browser to the provider."""
    here = visit(request)
    console, query = here.console, request.query_params
    after, other = inside(query.get("next", "")), query.get("other") == "1"
    if console.provider is None:
        return refused(here, "page.unknown", 404)
    if here.who.kind is Kind.PERSON and not other:
        return RedirectResponse(after, 303)
    try:
        begun = await console.provider.begin(other=other)
    except ProviderAwayError:
        return _away(here)
    browser = request.cookies.get(console.cookies.login, "")
    if not 32 <= len(browser) <= _MOST_OF_A_COOKIE:
        browser = token_urlsafe(32)
    kept, now = Begun(begun.nonce, begun.verifier, after), console.clock()
    await in_thread(lambda: console.sessions.begin(begun.state, browser, kept, now))
    answer = RedirectResponse(begun.url, 303)
    console.cookies.set_login(answer, browser)
    return answer


async def callback(request: Request) -> Response:
    """Take a browser back from the provider, and begin its session."""
    here = visit(request)
    if here.console.provider is None:
        return refused(here, "page.unknown", 404)
    if request.method != "GET":
        return Response("", 405)
    try:
        person, after = await _came_back(here, here.console.provider)
    except ProviderAwayError:
        return _away(here)
    except NotLoggedInError as error:
        log.warning("login_failed", why=str(error))
        return told(here, "login.failed", 400)
    return await _answer(here, person, after)


async def _answer(here: Visit, person: Person | None, after: str) -> Response:
    """Let in whoever came back, or say why not."""
    console = here.console
    if person is None:
        return told(here, "login.stale", 400)
    if not person.role:
        nobody = Who(person.name, Role.VIEWER, Kind.NOBODY)
        console.audit.note(nobody, console.clock(), "login", "", "403")
        return told(here, "login.no_role", 403, links=(OTHER,), name=person.name)
    return await _begin(here, person, after)


async def _came_back(here: Visit, provider: Provider) -> tuple[Person | None, str]:
    """Return who came back from the provider, and what they had asked for.

    None where this browser has no such login under way. Raises `NotLoggedInError`,
    `ProviderAwayError`.
    """
    console, query = here.console, here.request.query_params
    browser, now = here.request.cookies.get(console.cookies.login, ""), console.clock()
    state = query.get("state", "")
    begun = await in_thread(lambda: console.sessions.finish(state, browser, now))
    if begun is None:
        return None, ""
    if query.get("error") or not provider.is_issuer(query.get("iss")):
        raise NotLoggedInError("the provider said no")
    person = await provider.finish(query.get("code", ""), begun.nonce, begun.verifier)
    return person, begun.next


async def _begin(here: Visit, person: Person, after: str) -> Response:
    """Begin a session under a cookie that nobody knew before; the one before it ends."""
    console, now = here.console, here.console.clock()
    if here.who.kind is Kind.PERSON:
        await _end(console, here.who.session)
    session, secret = await in_thread(
        lambda: console.sessions.open(
            person.name, person.role, now, subject=person.subject, id_token=person.hint
        )
    )
    who = Who(person.name, Role(person.role), Kind.PERSON, session=session)
    console.audit.note(who, now, "login", session, "200")
    answer = RedirectResponse(after, 303)
    console.cookies.set_session(answer, secret)
    return answer


def _away(here: Visit) -> Response:
    answer = told(here, "login.away", 503)
    answer.headers["Retry-After"] = "30"
    return answer


async def logout(request: Request) -> Response:
    """End a session, here and at the provider; without one, say so."""
    here = visit(request)
    console = here.console
    if console.provider is None:
        return refused(here, "page.unknown", 404)
    known = request.scope.get(LOGIN)
    if request.method != "POST" or known is None:
        return told(here, "login.out", 200)
    fields = await fields_of(request, here.lang)
    if fields is None or not here.sent(fields):
        return refused(here, "page.forbidden", 403)
    console.audit.note(here.who, console.clock(), "logout", here.who.session, "200")
    hint = await in_thread(lambda: console.sessions.id_token(here.who.session))
    await _end(console, here.who.session)
    request.scope.pop(LOGIN)
    if here.who.kind is Kind.FRAME:
        answer = told(_nobody(here), "login.frame_over", 200, links=())
        console.cookies.set_frame(answer, "", ended=True)
        return answer
    onward = await console.provider.logout_url(hint)
    links = ((onward, "login.onward"),) if onward else (AGAIN,)
    key = "login.out_there" if onward else "login.out"
    answer = told(_nobody(here), key, 200, links=links, onward=onward)
    console.cookies.end_session(answer)
    return answer


def _nobody(here: Visit) -> Visit:
    return here._replace(who=Who("", Role.VIEWER, Kind.NOBODY))


async def _end(console: Console, session: str) -> None:
    now = console.clock()
    await in_thread(lambda: console.sessions.revoke(session, now))
    console.hub.end({session})


async def frame(request: Request) -> Response:
    """Open the session of an agent with a link, once, and go to the ticket that it is about."""
    request.scope[FRAMED] = True
    here = visit(request)
    console, now = here.console, here.console.clock()
    if request.method != "GET" or console.provider is None:
        return Response("", 405)
    key = request.path_params["key"]
    link = await in_thread(lambda: console.sessions.follow(key, now))
    if link is None:
        return told(_nobody(here), "login.link_over", 410, links=())
    shown = request.cookies.get(console.cookies.frame, "")
    session, secret = await in_thread(lambda: _opened(console, link, shown))
    who = Who(link.agent, Role.AGENT, Kind.FRAME, session=session)
    console.audit.note(who, now, "frame", link.ticket, "200")
    query = f"?client={quote(link.customer, safe='')}" if link.customer else ""
    answer = RedirectResponse(f"/a/{quote(link.ticket, safe='')}{query}", 303)
    console.cookies.set_frame(answer, secret)
    return answer


def _opened(console: Console, link: Link, shown: str) -> tuple[str, str]:
    """Return a session and its cookie: the agent's own of before, that sees the ticket as well.

    Several tickets are open beside each other, and a browser keeps one cookie for all of them.
    """
    now, sessions = console.clock(), console.sessions
    known = sessions.known(shown, now)
    if known is not None and (known.kind, known.actor) == (FRAME, link.agent):
        sessions.give(known, link.ticket, link.customer)
        return known.id, shown
    given = {link.ticket: link.customer}
    return sessions.open(link.agent, _AGENT, now, kind=FRAME, tickets=given)


LOGINS = [
    Route("/login", login),
    Route("/callback", callback),
    Route("/logout", logout, methods=["GET", "POST"]),
    Route("/a/k/{key}", frame),
]
