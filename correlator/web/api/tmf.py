"""Incidents as TM Forum's service problems (TMF656 v4), to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from starlette.responses import Response

from correlator.adapters.sql import ConsoleReads, IncidentFilter
from correlator.formats.wire import service_problem
from correlator.model import Incident
from correlator.web.api.incidents import SHOWN
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.fields import whole
from correlator.web.paging import MOST
from correlator.web.responses import problem
from correlator.web.visits import visit

if TYPE_CHECKING:
    from starlette.requests import Request

BASES = ("/tmf-api/serviceProblemManagement/v4", "/tmf-api/serviceProblemManagement/v3")
"""The base of version 4, and the older one, where the same is served."""
_USUAL = 100
_LOOKED_AT = 2_000  # incidents, the latest: what a filter goes through
_TICKETS = 2_000
_OWN = frozenset({"fields", "offset", "limit"})
_ALWAYS = ("id", "href")


class Page(NamedTuple):
    """Which part of a list is asked for."""

    offset: int
    limit: int


async def problems(request: Request) -> Response:
    """Service problems, the latest first: filters on any attribute, `offset`, `limit`, `fields`."""
    here, query = visit(request), request.query_params
    offset, limit = (whole(query.get(n, d)) for n, d in (("offset", "0"), ("limit", str(_USUAL))))
    if offset is None or limit is None or not 0 <= limit <= MOST:
        return problem(400, "invalid", f"offset and limit are whole numbers, limit up to {MOST}")
    wanted = {name: value for name, value in query.items() if name not in _OWN}
    base = request.url.path.rpartition("/serviceProblem")[0]
    total, shown = await in_thread(
        lambda: _page(here.console.reads, base, wanted, Page(offset, limit))
    )
    headers = {"X-Total-Count": str(total), "X-Result-Count": str(len(shown))}
    body = [_only(one, query.get("fields", "")) for one in shown]
    return answered(body, 206 if len(shown) < total else 200, headers)


async def one_problem(request: Request) -> Response:
    """One service problem, with its tickets."""
    here, key = visit(request), request.path_params["id"]
    reads = here.console.reads
    found = await in_thread(lambda: reads.incident(key))
    if found is None or found.announced is None:
        return problem(404, "not-found", key)
    linked = await in_thread(lambda: reads.linked(key, "linked", None, _TICKETS))
    tickets = tuple(sorted(one.link.ticket for one in linked))
    base = request.url.path.rpartition("/serviceProblem")[0]
    body = _only(_problem(found, base, tickets), request.query_params.get("fields", ""))
    return answered(body, headers={"ETag": f'"{found.rev}.{found.version}"'})


def _problem(
    incident: Incident, base: str, tickets: tuple[str, ...] | None = None
) -> dict[str, Any]:
    href = f"{base}/serviceProblem/{incident.id}"
    return {"href": href, **msgspec.to_builtins(service_problem(incident, tickets))}


def _page(
    reads: ConsoleReads, base: str, wanted: Mapping[str, str], page: Page
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many there are, and those of a page; blocks. `status=a,b` is one of several."""
    everything = IncidentFilter(SHOWN)
    if not wanted:
        found = reads.announced(everything, None, page.limit, page.offset)
        return reads.count_announced(everything), [_problem(one, base) for one in found]
    latest = reads.announced(everything, None, _LOOKED_AT)
    several = (_problem(one, base) for one in latest)
    matching = [
        one
        for one in several
        if all(_has(one, name.split("."), value) for name, value in wanted.items())
    ]
    return len(matching), matching[page.offset : page.offset + page.limit]


def _has(value: Any, path: list[str], wanted: str) -> bool:
    """Return whether an attribute, in any element of a list, is one of the wanted values."""
    if isinstance(value, list):
        return any(_has(one, path, wanted) for one in value)
    if path:
        return (
            isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:], wanted)
        )
    return str(value) in wanted.split(",")


def _only(found: dict[str, Any], fields: str) -> dict[str, Any]:
    """Return these top-level attributes only, with id and address; all where none is named."""
    if not fields:
        return found
    wanted = {*fields.split(","), *_ALWAYS}
    return {name: value for name, value in found.items() if name in wanted}
