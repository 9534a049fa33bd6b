"""Lists as TM Forum asks for them: filters, `offset`, `limit`, `fields`, how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from correlator.web.api.models import answered
from correlator.web.fields import whole
from correlator.web.paging import MOST
from correlator.web.responses import problem

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.responses import Response

USUAL = 100
LOOKED_AT = 2_000
"""Of a resource, the latest: what a filter goes through."""
MOST_LEFT_OUT = 1_000_000
"""Of `offset`."""
_MOST_FILTERS, _MOST_OF_A_VALUE = 20, 2_000
_OWN = frozenset({"fields", "offset", "limit"})
_ALWAYS = ("id", "href")

Resource = dict[str, Any]


class Asked(NamedTuple):
    """What a list is asked for. `wanted`: the filters, attribute → value; `paged`: by who asks."""

    wanted: Mapping[str, str]
    offset: int
    limit: int
    fields: str
    paged: bool


class Listed(NamedTuple):
    """A page of a list, and how many there are."""

    total: int
    page: list[Resource]


def asked_of(query: QueryParams) -> Asked | None:
    """Return what is asked for; None where `offset` or `limit` is no such number, or it is long."""
    offset, limit = (whole(query.get(n, d)) for n, d in (("offset", "0"), ("limit", str(USUAL))))
    if offset is None or limit is None or not 0 <= limit <= MOST or offset > MOST_LEFT_OUT:
        return None
    if len(query) > _MOST_FILTERS or any(len(value) > _MOST_OF_A_VALUE for value in query.values()):
        return None
    wanted = {name: value for name, value in query.items() if name not in _OWN}
    paged = "offset" in query or "limit" in query
    return Asked(wanted, offset, limit, query.get("fields", ""), paged)


def wrong_page() -> Response:
    """Return the answer to an `offset` or a `limit` that is none."""
    said = f"offset up to {MOST_LEFT_OUT} and limit up to {MOST} are whole numbers; filters are few"
    return problem(400, "invalid", said)


def page_of(latest: Iterable[Resource], asked: Asked) -> Listed:
    """Return the page of what matches every filter."""
    matching = [one for one in latest if matches(one, asked.wanted)]
    return Listed(len(matching), matching[asked.offset : asked.offset + asked.limit])


def listed(found: Listed, asked: Asked) -> Response:
    """Return a list: 206 where it is the part of what there is that was asked for."""
    headers = {"X-Total-Count": str(found.total), "X-Result-Count": str(len(found.page))}
    body = [only(one, asked.fields, _ALWAYS) for one in found.page]
    partial = asked.paged and len(found.page) < found.total
    return answered(body, 206 if partial else 200, headers)


def only(found: Resource, fields: str, always: tuple[str, ...] = ()) -> Resource:
    """Return these top-level attributes only, and those that are `always` there; all for ""."""
    if not fields:
        return found
    wanted = {name.strip() for name in fields.split(",")} | {*always}
    return {name: value for name, value in found.items() if name in wanted}


def matches(found: Resource, wanted: Mapping[str, str]) -> bool:
    """Return whether each filter holds: `a=x,y` one of them, `a.b=x` within, `a.gt=x` greater."""
    return all(_holds(found, name, value) for name, value in wanted.items())


def _holds(found: Resource, name: str, value: str) -> bool:
    path, _, operator = name.rpartition(".")
    compare = _COMPARES.get(operator)
    if path and compare is not None:
        return _has(found, path.split("."), lambda one: _compared(one, value, compare))
    several = frozenset(value.split(","))
    return _has(found, name.split("."), lambda one: _said(one) in several)


_COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: bool(a > b),
    "gte": lambda a, b: bool(a >= b),
    "lt": lambda a, b: bool(a < b),
    "lte": lambda a, b: bool(a <= b),
    "eq": lambda a, b: bool(a == b),
}


def _compared(one: Any, value: str, compare: Callable[[Any, Any], bool]) -> bool:
    """Compare as numbers where the attribute is one; times compare as they are written, in UTC."""
    if isinstance(one, bool) or not isinstance(one, int | float):
        return compare(_said(one), value)
    try:
        return compare(one, float(value))
    except ValueError:
        return False


def _said(value: Any) -> str:
    """Return a value as a query writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _has(value: Any, path: list[str], holds: Callable[[Any], bool]) -> bool:
    """Return whether an attribute, in any element of a list, is as wanted."""
    if isinstance(value, list):
        return any(_has(one, path, holds) for one in value)
    if path:
        return (
            isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:], holds)
        )
    return not isinstance(value, dict) and holds(value)
