"""What happened to service problems, as TMF656 records it: the journal of announced incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.formats.times import to_rfc3339
from correlator.web.fields import whole
from correlator.web.tmf.collections import Found, Resource
from correlator.web.tmf.problems import NAME as PROBLEM

if TYPE_CHECKING:
    from correlator.model import Change
    from correlator.web.console import Console

NAME = "serviceProblemEventRecord"


class EventRecords:
    """The records; see `Collection`."""

    name = NAME
    customers = False

    def find(self, console: Console, base: str, key: str) -> Found | None:
        """Return a record."""
        seq = whole(key)
        found = None if seq is None else console.reads.event(seq)
        return None if found is None else Found(_body(*found, base))

    def page(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        """Return a page, the latest first."""
        return [_body(*one, base) for one in console.reads.events(limit, offset)]

    def latest(self, console: Console, base: str, most: int) -> list[Resource]:
        """Return so many, the latest first."""
        return self.page(console, base, most, 0)

    def count(self, console: Console) -> int:
        """Count them."""
        return console.reads.count_events()


def _body(seq: int, change: Change, base: str) -> Resource:
    at = to_rfc3339(change.time)
    kind = "StateChange" if change.field == "state" else "AttributeValueChange"
    told = {"attribute": change.field, "from": change.old, "to": change.new, "by": change.actor}
    problem = {"id": change.subject_id, "href": f"{base}/{PROBLEM}/{change.subject_id}"}
    return {
        "id": str(seq),
        "href": f"{base}/{NAME}/{seq}",
        "@type": "ServiceProblemEventRecord",
        "eventTime": at,
        "recordTime": at,
        "eventType": f"ServiceProblem{kind}Event",
        "notification": told,
        "serviceProblem": problem,
    }
