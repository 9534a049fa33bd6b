"""Incidents as TM Forum's service problems (TMF656 v4), to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from correlator.adapters.sql import ConsoleReads, IncidentFilter
from correlator.formats.wire import service_problem
from correlator.model import Incident, Millis
from correlator.web.api.incidents import SHOWN
from correlator.web.api.models import answered
from correlator.web.console import in_thread
from correlator.web.fields import whole
from correlator.web.responses import problem
from correlator.web.visits import visit

if TYPE_CHECKING:
    from starlette.requests import Request

BASES = ("/tmf-api/serviceProblemManagement/v4", "/tmf-api/serviceProblemManagement/v3")
"""The base of version 4, and the older one, where the same is served."""
MOST = 500
_USUAL = 100
_LOOKED_AT = 20_000  # incidents, the latest: what a filter goes through
_PORTION = 1_000
_TICKETS = 2_000
_OWN = frozenset({"fields", "offset", "limit"})
_ALWAYS = ("id", "href")


async def problems(request: Request) -> Response:
    """Service problems, the latest first: filters on any attribute, `offset`, `limit`, `fields`."""
    here, query = visit(request), request.query_params
    offset, limit = (whole(query.get(n, d)) for n, d in (("offset", "0"), ("limit", str(_USUAL))))
    if offset is None or limit is None or not 0 <= limit <= MOST:
        return problem(400, "invalid", f"offset and limit are whole numbers, limit up to {MOST}")
    wanted = {name: value for name, value in query.items() if name not in _OWN}
    base = request.url.path.rpartition("/serviceProblem")[0]
    found = await in_thread(lambda: list(_matching(here.console.reads, base, wanted)))
    shown = found[offset : offset + limit]
    headers = {"X-Total-Count": str(len(found)), "X-Result-Count": str(len(shown))}
    body = [_only(one, query.get("fields", "")) for one in shown]
    return answered(body, 206 if len(shown) < len(found) else 200, headers)


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


def _matching(
    reads: ConsoleReads, base: str, wanted: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield what has all these values; blocks. `status=a,b` is one of several."""
    for incident in _latest(reads):
        found = _problem(incident, base)
        if all(_has(found, name.split("."), value) for name, value in wanted.items()):
            yield found


def _latest(reads: ConsoleReads) -> Iterator[Incident]:
    after: tuple[Millis, str] | None = None
    for _ in range(_LOOKED_AT // _PORTION):
        some = reads.announced(IncidentFilter(SHOWN), after, _PORTION)
        yield from some
        if len(some) < _PORTION:
            return
        after = some[-1].announced or 0, some[-1].id


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
