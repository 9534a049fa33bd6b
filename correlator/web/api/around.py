"""What is around an incident: its neighbours, the lines under its cause, texts, promises."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from correlator.formats.times import to_rfc3339
from correlator.web.api.models import answered
from correlator.web.api.read_models import (
    Callback,
    Callbacks,
    Impact,
    Line,
    Neighbour,
    Neighbours,
    PromiseMade,
    Promises,
    Text,
    Texts,
)
from correlator.web.api.sheets import sheet
from correlator.web.console import in_thread
from correlator.web.fields import whole
from correlator.web.paging import limit_of
from correlator.web.responses import problem
from correlator.web.visits import Visit, visit
from topology import Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from starlette.requests import Request

    from correlator import model
    from correlator.web.board import Board
    from topology import Topology

CSV = "text/csv"
_USUAL = "100"
_IN_A_PART = 2_000  # lines of CSV that are made and sent at a time
_COLUMNS = ("customer", "equipment", "region")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of something to work out."""
_WRONG_AFTER = "after: as the page before has it"


async def _neighbours(here: Visit, found: model.Incident, _limit: int) -> Response:
    reads = here.console.reads
    kept = await in_thread(lambda: reads.neighbourhood(found.id))
    if kept is None:
        return problem(404, "not-found", "nothing is known around it")
    shown = [
        Neighbour(
            domain=one.domain,
            type=one.type,
            relation=one.relation.value,
            lines=one.lines,
            observed=one.observed,
            expected=round(one.expected, 4),
            alarms=one.alarms,
            works=one.works or None,
        )
        for one in kept.neighbours
    ]
    at = to_rfc3339(kept.time)
    return answered(Neighbours(at, shown, kept.healthy_children, kept.healthy_siblings))


async def _texts(here: Visit, found: model.Incident, _limit: int) -> Response:
    reads = here.console.reads
    kept = await in_thread(lambda: reads.texts(found.id))
    shown = [
        Text(
            n=one.n,
            audience=one.wording.audience.value,
            phase=one.wording.phase.value,
            fr=one.wording.fr,
            en=one.wording.en or None,
            by=one.by,
            at=to_rfc3339(one.at),
            promise=one.promise or None,
            withdrawn=None if one.withdrawn is None else to_rfc3339(one.withdrawn),
        )
        for one in kept
    ]
    return answered(Texts(shown))


async def _promises(here: Visit, found: model.Incident, _limit: int) -> Response:
    reads, now = here.console.reads, here.console.board.now
    kept = await in_thread(lambda: reads.promises(found.id))
    shown = [
        PromiseMade(
            n=one.n,
            restore_time=to_rfc3339(one.restore.time),
            source=one.restore.source or None,
            confidence=one.restore.confidence or None,
            by=one.by,
            at=to_rfc3339(one.at),
            outcome=None if one.outcome is None else one.outcome.value,
            overdue=one.outcome is None and one.restore.time < now,
        )
        for one in kept
    ]
    return answered(Promises(shown))


async def callbacks(request: Request) -> Response:
    """Whom to call back: who was told a restore time that holds no longer."""
    here, query = visit(request), request.query_params
    limit, text = limit_of(query.get("limit", _USUAL)), query.get("after", "")
    after = whole(text) if text else 0
    if limit is None or after is None:
        return problem(422, "invalid", _WRONG_AFTER)
    reads, now = here.console.reads, here.console.board.now
    incident = query.get("incident", "")
    rows = await in_thread(lambda: reads.slipped(after, limit + 1, now, incident))
    customers = here.who.may("customers")
    if customers:
        here.console.audit.note(here.who, here.console.clock(), "look", incident or "callbacks")
    shown = [
        Callback(
            incident_id=one.incident,
            customer=one.customer if customers else None,
            ticket=one.ticket or None,
            channel=one.channel or None,
            promise=one.promise,
            restore_time=to_rfc3339(one.restore),
            by=one.by,
            at=to_rfc3339(one.at),
        )
        for one in rows[:limit]
    ]
    more = str(rows[limit - 1].seq) if len(rows) > limit else None
    return answered(Callbacks(shown, more))


# -------------------------------------------------------------------------------- its customers


async def _impact(here: Visit, found: model.Incident, limit: int) -> Response:
    """The customers under a cause, page by page, or all of them as CSV."""
    console, query = here.console, here.request.query_params
    board = console.board
    version, wanted = board.topology.version[:12], query.get("after", "")
    known, _, text = wanted.partition("~")
    first = whole(text) if wanted else 0
    if first is None:
        return problem(422, "invalid", _WRONG_AFTER)
    if wanted and known != version:
        return problem(409, "refused", f"after: of another inventory than {version}; begin anew")
    topology, scope = board.topology, _scope(board, found)
    if scope is None:
        return problem(404, "not-found", "the inventory does not know its cause")
    console.audit.note(here.who, console.clock(), "look", found.id)
    rows = await in_thread(lambda: topology.rows_in(scope))

    def some(begin: int, end: int) -> list[Line]:
        ids = topology.customers_at(rows[begin:end])
        return [_line(board, topology, customer) for customer in ids]

    if _as_csv(here.request):
        name = f'attachment; filename="{_file_name(found.id)}.csv"'
        return StreamingResponse(
            parts(some, rows.size), 200, {"Content-Disposition": name}, f"{CSV}; charset=utf-8"
        )
    shown = await in_thread(lambda: some(first, first + limit))
    end = first + limit
    more = f"{version}~{end}" if end < rows.size else None
    answer = answered(Impact(shown, version, more))
    answer.headers["X-Total-Count"] = str(rows.size)
    return answer


def _scope(board: Board, found: model.Incident) -> Scope | None:
    topology = board.topology
    return topology.scope(found.domain) if found.domain else Scope(topology.domain_count - 1)


def _line(board: Board, topology: Topology, customer: str) -> Line:
    domains = topology.domains_of(customer) or ()
    own = set(topology.values_among(domains)) | {topology.domain_count - 1}
    equipment = [domain for domain in domains if domain not in own]
    nearest = min(equipment, key=topology.sizes.__getitem__, default=None)
    if nearest is None:
        return Line(customer, None, None)
    return Line(customer, topology.name(nearest), board.region_of(nearest) or None)


def _as_csv(request: Request) -> bool:
    asked = request.query_params.get("format", "")
    return asked == "csv" or (not asked and CSV in request.headers.get("accept", ""))


def _file_name(incident: str) -> str:
    return "".join(one for one in incident if one.isascii() and (one.isalnum() or one == "-"))


async def parts(some: Callable[[int, int], list[Line]], count: int) -> AsyncIterator[bytes]:
    """Yield the file some lines at a time, each made while no other is held."""
    yield _csv([_COLUMNS])
    for begin in range(0, count, _IN_A_PART):
        yield await in_thread(lambda b=begin: _rows(some(b, b + _IN_A_PART)))  # type: ignore[misc]


def _rows(lines: Iterable[Line]) -> bytes:
    return _csv((one.customer, one.equipment or "", one.region or "") for one in lines)


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def cell(value: str) -> str:
    """Return a value as no spreadsheet works it out: after an apostrophe where it could."""
    return f"'{value}" if value.startswith(_FORMULAS) else value


neighbours, texts, promises, impact = map(sheet, (_neighbours, _texts, _promises, _impact))
