"""The decision on an alert, as a value: `handlers.alerts` carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from correlator.engine.calls import Call
from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation.cause import Cause
from topology import Scope


@dataclass(frozen=True)
class Alert:
    """A row that reached its threshold or, not to `announce`, the level of a candidate.

    `call`: the call that made it rise; `trigger`: its domain; `unnamed`: the unnamed symptom that
    it is about, or −1.
    """

    call: Call
    row: int
    trigger: int
    unnamed: int
    announce: bool


@dataclass(frozen=True)
class Replacement:
    """One cause in the place of some live incidents, better by `gain` nats."""

    cause: Cause
    lives: tuple[LiveIncident, ...]
    gain: float


@dataclass(frozen=True)
class Announce:
    """Name this cause."""

    cause: Cause
    ranked: list[Cause]


@dataclass(frozen=True)
class Replace:
    """Name this cause in the place of live incidents."""

    replacement: Replacement


@dataclass(frozen=True)
class Split:
    """Name a smaller cause in an incident's place, and another one beside it."""

    replacement: Replacement
    beside: Cause


@dataclass(frozen=True)
class Keep:
    """Keep a candidate for this cause, shown to the cell and announced to nobody."""

    cause: Cause
    ranked: list[Cause]


@dataclass(frozen=True)
class Undecided:
    """Keep a candidate for this cause: another caller has to decide `among` scopes, it first.

    `many`: the alert came from a domain of which hundreds may call in a second.
    """

    cause: Cause
    ranked: list[Cause]
    among: list[Scope]
    many: bool


@dataclass(frozen=True)
class Suppress:
    """Name nothing: this, the best cause, has too little evidence."""

    cause: Cause


Decision: TypeAlias = Announce | Replace | Keep | Undecided | Suppress | None
"""None: there is no cause to name or to keep."""
