"""Pages and fragments as answers: language, cookies, 304, and what to say where there is none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from correlator.web.visits import NOTICE, SESSION, Visit
from correlator.web.words import say

if TYPE_CHECKING:
    from starlette.requests import Request


def is_known(request: Request, tag: str) -> bool:
    """Return whether `If-None-Match` has a tag, weak or not; `*` is any."""
    known = request.headers.get("if-none-match", "").split(",")
    tags = {one.strip().removeprefix("W/") for one in known}
    return "*" in tags or tag.removeprefix("W/") in tags


def shown(visit: Visit, html: str, status: int = 200) -> Response:
    """Return a page or a fragment; 304 where the browser has just that."""
    tag = f'"{hashlib.blake2s(html.encode(), digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-store"}
    if status == 200 and is_known(visit.request, tag):
        return Response(status_code=304, headers=headers)
    answer = HTMLResponse(html, status, headers)
    if visit.fresh:
        secure = visit.request.url.scheme == "https"
        answer.set_cookie(SESSION, visit.session, httponly=True, samesite="lax", secure=secure)
    if NOTICE in visit.request.cookies:
        answer.delete_cookie(NOTICE)
    return answer


def page(visit: Visit, name: str, *, under: str, status: int = 200, **views: object) -> Response:
    """Return a page; `under`: the page of the frame that it belongs to."""
    frame = visit.frame(under)
    return shown(visit, visit.console.templates.render(name, frame, **views), status)


_MOST_OF_AN_ADDRESS = 2_000

PROGRAMS = ("/api/", "/tmf-api/", "/metrics")
"""Where programs ask; pages are for people, whatever a token opens."""

CODES = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "not-allowed",
    406: "not-acceptable",
    408: "too-slow",
    409: "refused",
    412: "stale",
    413: "too-large",
    415: "unsupported",
    421: "unknown-host",
    422: "invalid",
    429: "too-many-requests",
    503: "unavailable",
}
"""By status: the code of an error, in the API."""


def problem(status: int, code: str, message: str) -> Response:
    """Return an error of the API, in the one shape that it has."""
    body = {"code": code, "reason": code, "message": message, "status": str(status)}
    return JSONResponse(body, status)


def away(path: str) -> Response:
    """Return that the database does not answer, where nobody can tell who asks."""
    if path.startswith(PROGRAMS):
        answer = problem(503, "unavailable", "the database does not answer")
    else:
        answer = PlainTextResponse("La base ne répond pas. The database does not answer.", 503)
    answer.headers["Retry-After"] = "5"
    return answer


def inside(address: str) -> str:
    r"""Return an address of this console as it is, and `/` for any other.

    Browsers take `\` for `/` and pass over tabs and ends of lines, so none of these may be in it.
    """
    strange = "\\" in address or not address.isprintable() or " " in address
    here = address.startswith("/") and not address.startswith("//")
    return address if here and not strange and len(address) <= _MOST_OF_AN_ADDRESS else "/"


def refused(visit: Visit, key: str, status: int, **values: object) -> Response:
    """Return a page with a sentence: why there is nothing else to see."""
    sentence = say(visit.lang, key, **values)
    if visit.who.token or visit.request.url.path.startswith(PROGRAMS):
        return problem(status, CODES.get(status, "failed"), sentence)
    if "application/json" in visit.request.headers.get("accept", ""):
        return JSONResponse({"status": status, "message": sentence}, status)
    return page(visit, "error.html", under="queue", status=status, sentence=sentence)
