"""The hand-over of a shift: what is open and why, what was decided, what is promised."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from correlator.adapters.sql import ConsoleReads, SilentAnswers
from correlator.formats.wording import Language, number
from correlator.model import CORRELATOR, DAY, HOUR, MINUTE, Band, Change, Millis
from correlator.web.console import Console
from correlator.web.pages.journal import change_view
from correlator.web.pages.rows import row_of, urgency
from correlator.web.pages.silences import minutes_of, silences_of
from correlator.web.views import HandoverView
from correlator.web.words import say

SHIFT: Millis = 8 * HOUR
APART: Millis = 30 * MINUTE
"""Looks at the hand-over that are further apart (ms) are two visits."""
_VISITED: Millis = 7 * DAY  # a visit before that is too long ago to begin with
_REASONS = 2_000
_DECISIONS = 200
_OPEN = (Band.TRIAGE, Band.CONFIRMED, Band.REPAIR, Band.RESTORED)


class Shift(NamedTuple):
    """What the store knows of a shift: since when, what people did, promises by outcome, notes."""

    begin: Millis
    outgoing: str
    notes: str
    decided: list[Change]
    promises: dict[str, int]
    told: int
    silent: list[SilentAnswers]


def visit_of(before: Millis | None, now: Millis) -> Millis | None:
    """Return the visit before this one, if it is not too long ago."""
    return before if before is not None and now - _VISITED <= before < now else None


def shift(reads: ConsoleReads, now: Millis, since: Millis | None = None) -> Shift:
    """Read the shift that runs: since the last hand-over that was signed, or eight hours.

    `since`: what happened since then, instead.
    """
    last, draft = reads.last_handover(), reads.handover_draft()
    begin = last.ends if last is not None and last.ends > now - 3 * SHIFT else now - SHIFT
    begin = begin if since is None else since
    decided = [
        change for change in reads.decisions(begin, _DECISIONS) if change.actor != CORRELATOR
    ]
    return Shift(
        begin=begin,
        outgoing=last.incoming if last is not None else "",
        notes=draft.notes if draft is not None else "",
        decided=decided,
        promises=reads.promise_outcomes(begin),
        told=reads.told_since(begin),
        silent=reads.silent_answers(begin, _REASONS),
    )


def handover_view(console: Console, found: Shift, actor: str, lang: Language) -> HandoverView:
    """Return the hand-over of the shift that runs."""
    now = console.board.now
    rows = [row_of(e, now, lang) for e in console.board.entries() if e.band in _OPEN]
    rows.sort(key=urgency)
    promised = [(row, row.promise) for row in rows if row.promise is not None]
    silences = silences_of(found.silent, console.board.feeds, found.begin, now)
    kept, missed = found.promises.get("kept", 0), found.promises.get("missed", 0)
    return HandoverView(
        begin=found.begin,
        end=now,
        outgoing=found.outgoing,
        incoming=actor,
        open=tuple(rows),
        decided=tuple(
            msgspec.structs.replace(change_view(c, lang, console.zone), incident=c.subject_id)
            for c in found.decided
        ),
        promises=tuple(promised),
        silences=silences,
        silent=minutes_of(silences),
        texts=sum(len(entry.texts) for entry in console.board.entries()),
        figures=(
            (say(lang, "shift.decided"), number(len(found.decided), lang)),
            (say(lang, "shift.kept"), f"{kept} / {kept + missed}"),
            (say(lang, "shift.told"), number(found.told, lang)),
        ),
        notes=found.notes,
        signed=None,
    )
