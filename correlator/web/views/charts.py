"""What the pictures are drawn from."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.frame import View


class MinuteView(View, frozen=True):
    """Calls in one minute under the cause: observed, and expected."""

    minute: Millis
    observed: int
    expected: float


class MarkView(View, frozen=True):
    """A moment on the chart; `kind`: onset, announced, taken, restored, promise, text."""

    at: Millis
    kind: str
    label: str


class RateView(View, frozen=True):
    """Calls by minute (at most 240 points), with marks."""

    minutes: tuple[MinuteView, ...]
    marks: tuple[MarkView, ...]
    step: int = 1  # minutes in a point


class NodeView(View, frozen=True):
    """A domain in the picture of the network.

    `relation`: cause, parent, above, child, sibling or rival; `health`: failing, calling, healthy,
    works or unknown; `alarms` that stand on it.
    """

    domain: str
    type: str
    relation: str
    health: str
    lines: int
    observed: int
    expected: float
    alarms: int = 0


class NetworkView(View, frozen=True):
    """The cause among its neighbours; `healthy_children`, `healthy_siblings`: those not listed."""

    nodes: tuple[NodeView, ...]
    healthy_children: int = 0
    healthy_siblings: int = 0


class SpanView(View, frozen=True):
    """An alarm on the time line; `cleared` is None while it stands."""

    alarm: str
    domain: str
    cause: str
    raised: Millis
    cleared: Millis | None


class TimelineView(View, frozen=True):
    """The whole life of an incident on one line: calls, alarms, people, promises."""

    begin: Millis
    end: Millis
    calls: tuple[MinuteView, ...]
    alarms: tuple[SpanView, ...]
    marks: tuple[MarkView, ...]
