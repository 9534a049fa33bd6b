"""The bodies of the API: who may send one, how large, of which type."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from correlator.web.fields import MOST_OF_A_BODY, Fields, read_body
from correlator.web.responses import CODES, problem
from correlator.web.visits import visit
from correlator.web.words import say

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_BY_A_BROWSER = ("origin", "sec-fetch-site", "cookie")


class WrongBodyError(Exception):
    """A body that cannot be taken; `status` as HTTP has it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def answer(self) -> Response:
        """Return it as the API's error."""
        return problem(self.status, CODES[self.status], str(self))


async def body_of(request: Request, types: Collection[str], most: int = MOST_OF_A_BODY) -> bytes:
    """Return the body; raises `WrongBodyError` where it is none of these types, or too large.

    And where another site's page could have had a browser send it: see `is_ours`.
    """
    here = visit(request)
    if not is_ours(request):
        raise WrongBodyError(403, say(here.lang, "page.forbidden"))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in types:
        raise WrongBodyError(415, f"Content-Type: one of {', '.join(types)}")
    body = await read_body(request, most)
    if body is None:
        raise WrongBodyError(413, say(here.lang, "do.too_large"))
    return body


def is_ours(request: Request) -> bool:
    """Return whether a write is a program's, or of a page that this process made.

    A program shows a token, or, where there is no login, sends nothing that a browser adds to
    every write by itself.
    """
    here = visit(request)
    if here.who.token or here.sent(Fields({}, here.lang)):
        return True
    return not any(name in request.headers for name in _BY_A_BROWSER)
