"""Request Tracker 5 by its REST2.

Tickets are found by TicketSQL over a custom field of our own queue. A link is `MemberOf`, which
passes no status on. A message is a comment (staff only) or a correspondence, its key in its
subject: RT does not search in contents, but in subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from correlator.adapters.ticket_tools.http import JsonClient
from correlator.adapters.ticket_tools.settings import ToolSettings
from correlator.formats.times import from_rfc3339
from correlator.ticket_tool import (
    Changed,
    Note,
    ReportedTicket,
    ToolDownError,
    ToolRefusedError,
    ToolTicket,
)

_OVER: Final = frozenset({"resolved", "rejected", "deleted", "closed"})
_ON_TICKET: Final = {"fields": "Status,Queue,CustomFields", "fields[Queue]": "Name"}
_REPORTED: Final = {
    "fields": "Status,Queue,CustomFields,Created,LastUpdated,Subject",
    "fields[Queue]": "Name",
}
_PAGE: Final = 100
_OVERLAP: Final = 200
"""Transactions that are read again at each look: one with a lower number may be committed later."""


class RequestTracker:
    """A `TicketTool`. For one thread."""

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings
        self._seen: set[int] = set()  # transactions of the last look
        headers = {"Authorization": f"token {settings.token}", "Accept": "application/json"}
        self._http = JsonClient(
            settings.url.rstrip("/") + "/REST/2.0", headers, settings.timeout / 1000
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # ------------------------------------------------------------------------------ our tickets

    def find(self, external: str) -> Sequence[ToolTicket]:
        """Return the tickets of our own queue with this id of ours, the oldest first."""
        field, queue = self._settings.external, self._settings.queue
        query = f"Queue = {_quoted(queue)} AND 'CF.{{{field}}}' = {_quoted(external)}"
        return [self._ticket(item) for item in self._pages("/tickets", query, _ON_TICKET)]

    def read(self, ticket: str, *, parents: bool = False) -> ToolTicket | None:
        """Return a ticket, with its `parents` if wanted; None where there is no such number."""
        if not ticket.isdecimal():
            return None
        found = list(self._pages("/tickets", f"id = {ticket}", _ON_TICKET))
        if not found:
            return None
        above = self._pages("/tickets", f"HasMember = {ticket}", {}) if parents else ()
        return self._ticket(found[0])._replace(parents=frozenset(str(one["id"]) for one in above))

    def create(self, external: str, subject: str, text: str) -> None:
        """Open a ticket in our own queue with an id of ours."""
        body = {
            "Queue": self._settings.queue,
            "Subject": subject,
            "Content": text,
            "ContentType": "text/plain",
            "CustomFields": {self._settings.external: external},
        }
        self._ask("POST", "/ticket", body)

    def reject(self, ticket: str) -> None:
        """Give up a ticket of our own queue that was opened twice."""
        found = self.read(ticket)
        if found is None or found.queue != self._settings.queue or not found.external:
            raise ToolRefusedError(f"{ticket} is none of ours")
        self._ask("PUT", f"/ticket/{ticket}", {"Status": "rejected"})

    # --------------------------------------------------------------------- customers' tickets

    def link(self, parent: str, child: str) -> None:
        """Link a ticket below another: `MemberOf`, which passes no status on."""
        self._ask("PUT", f"/ticket/{child}", {"AddParent": parent})

    def unlink(self, parent: str, child: str) -> None:
        """Take such a link back."""
        self._ask("PUT", f"/ticket/{child}", {"DeleteParent": parent})

    def write(self, note: Note) -> None:
        """Add a message: a comment, or a correspondence where the customer reads it as well."""
        how = "correspond" if note.public else "comment"
        body = {"Subject": note.key, "Content": note.text, "ContentType": "text/plain"}
        self._ask("POST", f"/ticket/{note.ticket}/{how}", body)

    def has(self, note: Note) -> bool:
        """Return whether a ticket has a message of this key."""
        wanted = [{"field": "Subject", "operator": "=", "value": note.key}]
        found = self._http.ask(
            "POST", "/attachments", query={"fields": "Subject,TransactionId"}, body=wanted
        )
        return any(item.get("Subject") == note.key for item in _items(found))

    # --------------------------------------------------------------------------- what changed

    def changes(self, cursor: str) -> Changed:
        """Return the customers' tickets that changed since a cursor, the number of a transaction.

        Not by `LastUpdated`: TicketSQL takes a time to be in the zone of whoever asks. What this
        account may not see vanishes from a page, which says nothing of the pages behind it; so
        numbers are gone through in steps, up to the highest.
        """
        last = self._last_transaction()
        if not cursor:
            return Changed((), str(last))
        begin, made = max(0, int(cursor) - _OVERLAP), set()
        touched: dict[str, None] = {}
        for first in range(begin, last, _PAGE):
            for number, ticket, kind in self._transactions(first, min(first + _PAGE, last)):
                if number not in self._seen:
                    touched[ticket] = None
                if kind == "Create":
                    made.add(ticket)
                self._seen.add(number)
        self._seen = {number for number in self._seen if number > last - _OVERLAP}
        reported = (self._reported(ticket, new=ticket in made) for ticket in touched)
        return Changed([one for one in reported if one is not None], str(max(last, int(cursor))))

    def _last_transaction(self) -> int:
        newest = {"fields": "ObjectId", "per_page": str(_PAGE), "orderby": "id", "order": "DESC"}
        body = [{"field": "id", "operator": ">", "value": 0}]
        found = _items(self._http.ask("POST", "/transactions", query=newest, body=body))
        return max((int(item["id"]) for item in found), default=0)

    def _transactions(self, after: int, last: int) -> Iterator[tuple[int, str, str]]:
        """Yield number, ticket and kind of the transactions of tickets after one, up to another."""
        asked = {"fields": "ObjectId,Type", "per_page": str(_PAGE), "orderby": "id", "order": "ASC"}
        body = [
            {"field": "id", "operator": ">", "value": after},
            # Two conditions on one field are alternatives for RT unless it is told.
            {"field": "id", "operator": "<=", "value": last, "entry_aggregator": "AND"},
            {"field": "ObjectType", "value": "RT::Ticket"},
        ]
        for item in _items(self._http.ask("POST", "/transactions", query=asked, body=body)):
            yield int(item["id"]), str(item["ObjectId"]), str(item.get("Type", ""))

    def _reported(self, ticket: str, *, new: bool) -> ReportedTicket | None:
        """Return a customer's ticket; its words only where it is `new`: they do not change."""
        item = next(iter(self._pages("/tickets", f"id = {ticket}", _REPORTED)), None)
        if item is None or item["Queue"]["Name"] not in self._settings.customers:
            return None
        fields, settings = _fields(item), self._settings
        return ReportedTicket(
            id=ticket,
            queue=item["Queue"]["Name"],
            customer=fields.get(settings.customer, ""),
            text=f"{item.get('Subject', '')}\n{self._words(ticket)}".strip() if new else "",
            symptom=fields.get(settings.symptom, "") if settings.symptom else "",
            status=str(item["Status"]),
            created=from_rfc3339(item["Created"]),
            updated=from_rfc3339(item["LastUpdated"]),
        )

    def _words(self, ticket: str) -> str:
        asked = {"fields": "Content,ContentType", "per_page": "1"}
        found = _items(self._http.ask("GET", f"/ticket/{ticket}/attachments", query=asked))
        plain = [item for item in found if item.get("ContentType") == "text/plain"]
        return str(plain[0].get("Content") or "") if plain else ""

    # ---------------------------------------------------------------------------------- asking

    def _ask(self, method: str, path: str, body: object) -> None:
        if self._http.ask(method, path, body=body) is None:
            raise ToolRefusedError(f"{method} {path}: HTTP 404")

    def _pages(self, path: str, query: str, fields: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages; the last one is not full, since RT may tell no total."""
        page = 1
        while True:
            asked = {"query": query, "per_page": str(_PAGE), "page": str(page), **fields}
            items = _items(self._http.ask("GET", path, query={"orderby": "id", **asked}))
            yield from items
            if len(items) < _PAGE:
                return
            page += 1

    def _ticket(self, item: dict[str, Any]) -> ToolTicket:
        try:
            status, queue = str(item["Status"]), str(item["Queue"]["Name"])
        except (KeyError, TypeError) as error:
            raise ToolDownError(f"a ticket without {error}") from error
        external = _fields(item).get(self._settings.external, "")
        return ToolTicket(str(item["id"]), queue, external, status, status not in _OVER)


def _items(answer: object) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = msgspec.convert(answer, _Page).items
    except msgspec.ValidationError as error:
        raise ToolDownError(f"no list of items: {error}") from error
    return found


class _Page(msgspec.Struct):
    items: list[dict[str, Any]]


def _fields(item: dict[str, Any]) -> dict[str, str]:
    """Return the first value of each custom field."""
    found = {}
    for field in item.get("CustomFields") or ():
        values = field.get("values") or ()
        found[str(field.get("name", ""))] = str(values[0]) if values else ""
    return found


def _quoted(text: str) -> str:
    r"""Return a value as TicketSQL takes it, which ends at a quote without a backslash."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
