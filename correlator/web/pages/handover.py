"""The hand-over of a shift: what is open and why, what was decided, what is promised."""

from __future__ import annotations

from typing import NamedTuple

from correlator.adapters.sql import ConsoleReads
from correlator.formats.wording import Language, number
from correlator.model import CORRELATOR, HOUR, Band, Change, Millis
from correlator.web.console import Console
from correlator.web.pages.journal import change_view
from correlator.web.pages.rows import row_of, urgency
from correlator.web.views import HandoverView
from correlator.web.words import say

SHIFT: Millis = 8 * HOUR
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


def shift(reads: ConsoleReads, now: Millis) -> Shift:
    """Read the shift that runs: since the last hand-over that was signed, or eight hours."""
    last, draft = reads.last_handover(), reads.handover_draft()
    begin = last.ends if last is not None and last.ends > now - 3 * SHIFT else now - SHIFT
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
    )


def handover_view(console: Console, found: Shift, actor: str, lang: Language) -> HandoverView:
    """Return the hand-over of the shift that runs."""
    now = console.board.now
    rows = [row_of(e, now, lang) for e in console.board.entries() if e.band in _OPEN]
    rows.sort(key=urgency)
    promised = [(row, row.promise) for row in rows if row.promise is not None]
    kept, missed = found.promises.get("kept", 0), found.promises.get("missed", 0)
    return HandoverView(
        begin=found.begin,
        end=now,
        outgoing=found.outgoing,
        incoming=actor,
        open=tuple(rows),
        decided=tuple(change_view(c, lang, console.zone) for c in found.decided),
        promises=tuple(promised),
        silences=(),
        texts=sum(len(entry.texts) for entry in console.board.entries()),
        figures=(
            (say(lang, "shift.decided"), number(len(found.decided), lang)),
            (say(lang, "shift.kept"), f"{kept} / {kept + missed}"),
            (say(lang, "shift.told"), number(found.told, lang)),
        ),
        notes=found.notes,
        signed=None,
    )
