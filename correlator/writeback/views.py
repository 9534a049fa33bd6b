"""What the write-back needs of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from correlator.model import Millis
from correlator.ticket_tool import Picture, Written


class Journal(Protocol):
    """The journal of writes to one tool; one line each, changed in a transaction of its own."""

    def written(self, incident: str) -> Sequence[Written]:
        """Return what was written about an incident."""

    def keep(self, incident: str, line: Written) -> None:
        """Keep a line; the one for the same ticket and key is replaced."""


class Desk(Journal, Protocol):
    """What has been committed about incidents, and the journal."""

    def begin(self, since: Millis) -> tuple[int, Sequence[str]]:
        """Return where changes go on, and the incidents that live or changed since then."""

    def changed(self, after: int) -> tuple[int, Sequence[str]]:
        """Return where changes go on, and which incidents changed."""

    def picture(self, incident: str) -> Picture | None:
        """Return an incident with the tickets of the tool that are linked to it."""
