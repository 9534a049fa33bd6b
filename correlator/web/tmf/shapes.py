"""What must be in what others post, and what it must be where it is; the rest is kept as it is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Words = Annotated[str, msgspec.Meta(max_length=10_000)]
# Whatever stands in an address as it is; the end is written so that no line may follow.
Id = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:@|+~()*!$&',;=-]+(?![\s\S])"
    ),
]
Named = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+(?![\s\S])"),
]
Priority = Annotated[int, msgspec.Meta(ge=1, le=10)]
Moment = Annotated[str, msgspec.Meta(max_length=100, extra_json_schema={"format": "date-time"})]
MOST_REFERENCES = 200


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what is posted."""


class Ref(Shape, frozen=True):
    """Something that is named by its id."""

    id: Named


References = Annotated[list[Ref], msgspec.Meta(min_length=1, max_length=MOST_REFERENCES)]


class ServiceProblemCreate(Shape, frozen=True):
    """A service problem that another system knows of.

    `rootCauseResource`: where it is one of the inventory, the problem becomes an incident there,
    about the symptom `category` where that is one of the catalog.
    """

    category: Words
    priority: Priority
    description: Words
    reason: Words
    originator_party: dict[str, Any]
    status: Words | None = None
    root_cause_resource: list[Ref] | None = None


class ServiceProblemPatch(Shape, frozen=True):
    """A change of a service problem, as a merge-patch."""

    category: Words | None = None
    priority: Priority | None = None
    description: Words | None = None
    reason: Words | None = None
    status: Words | None = None
    status_change_reason: Words | None = None
    originator_party: dict[str, Any] | None = None
    note: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=20)] | None = None


class ProblemTask(Shape, frozen=True):
    """Problems that are to be acknowledged, or no longer."""

    problem: References


class ProblemGroupTask(Shape, frozen=True):
    """Problems that are part of another one, or no longer."""

    parent_problem: Ref
    child_problem: References


class AlarmCreate(Shape, frozen=True):
    """An alarm. What it is on is `alarmedObject.id`; without it the daemon cannot use it."""

    alarm_type: Words
    perceived_severity: Words
    probable_cause: Words
    alarmed_object: dict[str, Any]
    source_system_id: Words
    state: Words
    alarm_raised_time: Moment
    id: Id | None = None


class AlarmPatch(Shape, frozen=True):
    """A change of an alarm, as a merge-patch."""

    alarm_type: Words | None = None
    perceived_severity: Words | None = None
    probable_cause: Words | None = None
    alarmed_object: dict[str, Any] | None = None
    source_system_id: Words | None = None
    state: Words | None = None
    alarm_raised_time: Moment | None = None
    alarm_cleared_time: Moment | None = None


class Note(Shape, frozen=True):
    """A note on a ticket."""

    text: Words


class TroubleTicketCreate(Shape, frozen=True):
    """A customer's ticket; the customer is the `relatedParty` in the role `customer`."""

    description: Words
    severity: Words
    ticket_type: Words
    id: Id | None = None
    status: Words | None = None
    creation_date: Moment | None = None
    note: list[Note] | None = None
    related_party: list[dict[str, Any]] | None = None


class TroubleTicketPatch(Shape, frozen=True):
    """A change of a ticket, as a merge-patch."""

    description: Words | None = None
    severity: Words | None = None
    ticket_type: Words | None = None
    status: Words | None = None
    note: list[Note] | None = None
    related_party: list[dict[str, Any]] | None = None


class HubCreate(Shape, frozen=True):
    """A subscription: what is called, and which events are told (`eventType=…`)."""

    callback: Words
    query: Words | None = None
