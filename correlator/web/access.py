"""Who may ask for which address: one table, which every route has a line in.

What somebody may do there, verb by verb, is in `who.CAN`; here is what they must be allowed before
the route is asked at all. A route without a line keeps the console from starting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from correlator.web.console import in_thread
from correlator.web.fields import Fields
from correlator.web.responses import PROGRAMS, refused
from correlator.web.visits import Visit, visit
from correlator.web.who import FRAMED, Kind

ANYBODY = ""
"""In the place of what they must be allowed: nobody is asked who they are."""

ACCESS: Mapping[str, str] = {
    "/": "queue",
    "/chercher": "queue",
    "/events": "live",
    "/f/rows": "queue",
    "/f/since": "queue",
    "/i/{id}": "incident",
    "/i/{id}/{sheet}": "incident",
    "/f/i/{id}": "incident",
    "/f/i/{id}/{part}": "incident",
    "/f/preview": "incident",
    "/a": "agent",
    "/a/{key:path}": "agent",
    "/f/a/{key:path}": "agent",
    "/mur": "wall",
    "/f/mur": "wall",
    "/n1": "flash",
    "/f/n1": "flash",
    "/regles": "rules",
    "/regles/{id:path}": "rules",
    "/rejeux": "rules",
    "/rejeux/{name}": "rules",
    "/atelier": "workshop",
    "/atelier/editer": "workshop",
    "/atelier/b/{id}": "workshop",
    "/atelier/v/{id}": "workshop",
    "/f/atelier/b/{id}": "workshop",
    "/entrainement": "training",
    "/releve": "handover-read",
    "/releve/{number:int}": "handover-read",
    "/d/{name:path}": "domain",
    "/aide": "help",
    "/aide/{name}": "help",
    "/do": "do",
    "/demo": "queue",
    "/prefs": ANYBODY,
    "/login": ANYBODY,
    "/callback": ANYBODY,
    "/logout": ANYBODY,
    "/a/k/{key}": ANYBODY,
    "/screens/{name}": ANYBODY,
    "/static/{version}/{name:path}": ANYBODY,
    "/api/v1/answers/{key:path}": "agent",
    "/api/v1/incidents": "incident",
    "/api/v1/incidents/{id}": "incident",
    "/api/v1/incidents/{id}/tickets": "incident",
    "/api/v1/incidents/{id}/timeline": "incident",
    "/api/v1/incidents/{id}/evidence": "incident",
    "/api/v1/incidents/{id}/rates": "incident",
    "/api/v1/feeds": "incident",
    "/api/v1/actions": "do",
    "/api/v1/actions/{id}": "do",
    "/api/v1/preview": "incident",
    "/api/v1/agent-links": "agent-links",
    "/tmf-api/serviceProblemManagement/v4/serviceProblem": "incident",
    "/tmf-api/serviceProblemManagement/v4/serviceProblem/{id}": "incident",
    "/tmf-api/serviceProblemManagement/v3/serviceProblem": "incident",
    "/tmf-api/serviceProblemManagement/v3/serviceProblem/{id}": "incident",
    "/api/v1/health": ANYBODY,
    "/api/v1/openapi.json": ANYBODY,
}
"""By the path of a route. `/do` looks at each verb as well."""

_AGENT = ("/a/", "/f/a/")
"""Beginnings of the addresses that are about one ticket."""

Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(routes: Iterable[Route]) -> list[Route]:
    """Return the routes, each behind its line; raises `KeyError` for one that has none."""
    return [
        Route(route.path, _checked(route.endpoint, ACCESS[route.path]), methods=_methods(route))
        for route in routes
    ]


def _methods(route: Route) -> list[str]:
    return sorted((route.methods or set()) - {"HEAD"})


def _checked(endpoint: Endpoint, need: str) -> Endpoint:
    if need == ANYBODY:
        return endpoint

    @wraps(endpoint)
    async def checked(request: Request) -> Response:
        here = visit(request)
        if here.who.may(need) and await _in_place(here):
            return await endpoint(request)
        return refused(here, "page.forbidden", 403)

    return checked


async def _in_place(here: Visit) -> bool:
    """Return whether somebody of this kind asks there at all, whatever they may."""
    path = here.request.url.path
    by_program = path.startswith(PROGRAMS)
    match here.who.kind:
        case Kind.SYSTEM:
            return by_program
        case Kind.FRAME if f"{path}/".startswith(_AGENT):
            key, query = here.request.path_params.get("key", ""), here.request.query_params
            return await _of_frame(here, {key}, {query.get("client", "")})
        case Kind.FRAME:
            return not by_program
    return True


async def within_frame(here: Visit, fields: Fields) -> bool:
    """Return whether what somebody wants to do is about what their frame was opened with."""
    if here.who.kind is not Kind.FRAME:
        return True
    tickets = {one for name in ("ticket", "tickets") for one in fields.list(name)}
    allowed = set(fields.all("verb")) <= FRAMED
    return allowed and await _of_frame(here, tickets, set(fields.all("customer")))


async def _of_frame(here: Visit, tickets: set[str], customers: set[str]) -> bool:
    """Return whether a frame was opened with these tickets, and theirs are these customers."""
    given, reads = here.who.tickets, here.console.reads
    if not tickets <= given.keys():
        return False
    known = {"", *(given[one] for one in tickets)}
    if not customers <= known:
        found = [await in_thread(lambda one=one: reads.ticket(one)) for one in tickets]  # type: ignore[misc]
        known |= {one[0].ticket.customer or "" for one in found if one is not None}
    return customers <= known
