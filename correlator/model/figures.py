"""What holds of a live incident just now: projections for the console, no part of any decision."""

from __future__ import annotations

from enum import StrEnum

from correlator.model.base import Frozen, Millis


class SymptomRate(Frozen, frozen=True):
    """Calls per line and hour of operational time: what the incident adds, and what is usual.

    With both, the answer at call time can be given for a customer without a ticket: P(explained)
    is `adds` ÷ (`usual` + Σ `adds` of all incidents on the line), made cautious (ADR 16).
    """

    adds: float
    usual: float


class Closing(Frozen, frozen=True):
    """What a live incident still waits for, before it is resolved by itself.

    Hours of operational time without a call, and those that are needed; the alarms that stand on
    the cause and hold it; whether tickets arrive at all, since a silent feed says nothing.
    """

    quiet: float
    needed: float
    alarms: tuple[str, ...]
    tickets_alive: bool


class Figures(Frozen, frozen=True):
    """An incident at `time`: `observed` distinct callers since its onset against `expected`.

    `symptoms`: by name, those to which it adds anything.
    """

    incident: str
    time: Millis
    observed: int
    expected: float
    symptoms: dict[str, SymptomRate]
    closing: Closing


class MinuteCount(Frozen, frozen=True):
    """Calls about its symptoms under the cause of an incident, in one minute.

    `observed`: callers, each once a day, by arrival; `expected`: as many as usual.
    """

    incident: str
    minute: Millis
    observed: int
    expected: float


class Relation(StrEnum):
    """What a domain is to the cause."""

    CAUSE = "cause"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    RIVAL = "rival"


class Neighbour(Frozen, frozen=True):
    """A domain near the cause: callers observed since the onset, and expected.

    `alarms`: how many stand on it; `works`: id of the works under way on it, or "".
    """

    domain: str
    type: str
    relation: Relation
    lines: int
    observed: int
    expected: float
    alarms: int = 0
    works: str = ""


class Neighbourhood(Frozen, frozen=True):
    """The domains around a cause, the worst first, and how many healthy ones are not listed."""

    incident: str
    time: Millis
    neighbours: tuple[Neighbour, ...]
    healthy_children: int = 0
    healthy_siblings: int = 0
