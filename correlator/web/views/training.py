"""The comparison of somebody who learns."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.frame import View


class TrainingRow(View, frozen=True):
    """An incident that was raised: what the learner did, the cell of then, the truth.

    `after`: how long after the announcement, as a sentence, or "". `cell` and `truth` are empty
    where there is none to compare with. `judged`: agreed, differs, undecided or unjudged.
    """

    id: str
    title: str
    announced: Millis
    did: str
    after: str
    cell: str
    truth: str
    judged: str
    judged_name: str


class MissView(View, frozen=True):
    """What was never raised: since when, and what of it is known."""

    cause: str
    begin: Millis
    why: str


class TrainingView(View, frozen=True):
    """The comparison as of `now`; None as long as there is none. `cell`, `truth`: the columns."""

    says: str
    now: Millis | None
    cell: bool
    truth: bool
    rows: tuple[TrainingRow, ...]
    missed: tuple[MissView, ...]
