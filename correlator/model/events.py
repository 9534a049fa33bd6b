"""What the engine is told: one type per kind of event.

Events of one moment are taken in the order of their `RANK`. Beside an event whose record the store
keeps just as it came in stands the effect that says so.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, TypeAlias

from correlator.model.actions import Action
from correlator.model.base import Frozen, Millis


class Ticket(Frozen, frozen=True, tag="ticket"):
    """One record about a customer's ticket: a new one, a repeat or a change.

    `place`: the failure domain that it names, where it names no customer that is known; or "".
    """

    RANK: ClassVar[int] = 4

    id: str
    arrived: Millis
    occurred: Millis
    event_id: str
    customer: str | None = None
    symptom: str | None = None
    text: str = ""
    status: str = ""
    severity: str = ""
    channel: str = ""
    place: str = ""


class AlarmState(StrEnum):
    """Where an alarm stands."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


class Alarm(Frozen, frozen=True, tag="alarm"):
    """One record about a machine's fault state."""

    RANK: ClassVar[int] = 3

    id: str
    arrived: Millis
    occurred: Millis
    event_id: str
    managed_object: str
    state: AlarmState
    object_type: str = ""
    severity: str = "indeterminate"
    cause: str = ""
    alarm_type: str = ""


class Maintenance(Frozen, frozen=True, tag="maintenance"):
    """Planned works on some equipment, from `start` (included) to `end` (excluded)."""

    RANK: ClassVar[int] = 2

    id: str
    arrived: Millis
    event_id: str
    objects: tuple[str, ...]
    start: Millis
    end: Millis
    title: str = ""
    cancelled: bool = False


class MaintenanceKept(Frozen, frozen=True, tag="maintenance-kept"):
    """The current state of planned works."""

    maintenance: Maintenance


class TopologyChanged(Frozen, frozen=True, tag="topology"):
    """From here on the engine uses the inventory with this content version."""

    RANK: ClassVar[int] = 0

    id: str
    arrived: Millis
    version: str


class RulesChanged(Frozen, frozen=True, tag="rules"):
    """From here on the engine uses the catalog with this content version."""

    RANK: ClassVar[int] = 1

    id: str
    arrived: Millis
    version: str


Event: TypeAlias = Ticket | Alarm | Maintenance | Action | TopologyChanged | RulesChanged

Kept: TypeAlias = MaintenanceKept
"""What is kept of an event just as it came in; its table is in `adapters.sql.schema.KEPT`."""


def arrival_order(event: Event) -> tuple[Millis, int, str, str]:
    """Sort key of the stream: arrival, then the rank of the kind, then id."""
    return event.arrived, event.RANK, event.id, getattr(event, "event_id", "")
