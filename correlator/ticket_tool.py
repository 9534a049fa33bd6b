"""The door to a ticket tool: what the write-back needs of it, and what it keeps in its journal.

For each tool one file in `correlator.adapters.ticket_tools` stands behind it;
`docs/ticket-tools.md` says how to write the next one. There is no call by which the status of a
customer's ticket could be changed, and there shall be none.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from correlator.model import ApprovedText, Incident, Millis


class ToolTicket(NamedTuple):
    """A ticket as the tool has it.

    `id`: the tool's number; `external`: our id on it, "" for none; `open`: whether somebody still
    works on it; `parents`: numbers of the tickets that it is linked below, where they were asked
    for.
    """

    id: str
    queue: str
    external: str
    status: str
    open: bool
    parents: frozenset[str] = frozenset()


class Note(NamedTuple):
    """A message on a ticket.

    `key` names it in the tool, so that it is found again; `public`: the customer reads it as well.
    """

    ticket: str
    key: str
    text: str
    public: bool = False


class ReportedTicket(NamedTuple):
    """A customer's ticket as the tool has it, on its way to `gi.tickets`. Times in ms.

    `updated`: of the last change. "" where the tool does not say, or says what it said before.
    """

    id: str
    queue: str
    customer: str
    text: str
    symptom: str
    status: str
    created: Millis
    updated: Millis


class Changed(NamedTuple):
    """The tickets that changed, the one that changed first first, and where to go on."""

    tickets: Sequence[ReportedTicket]
    cursor: str


class ToolError(Exception):
    """A ticket tool did not do what it was asked to."""


class ToolDownError(ToolError):
    """It does not answer, or not sensibly: to be tried again."""


class ToolBusyError(ToolDownError):
    """It asks for patience: `after`, in seconds."""

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = after


class ToolRefusedError(ToolError):
    """It will not do this, however often it is asked."""


class TicketTool(Protocol):
    """A ticket tool. Every call is one or two requests; raises `ToolError`."""

    def find(self, external: str) -> Sequence[ToolTicket]:
        """Return the tickets of our own queue with this id of ours, the oldest first."""

    def read(self, ticket: str, *, parents: bool = False) -> ToolTicket | None:
        """Return a ticket, with its `parents` if wanted; None where there is no such number."""

    def create(self, external: str, subject: str, text: str) -> None:
        """Open a ticket in our own queue with an id of ours."""

    def reject(self, ticket: str) -> None:
        """Give up a ticket of our own queue that was opened twice."""

    def link(self, parent: str, child: str) -> None:
        """Link a ticket below another by a kind of link that never passes a status on."""

    def unlink(self, parent: str, child: str) -> None:
        """Take such a link back."""

    def write(self, note: Note) -> None:
        """Add a message."""

    def has(self, note: Note) -> bool:
        """Return whether a ticket has a message of this key."""

    def changes(self, cursor: str) -> Changed:
        """Return the customers' tickets that changed since a cursor; "": from now on."""


# --------------------------------------------------------------------------------- the journal


class WriteState(StrEnum):
    """What became of a write: `begun` may have reached the tool or not."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    SKIPPED = "skipped"


OWN, TIE = "own", "tie"
"""Keys of the incident's own ticket, and of the link of a customer's ticket below it."""


class Written(NamedTuple):
    """A line of the journal of writes to a tool, about an incident. `at`: clock, ms.

    `ticket`: the id in `gi.tickets`, "" for the incident's own; `key`: `OWN`, `TIE` or a message's;
    `number`: the tool's, of the own ticket, and of what a ticket is tied to ("": to nothing);
    `error`: why it was refused or skipped.
    """

    ticket: str
    key: str
    state: WriteState
    number: str
    at: Millis
    error: str = ""


class Picture(NamedTuple):
    """An incident as the write-back sees it.

    `linked`: its tickets, those that came last first; `text`: what is approved for agents.
    """

    incident: Incident
    linked: tuple[str, ...]
    text: ApprovedText | None
