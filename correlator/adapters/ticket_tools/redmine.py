"""Redmine 5 by its REST API.

Queues are projects, named by their identifiers; custom fields are named by their numbers. A link is
the relation `relates`, which passes no status on (`duplicates` would) and has no direction: of a
customer's ticket every related one counts as above it. A message ends with its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from correlator.adapters.ticket_tools.http import JsonClient
from correlator.adapters.ticket_tools.settings import ToolSettings
from correlator.formats.times import from_rfc3339, to_rfc3339
from correlator.model import MINUTE, Millis
from correlator.ticket_tool import (
    Changed,
    Note,
    ReportedTicket,
    ToolDownError,
    ToolRefusedError,
    ToolTicket,
)

_PAGE: Final = 100  # the most that it gives
_OVERLAP: Final[Millis] = 2 * MINUTE
"""Read again at each look: its times are whole seconds, and what is committed late is behind."""


class Redmine:
    """A `TicketTool`. For one thread."""

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings
        headers = {"X-Redmine-API-Key": settings.token, "Accept": "application/json"}
        self._http = JsonClient(settings.url, headers, settings.timeout / 1000)
        self._projects: dict[int, str] = {}  # identifier by number
        self._seen: set[ReportedTicket] = set()  # of the last look: two changes share a second

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # ------------------------------------------------------------------------------ our tickets

    def find(self, external: str) -> Sequence[ToolTicket]:
        """Return the tickets of our own project with this id of ours, the oldest first."""
        if not external:  # an empty filter is none
            return []
        settings = self._settings
        query = {
            "project_id": settings.queue,
            "status_id": "*",
            f"cf_{settings.external}": external,
            "sort": "id",
        }
        return [self._ticket(issue) for issue in self._issues(query)]

    def read(self, ticket: str, *, parents: bool = False) -> ToolTicket | None:
        """Return a ticket, with its `parents` if wanted; None where there is no such number."""
        if not ticket.isdecimal():
            return None
        wanted = {"include": "relations"} if parents else None
        answer = self._http.ask("GET", f"/issues/{ticket}.json", query=wanted)
        if answer is None:
            return None
        issue = _of(answer, "issue")
        related = {
            str(relation[end])
            for relation in issue.get("relations") or ()
            for end in ("issue_id", "issue_to_id")
        }
        return self._ticket(issue)._replace(parents=frozenset(related - {ticket}))

    def create(self, external: str, subject: str, text: str) -> None:
        """Open a ticket in our own project with an id of ours."""
        field = {"id": int(self._settings.external), "value": external}
        issue = {
            "project_id": self._settings.queue,
            "subject": subject,
            "description": text,
            "custom_fields": [field],
        }
        self._ask("POST", "/issues.json", {"issue": issue})

    def reject(self, ticket: str) -> None:
        """Give up a ticket of our own project that was opened twice: close it, if that is allowed.

        A transition that the workflow forbids is answered as if it had been made.
        """
        found = self.read(ticket)
        if found is None or found.queue != self._settings.queue or not found.external:
            raise ToolRefusedError(f"{ticket} is none of ours")
        states = _of(self._http.ask("GET", "/issue_statuses.json"), "issue_statuses")
        closed = [state for state in states if state.get("is_closed")]
        rejected = [state for state in closed if state.get("name") == "Rejected"]
        for state in [*rejected, *closed]:
            self._ask("PUT", f"/issues/{ticket}.json", {"issue": {"status_id": state["id"]}})
            after = self.read(ticket)
            if after is None or not after.open:
                return
        raise ToolRefusedError(f"{ticket}: no status that closes it is allowed")

    # --------------------------------------------------------------------- customers' tickets

    def link(self, parent: str, child: str) -> None:
        """Relate a ticket to another: `relates`, which passes no status on."""
        relation = {"issue_to_id": int(parent), "relation_type": "relates"}
        try:
            self._ask("POST", f"/issues/{child}/relations.json", {"relation": relation})
        except ToolRefusedError:
            found = self.read(child, parents=True)
            if found is None or parent not in found.parents:  # else it was there already
                raise

    def unlink(self, parent: str, child: str) -> None:
        """Take such a link back."""
        answer = self._http.ask("GET", f"/issues/{child}/relations.json")
        for relation in _of(answer, "relations"):
            if parent in {str(relation["issue_id"]), str(relation["issue_to_id"])}:
                self._http.ask("DELETE", f"/relations/{relation['id']}.json")

    def write(self, note: Note) -> None:
        """Add a note, a private one unless the customer is to read it as well."""
        issue = {"notes": f"{note.text}\n\n{note.key}", "private_notes": not note.public}
        self._ask("PUT", f"/issues/{note.ticket}.json", {"issue": issue})

    def has(self, note: Note) -> bool:
        """Return whether a ticket has a note of this key."""
        path, wanted = f"/issues/{note.ticket}.json", {"include": "journals"}
        issue = _of(self._http.ask("GET", path, query=wanted), "issue")
        notes = (str(journal.get("notes") or "") for journal in issue.get("journals") or ())
        return any(text.rstrip().endswith(note.key) for text in notes)

    # --------------------------------------------------------------------------- what changed

    def changes(self, cursor: str) -> Changed:
        """Return the customers' tickets that changed since a cursor: a time, an overlap before."""
        if not cursor:
            latest = (self._newest(project) for project in self._settings.customers)
            return Changed((), to_rfc3339(max(latest)))
        since = from_rfc3339(cursor) - _OVERLAP
        found = sorted(
            {one for project in self._settings.customers for one in self._since(project, since)},
            key=lambda one: (one.updated, len(one.id), one.id),
        )
        new = [one for one in found if one not in self._seen]
        self._seen = set(found)
        latest_ = max([one.updated for one in found], default=0)
        return Changed(new, max(cursor, to_rfc3339(latest_)))

    def _newest(self, project: str) -> Millis:
        query = {"project_id": project, "status_id": "*", "sort": "updated_on:desc", "limit": "1"}
        issues = _of(self._http.ask("GET", "/issues.json", query=query), "issues")
        return max((from_rfc3339(issue["updated_on"]) for issue in issues), default=0)

    def _since(self, project: str, since: Millis) -> Iterator[ReportedTicket]:
        """Yield the tickets of a project from a moment on, by the time of the last one of a page.

        Not by offset alone: a ticket that changes meanwhile goes to the end, and the one behind it
        would be in no page.
        """
        offset = 0
        while True:
            query = {
                "project_id": project,
                "status_id": "*",
                "updated_on": f">={to_rfc3339(since)}",
                "sort": "updated_on:asc,id:asc",
                "limit": str(_PAGE),
                "offset": str(offset),
            }
            issues = _of(self._http.ask("GET", "/issues.json", query=query), "issues")
            yield from (self._reported(issue, project) for issue in issues)
            if len(issues) < _PAGE:
                return
            last = from_rfc3339(issues[-1]["updated_on"])
            since, offset = (last, 0) if last > since else (since, offset + _PAGE)

    def _reported(self, issue: dict[str, Any], project: str) -> ReportedTicket:
        fields, settings = _fields(issue), self._settings
        text = f"{issue.get('subject') or ''}\n{issue.get('description') or ''}"
        return ReportedTicket(
            id=str(issue["id"]),
            queue=project,
            customer=fields.get(settings.customer, ""),
            text=text.strip(),
            symptom=fields.get(settings.symptom, "") if settings.symptom else "",
            status=str(issue["status"]["name"]).lower(),
            created=from_rfc3339(issue["created_on"]),
            updated=from_rfc3339(issue["updated_on"]),
        )

    # ---------------------------------------------------------------------------------- asking

    def _ask(self, method: str, path: str, body: object) -> None:
        if self._http.ask(method, path, body=body) is None:
            raise ToolRefusedError(f"{method} {path}: HTTP 404")

    def _issues(self, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            asked = {**query, "limit": str(_PAGE), "offset": str(offset)}
            issues = _of(self._http.ask("GET", "/issues.json", query=asked), "issues")
            yield from issues
            if len(issues) < _PAGE:
                return
            offset += _PAGE

    def _ticket(self, issue: dict[str, Any]) -> ToolTicket:
        status = issue["status"]
        external = _fields(issue).get(self._settings.external, "")
        queue, closed = self._project(issue["project"]["id"]), issue.get("closed_on") is not None
        is_open = not status.get("is_closed", closed)
        return ToolTicket(str(issue["id"]), queue, external, str(status["name"]), is_open)

    def _project(self, number: int) -> str:
        """Return the identifier of a project; its number for one that is none of ours."""
        if not self._projects:
            for name in (self._settings.queue, *self._settings.customers):
                project = _of(self._http.ask("GET", f"/projects/{name}.json"), "project")
                self._projects[project["id"]] = name
        return self._projects.get(number, str(number))


def _of(answer: object, name: str) -> Any:
    if not isinstance(answer, dict) or name not in answer:
        raise ToolDownError(f"an answer without `{name}`")
    return answer[name]


def _fields(issue: dict[str, Any]) -> dict[str, str]:
    """Return the custom fields by their numbers."""
    return {str(one["id"]): str(one.get("value") or "") for one in issue.get("custom_fields") or ()}
