"""Rows of the queue, from entries of the board, each made once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from correlator.formats.wording import Language, reason_prose
from correlator.model import (
    ALARMS_ALONE,
    MINUTE,
    Band,
    Figures,
    Incident,
    Millis,
    Promise,
    ReasonCode,
    State,
)
from correlator.web.board import Board, Entry
from correlator.web.views import HeldView, PromiseView, RowView
from correlator.web.words import say

if TYPE_CHECKING:
    from correlator.adapters.sql import HeldRow

_IN_TURN = 50  # rows that are made before whoever else asks gets a turn


class _Kept(NamedTuple):
    """A row, and what it was made of."""

    incident: Incident
    figures: Figures | None
    held: HeldRow | None
    region: str
    row: RowView


class Rows:
    """The rows of the board, each kept for as long as what it was made of is on the board.

    By how much a promise is overdue is as of when the row was made; whether it is, as of now.
    """

    def __init__(self, board: Board, forget: Callable[[Iterable[str]], None]) -> None:
        """`forget`: is told the ids whose rows are no longer needed."""
        self._board = board
        self._tell = forget
        self._kept: dict[Language, dict[str, _Kept]] = {"fr": {}, "en": {}}

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    async def all(self, lang: Language) -> list[RowView]:
        """Return the rows of all incidents on the board; others get a turn between new ones."""
        made = 0
        for entry in self._board.entries():
            if self._known(entry, lang) is None:
                self.of(entry, lang)
                made += 1
                if made % _IN_TURN == 0:
                    await asyncio.sleep(0)
        return [self.of(entry, lang) for entry in self._board.entries()]

    def of(self, entry: Entry, lang: Language) -> RowView:
        """Return the row of an incident on the board."""
        known = self._known(entry, lang)
        if known is not None:
            return known
        incident = entry.incident
        row = row_of(entry, self._board.now, lang)
        kept = self._kept[lang]
        kept[incident.id] = _Kept(incident, entry.figures, entry.held, entry.region, row)
        if len(kept) > len(self._board):
            self._forget(kept)
        return row

    def _known(self, entry: Entry, lang: Language) -> RowView | None:
        kept = self._kept[lang].get(entry.incident.id)
        if kept is None or (
            kept.incident is not entry.incident
            or kept.figures is not entry.figures
            or kept.region != entry.region
            or kept.held != entry.held
        ):
            return None
        promise = kept.row.promise
        if promise is not None and (promise.overdue > 0) != (self._board.now > promise.restore):
            return None
        return kept.row

    def _forget(self, kept: dict[str, _Kept]) -> None:
        gone = [incident for incident in kept if self._board.get(incident) is None]
        for incident in gone:
            del kept[incident]
        self._tell(gone)


def row_of(entry: Entry, now: Millis, lang: Language) -> RowView:
    """Return the row of an incident; `now`: the engine's time."""
    incident, figures = entry.incident, entry.figures
    observed = figures.observed if figures is not None else incident.observed
    expected = figures.expected if figures is not None else incident.expected
    until = figures.time if figures is not None else incident.changed
    return RowView(
        id=incident.id,
        rev=incident.rev,
        version=incident.version,
        band=entry.band,
        state=incident.state.value,
        priority=incident.priority,
        severity=incident.severity,
        title=title_of(incident, lang),
        symptom=incident.symptom,
        domain=incident.domain or "*",
        domain_type=incident.domain_type,
        region=entry.region,
        observed=observed,
        expected=expected,
        minutes=max(1, (until - incident.onset) // MINUTE) if observed else 0,
        lines=incident.customers,
        linked=incident.linked,
        why=_why(incident, lang),
        where=_where(incident, lang),
        since=incident.onset,
        announced=incident.announced,
        owner=incident.acknowledged_by,
        external=not incident.domain,
        promise=promise_of(incident, now),
        held=held_of(entry),
    )


def title_of(incident: Incident, lang: Language) -> str:
    """Return the name of an incident."""
    return incident.names.get(lang) or incident.id


def promise_of(incident: Incident, now: Millis) -> PromiseView | None:
    """Return the promise in force."""
    promise = incident.promise
    return None if promise is None or promise.outcome is not None else promise_view(promise, now)


def promise_view(promise: Promise, now: Millis) -> PromiseView:
    """Return a promise, in force or not; only one in force can be overdue."""
    live = promise.outcome is None
    return PromiseView(
        n=promise.n,
        restore=promise.restore.time,
        source=promise.restore.source,
        confidence=promise.restore.confidence,
        by=promise.by,
        at=promise.at,
        overdue=max(0, now - promise.restore.time) if live else 0,
        outcome="" if promise.outcome is None else promise.outcome.value,
    )


def held_of(entry: Entry) -> HeldView | None:
    """Return what waits to be done to it."""
    held = entry.held
    return None if held is None else HeldView(held.id, held.verb, held.actor, held.not_before)


def _why(incident: Incident, lang: Language) -> str:
    if incident.state is State.MERGED:
        return say(lang, "ended.merged", parent=incident.parent)
    return reason_prose(incident.reason, lang)


def _where(incident: Incident, lang: Language) -> str:
    """Return what alarms and neighbours say."""
    if not incident.domain:
        return say(lang, "where.outside")
    if incident.reason.code in ALARMS_ALONE and not incident.linked:
        return say(lang, "where.predicted")
    said = []
    if incident.reason.code is not ReasonCode.BURST_WITH_ALARM:  # which tells of them itself
        alarms = len(incident.alarms)
        said.append(say(lang, "where.alarm" if alarms else "where.no_alarm", n=alarms))
    if incident.siblings:
        healthy = say(lang, "where.healthy", n=incident.healthy, of=incident.siblings)
        said.append(healthy)
    return " · ".join(said)


ORDER = {band: place for place, band in enumerate(Band)}


def urgency(row: RowView) -> tuple[int, bool, Millis]:
    """Order in a band: priority, overdue promises first, the oldest first."""
    overdue = row.promise is not None and row.promise.overdue > 0
    return row.priority, not overdue, row.since
