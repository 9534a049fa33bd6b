"""Measures as the rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from correlator.tools.evaluate import Measures

_COUNT, _RATIO, _SECONDS = "{:d}", "{:.3f}", "{:.0f} s"
_ROWS = (
    ("recall", "recall", _RATIO),
    ("precision", "precision", _RATIO),
    ("false incidents", "false", _COUNT),
    ("false a week", "false_per_week", "{:.1f}"),
    ("incidents per outage", "per_outage", "{:.2f}"),
    ("right cause", "right_cause", _RATIO),
    ("right or near cause", "near_cause", _RATIO),
    ("delay after the fourth, median", "delay_median", _SECONDS),
    ("delay after the fourth, p90", "delay_p90", _SECONDS),
    ("raised by the fourth", "by_the_fourth", _RATIO),
    ("link recall", "link_recall", _RATIO),
    ("link precision", "link_precision", _RATIO),
    ("link F1", "link_f1", _RATIO),
    ("planned works", "planned", _COUNT),
    ("planned works announced", "planned_announced", _COUNT),
    ("outages", "outages", _COUNT),
    ("outages due", "due", _COUNT),
    ("outages due and found", "due_found", _COUNT),
    ("outages hit", "hit", _COUNT),
    ("incidents", "incidents", _COUNT),
    ("incidents on outages", "matched", _COUNT),
    ("neutral incidents", "neutral", _COUNT),
    ("verdicts", "verdicts", _COUNT),
    ("tickets of unplanned outages", "outage_tickets", _COUNT),
    ("right answer", "right_answer", _RATIO),
    ("yes with another cause", "wrong_cause_yes", _COUNT),
    ("probable", "probable_share", _RATIO),
    ("wrong yes", "wrong_yes", _COUNT),
    ("wrong yes, share", "wrong_yes_share", "{:.4f}"),
    ("harmful yes", "harmful_yes", _COUNT),
    ("harmful yes, share", "harmful_yes_share", "{:.4f}"),
)
_NETWORK_ROWS = (
    ("network incidents", "network_incidents", _COUNT),
    ("alarm pairs, precision", "pair_precision", _RATIO),
    ("alarm pairs, recall", "pair_recall", _RATIO),
    ("network incidents, right cause", "network_right_cause", _RATIO),
)
_ANSWER_NAMES = frozenset(name for _, name, _ in _ROWS[-9:])


def rows(measures: Measures) -> list[tuple[str, str]]:
    """Return the measures as rows (name, value) of a table; only of files that there were."""
    values = measures.to_dict()
    skipped = _ANSWER_NAMES if measures.verdicts is None else frozenset()
    further = () if measures.network_incidents is None else _NETWORK_ROWS
    return [
        (title, "-" if values[name] is None else form.format(values[name]))
        for title, name, form in _ROWS + further
        if name not in skipped
    ]
