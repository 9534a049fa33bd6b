"""What other systems report."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.frame import View


class ReportedView(View, frozen=True):
    """A reported problem. `at`: clock time (ms); `by`: who reports.

    `taken`: somebody is at it; `over`: it needs nobody; `named`: the console has a word for its
    status.
    """

    id: str
    rev: int
    at: Millis
    by: str
    category: str
    description: str
    reason: str
    priority: str
    status: str
    taken: bool
    over: bool
    named: bool
