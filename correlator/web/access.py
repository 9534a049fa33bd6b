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
from correlator.web.tmf.bases import ALARM_BASES, BASES, TICKET_BASES
from correlator.web.visits import Visit, visit
from correlator.web.who import FRAMED, Kind

ANYBODY = ""
"""In the place of what they must be allowed: nobody is asked who they are."""

_TMF656 = {
    "/serviceProblem": "incident",
    "/serviceProblem/{id}": "incident",
    "/serviceProblemEventRecord": "incident",
    "/serviceProblemEventRecord/{id}": "incident",
    "/hub": "hub",
    "/hub/{id}": "hub",
    "/problemAcknowledgement": "acknowledge",
    "/problemUnacknowledgement": "unacknowledge",
    "/problemGroup": "merge",
    "/problemUngroup": "merge",
}


def _both(bases: Iterable[str], name: str, read: str, write: str) -> dict[str, str]:
    """Return the lines of a resource that is read by some and written by others."""
    paths = [f"{base}/{name}{rest}" for base in bases for rest in ("", "/{id}")]
    writes = {"": "POST", "/{id}": "PATCH"}
    found = dict.fromkeys(paths, read)
    for base in bases:
        found |= {f"{method} {base}/{name}{rest}": write for rest, method in writes.items()}
    return found


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
    "/signales": "reported",
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
    "/api/v1/incidents/{id}/neighbours": "incident",
    "/api/v1/incidents/{id}/texts": "incident",
    "/api/v1/incidents/{id}/promises": "incident",
    "/api/v1/incidents/{id}/impact": "customers",
    "/api/v1/callbacks": "incident",
    "/api/v1/changes": "incident",
    "/api/v1/events": "incident",
    "/api/v1/rules": "rules",
    "/api/v1/rules/{id}": "rules",
    "/api/v1/rules/{id}/quality": "rules",
    "/api/v1/dead-letters": "dead-letters",
    "/api/v1/dead-letters/{seq}": "dead-letters",
    "/api/v1/feeds": "incident",
    "/api/v1/actions": "do",
    "/api/v1/actions/{id}": "do",
    "/api/v1/preview": "incident",
    "/api/v1/ingest/alertmanager": "alarms",
    **{base + path: need for base in BASES for path, need in _TMF656.items()},
    **{f"POST {base}/serviceProblem": "declare" for base in BASES},
    **{f"PATCH {base}/serviceProblem/{{id}}": "declare" for base in BASES},
    **_both(ALARM_BASES, "alarm", "incident", "alarms"),
    **_both(TICKET_BASES, "troubleTicket", "customers", "tickets"),
    "/api/v1/agent-links": "agent-links",
    "/api/v1/health": ANYBODY,
    "/api/v1/openapi.json": ANYBODY,
    "/api/v1/asyncapi.json": ANYBODY,
    "/api/docs": ANYBODY,
    "/metrics": "incident",
}
"""By the path of a route; by its method and path where the methods of a path differ.

`/do`, and whatever asks for `do`, looks at each verb as well.
"""

ROOMS = frozenset(line.rpartition(" ")[2].split("/")[1] for line in ACCESS) - {""}
"""The beginnings of all addresses."""

_AGENT = ("/a/", "/f/a/")
"""Beginnings of the addresses that are about one ticket."""

Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(routes: Iterable[Route]) -> list[Route]:
    """Return the routes, each behind its line; raises `KeyError` for one that has none."""
    return [
        Route(route.path, _checked(route.endpoint, _need(route)), methods=_methods(route))
        for route in routes
    ]


def need_of(method: str, path: str) -> str:
    """Return what the line of a route says; raises `KeyError` where there is none."""
    own = ACCESS.get(f"{method} {path}")
    return ACCESS[path] if own is None else own


def _need(route: Route) -> str:
    """Return what a route needs, whichever of its methods is asked for."""
    (need,) = {need_of(method, route.path) for method in _methods(route)}
    return need


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
