"""What is around every page, and what several show."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from correlator.model import Millis


class View(msgspec.Struct, frozen=True):
    """Base of what is shown."""


class Role(StrEnum):
    """Who someone is to the console."""

    VIEWER = "viewer"
    AGENT = "agent"
    CELL = "cell"
    NOC = "noc"
    ADMIN = "admin"
    SYSTEM = "system"


class FeedView(View, frozen=True):
    """A feed in the frame of every page: `what` is tickets, alarms or engine.

    `age`: since when it was last heard, in ms of the clock; `silent`: beyond what is usual for it.
    """

    what: str
    age: Millis
    silent: bool


class OutcomeView(View, frozen=True):
    """What became of one action. `status` as over HTTP: 200, 202 (held or queued), 409, 412, 422.

    `undo`: the verb that takes it back, `held`: the action to cancel until `until` (clock, ms).
    """

    id: str
    action: str
    status: int
    sentence: str
    rev: int = 0
    undo: str = ""
    held: str = ""
    until: Millis | None = None


class Frame(View, frozen=True):
    """What every page has around it.

    `page`: queue, incident, agent, wall, flash, rules, handover, domain, help,
    training, login. `kind`: how the person is known (`who.Kind`). `can`: the verbs and
    the pages that they may use. `now`: the engine's time. `late`: how far the engine is
    behind, or 0; `stopped`: nobody leads. `csrf`: to be given back by every form.
    """

    page: str
    lang: str
    actor: str
    role: Role
    can: frozenset[str]
    feeds: tuple[FeedView, ...]
    now: Millis
    seq: int
    csrf: str
    demo: bool = False
    late: Millis = 0
    stopped: bool = False
    kind: str = "self"
    theme: str = ""  # dark, light, or as the system says
    contrast: str = ""  # more
    keys: bool = True
    back: str = "/"  # where a form without JavaScript returns: this page
    outcomes: tuple[OutcomeView, ...] = ()
    speed: float = 0.0  # of the demo
    paused: bool = False
    training: bool = False  # somebody learns, and may look at a comparison


class HeldView(View, frozen=True):
    """An action that waits to be carried out, and can be taken back until then (clock, ms)."""

    action: str
    verb: str
    actor: str
    until: Millis


class PromiseView(View, frozen=True):
    """When service is to be back, who said so and when; `overdue`: by how much it is past."""

    n: int
    restore: Millis
    source: str
    confidence: str
    by: str
    at: Millis
    overdue: Millis = 0
    outcome: str = ""  # superseded, kept, missed
