"""Subscriptions to what happens to service problems: a call for each event."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import Response

from correlator.adapters.callbacks import ForbiddenAddressError
from correlator.adapters.sql import TooManyHubsError
from correlator.web.api.bodies import is_ours
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.responses import problem
from correlator.web.tmf.bodies import posted
from correlator.web.tmf.collections import base_of, writing
from correlator.web.tmf.problems import NAME as PROBLEM
from correlator.web.tmf.shapes import HubCreate
from correlator.web.visits import visit
from correlator.web.words import say

if TYPE_CHECKING:
    from starlette.requests import Request

    from correlator.adapters.sql import Hub
    from correlator.web.visits import Visit

NAME = "hub"
EVENTS = (
    "ServiceProblemCreateEvent",
    "ServiceProblemStateChangeEvent",
    "ServiceProblemAttributeValueChangeEvent",
)


def wants(query: str, event: str) -> bool:
    """Return whether a subscription is about events of this type: `eventType=A,B`; "": all."""
    wanted = dict(parse_qsl(query)).get("eventType", "")
    return not wanted or event in wanted.split(",")


async def _subscribe(request: Request, here: Visit) -> Response:
    """Subscribe; only to addresses that the configuration allows to be called."""
    body = await posted(request, HubCreate)
    console, query = here.console, body.get("query") or ""
    try:
        console.caller.check(body["callback"])
    except ForbiddenAddressError as error:
        return problem(422, "invalid", f"callback: {error}")
    if wrong := _wrong(query):
        return problem(400, "invalid", f"query: {wrong}")
    kinds = sorted({one for value in dict(parse_qsl(query)).values() for one in value.split(",")})
    query = f"eventType={','.join(kinds)}" if kinds else ""  # the same is the same, however written
    by, now = here.who.token or here.who.actor, console.clock()
    callback = body["callback"]
    try:
        hub = await in_thread(lambda: console.hubs.add(PROBLEM, callback, query, by, now))
    except TooManyHubsError:
        return problem(409, "refused", "there are as many subscriptions as there may be")
    console.audit.note(here.who, now, "subscribe", hub.id, "201")
    place = {"Location": f"{base_of(request)}/{NAME}/{hub.id}"}
    return answered(_said(hub), 201, place)


def _wrong(query: str) -> str:
    """Return what of a query is not understood."""
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "eventType":
            return f"{name[:60]}: only eventType"
        if unknown := [one for one in value.split(",") if one not in EVENTS]:
            return f"eventType: {unknown[0][:60]}: one of {', '.join(EVENTS)}"
    return ""


async def hubs(request: Request) -> Response:
    """The subscriptions: to a system its own, to a person all."""
    here = visit(request)
    found = await in_thread(lambda: here.console.hubs.listed(here.who.token))
    return answered([_said(hub) for hub in found])


async def unsubscribe(request: Request) -> Response:
    """End a subscription."""
    here, key = visit(request), request.path_params["id"]
    if not is_ours(request):
        return problem(403, "forbidden", say(here.lang, "page.forbidden"))
    if not await in_thread(lambda: here.console.hubs.remove(key, here.who.token)):
        return problem(404, "not-found", key)
    here.console.audit.note(here.who, here.console.clock(), "unsubscribe", key, "204")
    return Response(status_code=204)


def _said(hub: Hub) -> dict[str, str]:
    return {"id": hub.id, "callback": hub.callback, "query": hub.query}


subscribe = writing(_subscribe)
