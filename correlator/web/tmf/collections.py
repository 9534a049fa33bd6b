"""A resource as a collection: the routes that all resources share, over a page and a look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from starlette.responses import Response

from correlator.web.api.bodies import WrongBodyError
from correlator.web.api.conditions import request_key, rev_of
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.responses import is_known, problem
from correlator.web.tmf.listing import (
    LOOKED_AT,
    Asked,
    Listed,
    asked_of,
    listed,
    only,
    page_of,
    wrong_page,
)
from correlator.web.visits import visit

if TYPE_CHECKING:
    from starlette.requests import Request

    from correlator.web.console import Console
    from correlator.web.visits import Visit

Resource = dict[str, Any]
Endpoint = Callable[["Request"], Awaitable[Response]]
_MOST_IDS = 100


class Found(NamedTuple):
    """A resource, and its ETag, where it has one."""

    body: Resource
    tag: str = ""


class Collection(Protocol):
    """The instances of a resource at a base; all of it blocks."""

    name: str
    """As TM Forum has it: `alarm`, `troubleTicket`, …"""
    customers: bool
    """Whether they hold what customers said."""

    def find(self, console: Console, base: str, key: str) -> Found | None:
        """Return one."""

    def page(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        """Return a page: what was posted, the latest first, then the rest, the latest first."""

    def latest(self, console: Console, base: str, most: int) -> list[Resource]:
        """Return so many of what was posted, and so many of the rest."""

    def count(self, console: Console) -> int:
        """Count them."""


def base_of(request: Request) -> str:
    """Return the address of the API at which a resource was asked for: `/tmf-api/…/v4`."""
    return "/".join(request.url.path.split("/")[:4])


def listing(collection: Collection) -> Endpoint:
    """Return the endpoint of a list."""

    async def several(request: Request) -> Response:
        here = visit(request)
        asked = asked_of(request.query_params)
        if asked is None:
            return wrong_page()
        base = base_of(request)
        found = await in_thread(lambda: _listed(collection, here.console, base, asked))
        if collection.customers:
            _noted(here, collection.name)
        return listed(found, asked)

    several.__name__ = f"{collection.name}s"
    return several


def _listed(collection: Collection, console: Console, base: str, asked: Asked) -> Listed:
    wanted = dict(asked.wanted)
    if "id" in wanted:
        keys = list(dict.fromkeys(wanted["id"].split(",")))[:_MOST_IDS]
        found = (collection.find(console, base, key) for key in keys)
        return page_of((one.body for one in found if one is not None), asked)
    if wanted:
        return page_of(collection.latest(console, base, LOOKED_AT), asked)
    page = collection.page(console, base, asked.limit, asked.offset)
    return Listed(collection.count(console), page)


def reading(collection: Collection) -> Endpoint:
    """Return the endpoint of one of them."""

    async def one(request: Request) -> Response:
        here, key = visit(request), request.path_params["id"]
        base = base_of(request)
        found = await in_thread(lambda: collection.find(here.console, base, key))
        if collection.customers:
            _noted(here, key)
        if found is None:
            return problem(404, "not-found", key)
        headers = {"ETag": found.tag} if found.tag else {}
        if found.tag and is_known(request, found.tag):
            return Response(status_code=304, headers=headers)
        return answered(only(found.body, request.query_params.get("fields", "")), headers=headers)

    one.__name__ = collection.name
    return one


def _noted(here: Visit, subject: str) -> None:
    here.console.audit.note(here.who, here.console.clock(), "look", subject)


# ------------------------------------------------------------------------------------- writing


class StaleError(Exception):
    """It is another by now than the caller saw."""


def writing(handle: Callable[[Request, Visit], Awaitable[Response]]) -> Endpoint:
    """Return the endpoint of a write: what cannot be taken is an error in the API's shape."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handle(request, visit(request))
        except WrongBodyError as error:
            return error.answer()
        except StaleError as error:
            return problem(412, "stale", str(error))

    endpoint.__name__ = handle.__name__.lstrip("_")
    return endpoint


def key_of(here: Visit, resource: str) -> str:
    """Return what makes a repeat the same, "" without one; raises `WrongBodyError`."""
    try:
        return request_key(here, resource)
    except ValueError as error:
        raise WrongBodyError(400, str(error)) from error


def expected_rev(here: Visit) -> int | None:
    """Return the `rev` that `If-Match` says, None without one; raises `WrongBodyError`."""
    tag = here.request.headers.get("if-match")
    if tag is None or tag.strip() == "*":
        return None
    rev = rev_of(tag)
    if rev is None:
        raise WrongBodyError(400, "If-Match: the ETag as it was answered")
    return rev


def check_rev(here: Visit, rev: int) -> None:
    """Raise `StaleError` where `If-Match` says another `rev`."""
    expected = expected_rev(here)
    if expected is not None and expected != rev:
        raise StaleError(f"it is at rev {rev}")
