"""Records and actions that cannot be applied: found, then set aside as dead letters.

Whatever raises where nothing should is thrown away with all that was in hand, and read again from
the store, one by one; what fails alone a second time is set aside. This is kept in memory: what a
crash forgets is found again, since the engine decides the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import structlog

from correlator.ports import Partition

log = structlog.get_logger(__name__)

MOST_IN_A_ROW = 20
"""Attempts without anything applied in between, after which the fault is not theirs."""

Place: TypeAlias = tuple[Partition, int] | str
"""A record by its partition and offset, or an action of the inbox by its id."""


class BatchFailedError(Exception):
    """These could not be applied, or what came of them could not be stored."""

    def __init__(self, places: Sequence[Place], error: Exception) -> None:
        super().__init__(_said(error))
        self.places = tuple(places)


def _said(error: Exception) -> str:
    """Return an error in one line; a database's own word, without the statement around it."""
    inner = getattr(error, "orig", None) or error
    return f"{type(inner).__name__}: {str(inner).partition(chr(10))[0]}"


class NothingWorksError(Exception):
    """One after the other fails: to go on would empty the feeds into the dead letters."""


class Quarantine:
    """What is set aside, and who goes alone until it is known. Lives as long as the process."""

    def __init__(self) -> None:
        self.aside: dict[Place, str] = {}
        """What is set aside, and why."""
        self._alone = 0  # so many go one by one
        self._suspect: Place | None = None  # failed alone
        self._in_a_row = 0

    def limit(self, batch: int) -> int:
        """Return how many records and actions may go together."""
        return 1 if self._alone else batch

    def failed(self, failure: BatchFailedError) -> bool:
        """Take note of a failure; returns whether one was set aside.

        Raises `NothingWorksError` where no end is to be seen.
        """
        self._in_a_row += 1
        if self._in_a_row > MOST_IN_A_ROW:
            said = f"{MOST_IN_A_ROW} attempts in a row failed, the last with {failure}"
            raise NothingWorksError(said) from failure
        places = failure.places
        self._alone = max(self._alone, len(places))
        alone = places[0] if len(places) == 1 else None
        if alone is None or alone != self._suspect:
            self._suspect = alone
            return False
        self.aside[alone] = str(failure)
        self._suspect = None
        return True

    def worked(self, places: Sequence[Place]) -> None:
        """Take note that these have been applied and stored."""
        if places:
            self._in_a_row = 0
            self._alone = max(0, self._alone - len(places))
