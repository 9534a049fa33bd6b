"""A small Redmine: what of its REST API the adapter uses, and the faults it was seen to have.

`tests/integration/test_ticket_tools.py` holds it to the real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.harness.small_tool import SmallTool, running

KEY = "12945fd6"
PROJECTS = {"incidents": 1, "hotline": 2}
STATUSES = {1: "New", 2: "In Progress", 3: "Resolved", 5: "Closed", 6: "Rejected"}
CLOSED = frozenset({5, 6})
_OPENED = "2026-03-03T08:00:00Z"


class SmallRedmine(SmallTool):
    """Projects `incidents` and `hotline`; fields 1 (external id), 2 (customer), 3 (symptom)."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: dict[str, dict[str, Any]] = {}
        self.relations: list[dict[str, Any]] = []
        self._clock = count(1)
        self._relation = count(1)

    def knows(self, headers: Message) -> bool:
        """Return whether a request shows the key of our account."""
        return headers.get("X-Redmine-API-Key") == KEY

    def answer(  # noqa: PLR0911 - one for each page
        self, method: str, url: str, body: Any
    ) -> tuple[int, Any]:
        """Return status and body of an answer; None: no body."""
        parts = urlsplit(url)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match method, parts.path.removesuffix(".json").strip("/").split("/"):
            case "GET", ["issues"]:
                return 200, self._page(query)
            case "GET", ["projects", name] if name in PROJECTS:
                return 200, {"project": {"id": PROJECTS[name], "identifier": name}}
            case "GET", ["issue_statuses"]:
                return 200, {
                    "issue_statuses": [
                        {"id": n, "name": name, "is_closed": n in CLOSED}
                        for n, name in STATUSES.items()
                    ]
                }
            case "POST", ["issues"]:
                return 201, {"issue": self._create(body["issue"])}
            case "GET", ["issues", number] if number in self.issues:
                return 200, {"issue": {**self.issues[number], "relations": self._of(number)}}
            case "PUT", ["issues", number] if number in self.issues:
                self._update(number, body["issue"])
                return 204, None
            case "GET", ["issues", number, "relations"]:
                return 200, {"relations": self._of(number)}
            case "POST", ["issues", number, "relations"] if number in self.issues:
                return self._relate(int(number), body["relation"]["issue_to_id"])
            case "DELETE", ["relations", number]:
                self.relations = [one for one in self.relations if str(one["id"]) != number]
                return 204, None
            case _:
                return 404, None

    def _touch(self, number: str) -> None:
        seconds = next(self._clock)
        moment = f"2026-03-03T08:{seconds // 60:02}:{seconds % 60:02}Z"
        self.issues[number]["updated_on"] = moment

    def _create(self, issue: Any) -> dict[str, Any]:
        if self.faults.does_nothing:
            return {"id": 9999}
        number = str(len(self.issues) + 1)
        project = issue["project_id"]
        self.issues[number] = {
            "id": int(number), "project": {"id": PROJECTS[project], "name": project.title()},
            "status": {"id": 1, "name": "New", "is_closed": False}, "subject": issue["subject"],
            "description": issue.get("description", ""), "created_on": _OPENED, "journals": [],
            "custom_fields": issue.get("custom_fields", []), "closed_on": None,
        }  # fmt: skip
        self._touch(number)
        return self.issues[number]

    def _update(self, number: str, changes: Any) -> None:
        if self.faults.does_nothing:
            return  # as where the workflow forbids it: 204 all the same
        if "status_id" in changes:
            status = int(changes["status_id"])
            closed = status in CLOSED
            self.issues[number]["status"] = {
                "id": status, "name": STATUSES[status], "is_closed": closed,
            }  # fmt: skip
            self.issues[number]["closed_on"] = _OPENED if closed else None
        if "notes" in changes:
            note = {"notes": changes["notes"], "private_notes": changes.get("private_notes", False)}
            self.issues[number]["journals"].append(note)
        self._touch(number)

    def _relate(self, one: int, other: int) -> tuple[int, Any]:
        if any({r["issue_id"], r["issue_to_id"]} == {one, other} for r in self.relations):
            return 422, {"errors": ["Related issue has already been taken"]}
        relation = {"id": next(self._relation), "issue_id": one, "issue_to_id": other}
        if not self.faults.does_nothing:
            self.relations.append({**relation, "relation_type": "relates"})
        return 201, {"relation": relation}

    def _of(self, number: str) -> list[dict[str, Any]]:
        return [r for r in self.relations if int(number) in (r["issue_id"], r["issue_to_id"])]

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        """Return a page; a filter that it does not know counts as none."""
        found = list(self.issues.values())
        if not self.faults.ignores_filters:
            found = [issue for issue in found if _meets(issue, query)]
        order = query.get("sort", "id")
        if order.startswith("updated_on"):
            found.sort(
                key=lambda issue: (issue["updated_on"], issue["id"]), reverse="desc" in order
            )
        offset, limit = int(query.get("offset", "0")), int(query.get("limit", "25"))
        page = found[offset : offset + min(limit, 100)]
        return {"issues": page, "total_count": len(found), "offset": offset, "limit": limit}


def _meets(issue: dict[str, Any], query: dict[str, str]) -> bool:
    values = {str(one["id"]): one["value"] for one in issue["custom_fields"]}
    for name, wanted in query.items():
        if name == "project_id" and PROJECTS[wanted] != issue["project"]["id"]:
            return False
        if name.startswith("cf_") and name[3:] in "123" and values.get(name[3:]) != wanted:
            return False
        if name == "updated_on" and issue["updated_on"] < wanted.removeprefix(">="):
            return False
    return True


@contextmanager
def running_small_redmine() -> Iterator[tuple[SmallRedmine, str]]:
    """Run one; yields it and its address."""
    with running(SmallRedmine()) as both:
        yield both
