"""Service problems (TMF656): the incidents, and problems that other systems report.

What is reported on a resource of the inventory is declared there and is an incident from then on.
What cannot be placed is kept as it was said, `submitted`, for the cell to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from correlator.adapters.sql import Document, IncidentFilter
from correlator.formats.times import to_rfc3339
from correlator.formats.wire import service_problem
from correlator.web.api.incidents import SHOWN
from correlator.web.tmf.bodies import merged
from correlator.web.tmf.collections import Found, Resource

if TYPE_CHECKING:
    from correlator.model import Incident
    from correlator.web.console import Console

NAME = "serviceProblem"
OURS = frozenset(
    (
        *("id", "href", "@type", "@baseType", "version", "name", "category", "priority"),
        *("creationDate", "timeRaised", "lastUpdate", "timeChanged", "statusChangeDate"),
        *("rootCauseResource", "affectedNumberOfServices", "underlyingAlarm", "troubleTicket"),
        *("trackingRecord", "parentProblem", "resolutionDate", "status"),
        *("characteristic", "responsibleParty", "reason", "description"),
    )
)
"""What of an incident the engine says, whatever was posted."""
_TICKETS = 2_000


class Problems:
    """The service problems; see `Collection`."""

    name = NAME
    customers = False

    def find(self, console: Console, base: str, key: str) -> Found | None:
        """Return a problem, an incident with its tickets."""
        reads = console.reads
        incident = reads.incident(key)
        if incident is not None and incident.announced is not None:
            document = console.documents.of_incidents([key]).get(key)
            linked = reads.linked(key, "linked", None, _TICKETS)
            tickets = tuple(sorted(one.link.ticket for one in linked))
            body = of_incident(incident, document, base, tickets)
            return Found(body, tag_of(incident, document))
        document = console.documents.one(NAME, key)
        if document is None or document.incident:
            return None
        return Found(of_document(document, base), f'"{document.rev}"')

    def page(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        """Return a page: what is only reported, then the incidents."""
        first = self._reported(console, base, limit, offset)
        rest = limit - len(first)
        if not rest:
            return first
        begin = max(0, offset - console.documents.count(NAME))
        return first + self._incidents(console, base, rest, begin)

    def latest(self, console: Console, base: str, most: int) -> list[Resource]:
        """Return so many of what is only reported, and so many incidents."""
        return self._reported(console, base, most, 0) + self._incidents(console, base, most, 0)

    def _reported(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        return [of_document(one, base) for one in console.documents.page(NAME, limit, offset)]

    def _incidents(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        found = console.reads.announced(IncidentFilter(SHOWN), None, limit, offset)
        documents = console.documents.of_incidents([one.id for one in found])
        return [of_incident(one, documents.get(one.id), base) for one in found]

    def count(self, console: Console) -> int:
        """Count them."""
        return console.documents.count(NAME) + console.reads.count_announced(IncidentFilter(SHOWN))


def tag_of(incident: Incident, document: Document | None) -> str:
    """Return the ETag of an incident, with what is kept beside it."""
    beside = "" if document is None else f".{document.rev}"
    return f'"{incident.rev}.{incident.version}{beside}"'


def of_incident(
    incident: Incident,
    document: Document | None,
    base: str,
    tickets: tuple[str, ...] | None = None,
) -> Resource:
    """Return an incident as a service problem, with what was posted of it beside."""
    said: dict[str, Any] = msgspec.to_builtins(service_problem(incident, tickets))
    changed = to_rfc3339(incident.changed)
    said |= {
        "affectedNumberOfServices": incident.customers,
        "lastUpdate": changed,
        "statusChangeDate": changed,
        "responsibleParty": {"id": incident.owner or "correlator", "role": "responsible"},
    }
    if document is not None:
        kept = {name: value for name, value in document.body.items() if name not in OURS}
        said |= kept
    return _shown(said, incident.id, base)


def of_document(document: Document, base: str) -> Resource:
    """Return a problem that is only reported."""
    return _shown(document.body, document.id, base)


def reported(body: Resource, key: str, at: str, by: str) -> Resource:
    """Return the document of a problem: what was posted, and what it lacks; `at`: RFC 3339."""
    lacking: Resource = {
        "@type": "ReportedProblem",
        "@baseType": "ServiceProblem",
        "name": body["category"],
        "affectedNumberOfServices": 0,
        "status": "submitted",
        "responsibleParty": {"id": "correlator", "role": "responsible"},
    }
    times = dict.fromkeys(("creationDate", "lastUpdate", "statusChangeDate"), at)
    known = {name: value for name, value in body.items() if name != "href" and value is not None}
    tracked = {"trackingRecord": [tracking(at, by, "submitted")]}
    return {**lacking, **known, **times, **tracked, "id": key}


def tracking(at: str, user: str, what: str) -> Resource:
    """Return a record of who did what when."""
    return {"time": at, "user": user, "systemId": "correlator", "description": what}


def _shown(body: Mapping[str, Any], key: str, base: str) -> Resource:
    """Return a problem with its address, and with the names of times that version 3 had."""
    older = {"timeRaised": body["creationDate"], "timeChanged": body["lastUpdate"]}
    rest = {name: value for name, value in body.items() if name not in {"id", "href"}}
    return {"id": key, "href": f"{base}/{NAME}/{quote(key, safe='')}", **rest, **older}


def root_causes(body: Mapping[str, Any]) -> Iterable[str]:
    """Yield the ids of what a posted problem names as its root cause."""
    for one in body.get("rootCauseResource") or ():
        yield one["id"]


def changed_body(body: Resource, change: Resource, at: str, by: str) -> Resource:
    """Return a reported problem after a change; a change of its status is tracked."""
    after = merged(body, change) | {"lastUpdate": at}
    if after.get("status") != body.get("status"):
        tracked = [*body.get("trackingRecord", ()), tracking(at, by, str(after.get("status")))]
        after |= {"statusChangeDate": at, "trackingRecord": tracked}
    return after
