"""Decisions beside what the cell of then did, and beside the truth. The truth outweighs the cell.

It is right to confirm an outage of the cause that is named, and to reject all else: another cause
is a wrong scope, until somebody puts it right; planned works are no incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from correlator.model import (
    CellSaid,
    Did,
    Judged,
    Millis,
    TrainingLine,
    TrainingMiss,
    TrainingReport,
    TruthSaid,
)
from correlator.tools.backtest import Change, Decided, compare
from correlator.tools.backtest.judging import Label, label_of_change
from correlator.tools.training.learner import Learnt
from correlator.tools.training.truth import Said, said_of, unseen
from correlator.tools.worldfiles import Truth

_OF_LABEL = {
    Label.CONFIRMED: CellSaid.CONFIRMED,
    Label.REJECTED: CellSaid.REJECTED,
    Label.NONE: CellSaid.NOTHING,
}
_DECISIONS = frozenset({Did.CONFIRMED, Did.REJECTED})


class _Cell(NamedTuple):
    """What the cell said, and why it rejected."""

    said: CellSaid
    code: str = ""


def compare_training(
    some: Sequence[Learnt],
    then: Sequence[Decided] | None,
    truth: Truth | None,
    begin: Millis,
    now: Millis,
) -> TrainingReport:
    """Return the comparison; `then`: what was announced then, None where no cell was there.

    A day in which nobody said a word compares with nothing; so does one without a truth.
    """
    changes = compare(then or (), [one.decided for one in some])
    cells = _cells(changes) if then is not None else {}
    truths = [_true(truth, one.decided) for one in some]
    lines = tuple(
        _line(one, cells.get(one.decided.id, _Cell(CellSaid.UNKNOWN)), said)
        for one, said in zip(some, truths, strict=True)
    )
    missed = _lost(changes, now) if truth is None else list(unseen(truth, truths, begin, now))
    missed.sort(key=lambda miss: (miss.begin, miss.cause))
    return TrainingReport(begin, now, then is not None, truth is not None, lines, tuple(missed))


def _cells(changes: Sequence[Change]) -> dict[str, _Cell]:
    """Return, by the id of each of the learner's incidents, what the cell said of the same."""
    found = {}
    for change in changes:
        for one in change.after:
            found[one.id] = _cell(change) if change.before else _Cell(CellSaid.ABSENT)
    return found


def _cell(change: Change) -> _Cell:
    said = _OF_LABEL[label_of_change(change)]
    codes = [one.incident.code for one in change.before if one.incident.code]
    return _Cell(said, codes[0] if codes and said is CellSaid.REJECTED else "")


def _true(truth: Truth | None, one: Decided) -> Said:
    return Said(TruthSaid.UNKNOWN) if truth is None else said_of(truth, one)


def _line(one: Learnt, cell: _Cell, said: Said) -> TrainingLine:
    incident = one.decided.incident
    return TrainingLine(
        id=incident.id,
        domain=incident.domain,
        announced=one.decided.announced,
        did=one.did,
        judged=judged(one.did, cell.said, said.truth),
        names=incident.names,
        code=incident.code if one.did is Did.REJECTED else "",
        minutes=one.minutes,
        cell=cell.said,
        cell_code=cell.code,
        truth=said.truth,
        cause=said.cause,
    )


def judged(did: Did, cell: CellSaid, truth: TruthSaid) -> Judged:
    """Return what a decision is worth: by the truth, else by what the cell said."""
    if did not in _DECISIONS:
        return Judged.UNDECIDED
    if truth is not TruthSaid.UNKNOWN:
        right = Did.CONFIRMED if truth is TruthSaid.OUTAGE else Did.REJECTED
    elif cell in {CellSaid.CONFIRMED, CellSaid.REJECTED}:
        right = Did(cell.value)
    else:
        return Judged.UNJUDGED
    return Judged.AGREED if did is right else Judged.DIFFERS


def _lost(changes: Sequence[Change], now: Millis) -> list[TrainingMiss]:
    """Return what the cell of then confirmed by `now` and the learner's day did not raise."""
    return [
        TrainingMiss(one.incident.domain, one.incident.onset, cell=True)
        for change in changes
        if not change.after and label_of_change(change) is Label.CONFIRMED
        for one in change.before
        if one.announced <= now
    ]
