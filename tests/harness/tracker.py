"""A small Request Tracker: what of its REST2 the adapter uses, and the faults it was seen to have.

`tests/integration/test_ticket_tools.py` holds it to the real one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.harness.small_tool import SmallTool, running

OVER = frozenset({"resolved", "rejected", "deleted"})
TOKEN = "1-27-secret"
_CONDITION = re.compile(
    r"(Queue|id|HasMember|'CF\.\{(?P<field>[^}]+)\}') = ('(?P<text>[^']*)'|\d+)"
)


class Tracker(SmallTool):
    """A tracker with two queues, `Incidents` and `Hotline`, on a port of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.token_ended = False
        self.tickets: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, str]] = []
        self.transactions: list[dict[str, str]] = []

    def knows(self, headers: Message) -> bool:
        """Return whether a request shows the token of our account."""
        return headers.get("Authorization") == f"token {TOKEN}" and not self.token_ended

    # ---------------------------------------------------------------------- what people do to it

    def open(self, queue: str, subject: str, fields: dict[str, str], content: str = "") -> str:
        """Open a ticket; returns its number."""
        number = str(len(self.tickets) + 1)
        self.tickets[number] = {
            "queue": queue, "subject": subject, "fields": fields, "status": "new", "parents": [],
        }  # fmt: skip
        self._happened(number, "Create")
        self.messages.append(
            {"ticket": number, "Subject": subject, "Content": content, "kind": "Create"}
        )
        return number

    def set_status(self, number: str, status: str) -> None:
        """Have an agent change a status."""
        self.tickets[number]["status"] = status
        self._happened(number, "Status")

    def told(self, number: str) -> list[str]:
        """Return what was written to a ticket after it was opened."""
        return [m["Content"] for m in self.messages if m["ticket"] == number][1:]

    def statuses(self, queue: str) -> dict[str, str]:
        """Return the status of every ticket of a queue."""
        return {n: t["status"] for n, t in self.tickets.items() if t["queue"] == queue}

    def _happened(self, number: str, kind: str) -> None:
        row = {"id": str(len(self.transactions) + 1), "ObjectId": number, "Type": kind}
        self.transactions.append(row)

    # ------------------------------------------------------------------------------ its REST2

    def answer(  # noqa: PLR0911 - one for each page
        self, method: str, url: str, body: Any
    ) -> tuple[int, Any]:
        """Return status and body of an answer."""
        parts = urlsplit(url)
        path = parts.path.removeprefix("/REST/2.0")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match method, path.strip("/").split("/"):
            case "GET", ["tickets"]:
                return 200, self._page(self._found(query["query"]), query)
            case "POST", ["ticket"]:
                return self._create(body)
            case "PUT", ["ticket", number] if number in self.tickets:
                return 200, [self._update(number, body)]
            case "POST", ["ticket", number, ("comment" | "correspond") as how] if (
                number in self.tickets
            ):
                return 201, [self._write(number, how, body)]
            case "GET", ["ticket", number, "attachments"] if number in self.tickets:
                rows = [m for m in self.messages if m["ticket"] == number]
                return 200, self._page([self._attachment(m) for m in rows], query)
            case "POST", ["attachments"]:
                rows = [m for m in self.messages if m["Subject"] == body[0]["value"]]
                return 200, self._page([self._attachment(m) for m in rows], query)
            case "POST", ["transactions"]:
                return 200, self._page(self._transactions(body, query), query, total=None)
            case _:
                return 404, {"message": "Not Found"}

    def _found(self, query: str) -> list[dict[str, Any]]:
        found = list(self.tickets)
        if not self.faults.ignores_filters:
            for condition in _CONDITION.finditer(query):
                found = [number for number in found if self._meets(number, condition)]
        return [self._item(number) for number in found]

    def _meets(self, number: str, condition: re.Match[str]) -> bool:
        ticket = self.tickets[number]
        name, value = condition[1], condition["text"] or condition[3]
        if name == "Queue":
            return bool(ticket["queue"] == value)
        if name == "id":
            return number == value
        if name == "HasMember":
            return number in self.tickets.get(value, {"parents": []})["parents"]
        return bool(ticket["fields"].get(condition["field"]) == value)

    def _item(self, number: str) -> dict[str, Any]:
        ticket = self.tickets[number]
        fields = [{"name": name, "values": [text]} for name, text in ticket["fields"].items()]
        return {
            "id": number, "type": "ticket", "Status": ticket["status"],
            "Subject": ticket["subject"], "Queue": {"Name": ticket["queue"]},
            "CustomFields": fields, "Created": "2026-03-03T08:00:00Z",
            "LastUpdated": "2026-03-03T08:00:00Z",
        }  # fmt: skip

    @staticmethod
    def _attachment(message: dict[str, str]) -> dict[str, str]:
        return {**message, "ContentType": "text/plain", "TransactionId": "1"}

    def _transactions(self, body: Any, query: dict[str, str]) -> list[dict[str, str]]:
        """Return what is asked for; conditions on one field are alternatives unless it is said."""
        wanted: list[set[str]] = []
        for condition in body:
            if condition["field"] == "id":
                found = {r["id"] for r in self.transactions if _holds(int(r["id"]), condition)}
                alternative = wanted and condition.get("entry_aggregator", "OR") == "OR"
                wanted = [wanted[0] | found] if alternative else [*wanted, found]
        rows = [r for r in self.transactions if all(r["id"] in ids for ids in wanted)]
        return rows[::-1] if query.get("order") == "DESC" else rows

    @staticmethod
    def _page(rows: list[Any], query: dict[str, str], total: int | None = 0) -> dict[str, Any]:
        size, page = int(query.get("per_page", "20")), int(query.get("page", "1"))
        items = rows[size * (page - 1) : size * page]
        every = None if total is None else len(rows)
        return {"items": items, "count": len(items), "page": page, "per_page": size, "total": every}

    def _create(self, body: Any) -> tuple[int, Any]:
        if self.faults.does_nothing:
            return 201, {"id": "9999", "type": "ticket"}
        fields = {name: str(text) for name, text in body.get("CustomFields", {}).items()}
        number = self.open(body["Queue"], body["Subject"], fields, body["Content"])
        return 201, {"id": number, "type": "ticket"}

    def _update(self, number: str, body: Any) -> str:
        parents = self.tickets[number]["parents"]
        if self.faults.does_nothing:
            return "That ticket has unresolved dependencies"
        if "AddParent" in body:
            if str(body["AddParent"]) in parents:
                return "Link already exists"
            parents.append(str(body["AddParent"]))
            self._happened(number, "AddLink")
        if "DeleteParent" in body and str(body["DeleteParent"]) in parents:
            parents.remove(str(body["DeleteParent"]))
            self._happened(number, "DeleteLink")
        if "Status" in body:
            self.set_status(number, body["Status"])
        return "done"

    def _write(self, number: str, how: str, body: Any) -> str:
        if self.faults.does_nothing:
            return "Comments added"
        message = {"ticket": number, "Subject": body["Subject"], "Content": body["Content"]}
        self.messages.append({**message, "kind": how})
        self._happened(number, "Comment" if how == "comment" else "Correspond")
        if how == "correspond":  # by RT_System: it opens a ticket, and a resolved one again
            self.set_status(number, "open")
        return "Comments added"


def _holds(number: int, condition: dict[str, Any]) -> bool:
    value = int(condition["value"])
    return number > value if condition["operator"] == ">" else number <= value


@contextmanager
def running_tracker() -> Iterator[tuple[Tracker, str]]:
    """Run one; yields it and its address."""
    with running(Tracker()) as both:
        yield both
