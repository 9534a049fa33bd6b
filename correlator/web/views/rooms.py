"""The hand-over of a shift, and a place of the network."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.charts import NetworkView, SpanView
from correlator.web.views.frame import PromiseView, View
from correlator.web.views.incident import ChangeView
from correlator.web.views.queue import RowView


class HandoverView(View, frozen=True):
    """The hand-over of a shift. `signed` freezes it.

    `silences`: which feed, from when until when (`end`: it lasts); `silent`: minutes of them.
    `visited`: when whoever asks looked at it the time before; `by_visit`: it begins there.
    """

    begin: Millis
    end: Millis
    outgoing: str
    incoming: str
    open: tuple[RowView, ...]
    decided: tuple[ChangeView, ...]
    promises: tuple[tuple[RowView, PromiseView], ...]
    silences: tuple[tuple[str, Millis, Millis], ...]
    texts: int
    figures: tuple[tuple[str, str], ...]
    notes: str
    signed: Millis | None
    silent: int = 0
    visited: Millis | None = None
    by_visit: bool = False


class WorkView(View, frozen=True):
    """Planned works on a domain."""

    id: str
    begin: Millis
    end: Millis
    text: str


class DomainView(View, frozen=True):
    """A domain: what it is, what happens there now, and what happened before.

    `known` is false for a name that the inventory does not have; `near`: spellings like it.
    `alarms` that stand, and those of the day; `incidents` that are not over, `earlier` that are.
    """

    domain: str
    type: str
    known: bool
    region: str = ""
    site: str = ""
    lines: int = 0
    observed: int = 0
    expected: float = 0.0
    minutes: int = 60
    network: NetworkView = NetworkView(())
    incidents: tuple[RowView, ...] = ()
    earlier: tuple[RowView, ...] = ()
    alarms: tuple[SpanView, ...] = ()
    works: tuple[WorkView, ...] = ()
    symptoms: tuple[tuple[str, str], ...] = ()
    near: tuple[str, ...] = ()
