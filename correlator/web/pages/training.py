"""The comparison of somebody who learns, from the file that their daemon keeps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from correlator.formats.wording import Language
from correlator.model import TrainingLine, TrainingMiss, TrainingReport, TruthSaid
from correlator.web.views import MissView, TrainingRow, TrainingView
from correlator.web.words import WORDS, say

_JUDGED = ("agreed", "differs", "undecided", "unjudged")


def read_comparison(file: Path) -> TrainingReport | None:
    """Return the comparison as it stands; None before the first."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=TrainingReport)
    except (OSError, msgspec.DecodeError):
        return None


def training_view(report: TrainingReport | None, lang: Language) -> TrainingView:
    """Return the comparison in words."""
    if report is None:
        return TrainingView(say(lang, "training.early"), None, False, False, (), ())  # noqa: FBT003 - no columns
    return TrainingView(
        says=_says(report, lang),
        now=report.now,
        cell=report.has_cell,
        truth=report.has_truth,
        rows=tuple(_row(line, lang) for line in report.lines),
        missed=tuple(_miss(miss, lang) for miss in report.missed),
    )


def _says(report: TrainingReport, lang: Language) -> str:
    """Return the totals as a sentence, without what there is none of."""
    if not report.lines and not report.missed:
        return say(lang, "training.none")
    counts = Counter(line.judged.value for line in report.lines)
    told = [say(lang, f"training.n.{name}", n=counts[name]) for name in _JUDGED if counts[name]]
    if report.missed:
        told.append(say(lang, "training.n.missed", n=len(report.missed)))
    return say(lang, "training.says", n=len(report.lines), what=", ".join(told))


def _row(line: TrainingLine, lang: Language) -> TrainingRow:
    minutes = line.minutes
    return TrainingRow(
        id=line.id,
        title=line.names.get(lang) or line.domain or say(lang, "backtest.outside"),
        announced=line.announced,
        did=_with_code(say(lang, f"training.did.{line.did}"), line.code, lang),
        after="" if minutes is None else say(lang, "training.after", minutes=minutes),
        cell=_with_code(say(lang, f"training.cell.{line.cell}"), line.cell_code, lang),
        truth=_truth(line, lang),
        judged=line.judged,
        judged_name=say(lang, f"training.judged.{line.judged}"),
    )


def _with_code(said: str, code: str, lang: Language) -> str:
    if not code:
        return said
    key = f"reject.{code}"
    return f"{said}, {say(lang, key) if key in WORDS else code}"


def _truth(line: TrainingLine, lang: Language) -> str:
    if line.truth is TruthSaid.OTHER:
        return say(lang, "training.other", cause=line.cause)
    return say(lang, f"training.truth.{line.truth}")


def _miss(miss: TrainingMiss, lang: Language) -> MissView:
    why = "training.miss.cell" if miss.cell else "training.miss.truth"
    return MissView(miss.cause or say(lang, "backtest.outside"), miss.begin, say(lang, why))
