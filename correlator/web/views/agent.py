"""What an agent reads out."""

from __future__ import annotations

from correlator.model import Answer, Millis
from correlator.web.views.frame import PromiseView, View
from correlator.web.views.incident import ChangeView, UsualView


class AgentView(View, frozen=True):
    """What an agent needs while the customer is on the line.

    `word`: yes, probable, no, restored, maintenance or unknown. `say`: what to tell the customer;
    `because`: one line; `avoid`: what not to do; `next`: the next step after a *no*. `earlier`: the
    answer stored when the ticket arrived, where it was another one. `symptoms`: (id, name), the
    assumed one first.
    """

    key: str
    ticket: str
    customer: str
    word: Answer
    say: str
    because: str
    avoid: str
    next: str
    symptom: str
    symptoms: tuple[tuple[str, str], ...]
    assumed: bool
    at: Millis
    incident: str = ""
    title: str = ""
    rev: int = 0
    since: Millis | None = None
    promise: PromiseView | None = None
    usual: UsualView | None = None
    told: tuple[ChangeView, ...] = ()
    earlier: Answer | None = None
    earlier_at: Millis | None = None
    linked: bool = False
    procedure: str = ""
    waiting: bool = False  # the ticket is not in the store yet: the answer is the customer's
    near: tuple[str, ...] = ()  # spellings like an unknown id
