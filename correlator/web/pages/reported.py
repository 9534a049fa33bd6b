"""What other systems report and the correlator cannot place: for the cell to take up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from correlator.web.views import ReportedView
from correlator.web.words import WORDS

if TYPE_CHECKING:
    from correlator.adapters.sql import Document, Documents

MOST = 200
"""Of what is shown."""
RESOURCE = "serviceProblem"
OVER = frozenset({"closed", "resolved", "rejected", "cancelled"})
"""Statuses of what needs nobody any more."""
TAKEN = frozenset({"acknowledged", "inProgress", "held", "pending"})
"""Statuses of what somebody is at."""
_PARTY = ("name", "id")


def reported(documents: Documents) -> list[Document]:
    """Return what was reported: first what nobody is at, then what is not over; blocks."""
    return documents.to_see(RESOURCE, TAKEN, OVER, MOST)


def waiting(documents: Documents) -> int:
    """Count what needs somebody; blocks."""
    return documents.waiting(RESOURCE, OVER)


def reported_views(found: Iterable[Document]) -> tuple[ReportedView, ...]:
    """Return the rows."""
    return tuple(map(_view, found))


def _view(found: Document) -> ReportedView:
    body = found.body
    party = body.get("originatorParty") or {}
    status = str(body.get("status", ""))
    return ReportedView(
        id=found.id,
        rev=found.rev,
        at=found.made,
        by=next((str(party[name]) for name in _PARTY if party.get(name)), found.by),
        category=str(body.get("category", "")),
        description=str(body.get("description", "")),
        reason=str(body.get("reason", "")),
        priority=str(body.get("priority", "")),
        status=status,
        taken=status in TAKEN,
        over=status in OVER,
        named=f"reported.status.{status}" in WORDS,
    )
