"""The shapes of what goes out, as types: what `wire.py` writes, said for those who read it.

`wire.py` builds plain objects, which takes no time that counts in a commit; a test holds each of
its messages to these types, key by key. A key that may be missing is `UNSET` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from correlator.model import Audience, LinkState, Phase

Moment: TypeAlias = Annotated[datetime, Meta(tz=True, extra_json_schema={"pattern": "Z$"})]
"""A time in UTC."""
IncidentId: TypeAlias = Annotated[str, Meta(pattern=r"^GI-\d{8}-[0-9a-f]{8}$")]
Version: TypeAlias = Annotated[
    int,
    Meta(ge=0, lt=2**53, description="Rises with every change under a key: ms and a count."),
]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Severity: TypeAlias = Literal["critical", "major", "minor"]
Kind: TypeAlias = Literal[
    "ServiceProblemCreateEvent",
    "ServiceProblemStateChangeEvent",
    "ServiceProblemAttributeValueChangeEvent",
]
Status: TypeAlias = Literal[
    "pending", "acknowledged", "inProgress", "resolved", "closed", "rejected", "cancelled"
]
State: TypeAlias = Literal[
    "candidate", "proposed", "open", "resolved", "closed", "rejected", "merged"
]

CHARACTERISTICS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "state": State,
        "rule": str,
        "severity": Severity,
        "onset": Moment,
        "observed": Count,
        "expected": Annotated[float, Meta(ge=0)],
        "firstCause": str,
        "equivalents": list[str],
        "healthySiblings": Annotated[str, Meta(pattern=r"^\d+/\d+$")],
        "owner": str,
        "linkedTickets": Count,
        "confirmedBy": str,
        "customerText": dict[Literal["fr", "en"], str],
        "procedure": str,
        "rev": Count,
        "catalog": str,
        "restoreTime": Moment,
        "restoreSource": str,
        "restoreConfidence": str,
    }
)
"""What a `characteristic` may be about, and the type of its value."""


class Published(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what goes out."""


class Reference(Published, frozen=True):
    """Something by its id."""

    id: str


class Resource(Published, frozen=True):
    """A failing domain and its type."""

    id: str
    referred_type: str = msgspec.field(name="@referredType")


class Characteristic(Published, frozen=True):
    """A further property; one that is empty is left out."""

    name: str
    value: Any


_Characteristic: TypeAlias = Annotated[
    Characteristic,
    Meta(
        extra_json_schema={
            "oneOf": [
                {"properties": {"name": {"const": name}, "value": msgspec.json.schema(kind)}}
                for name, kind in CHARACTERISTICS.items()
            ]
        }
    ),
]


class Originator(Published, frozen=True):
    """Who raised it: the correlator."""

    id: Literal["correlator"]
    role: Literal["originator"]


class Tracking(Published, frozen=True):
    """The last change: when, by whom, the state and the code of its reason."""

    time: Moment
    user: str
    system_id: Literal["correlator"]
    description: str


class _Problem(Published, frozen=True, kw_only=True):
    id: IncidentId
    base_type: Literal["ServiceProblem"] = msgspec.field(name="@baseType")
    version: Version
    name: str
    category: str
    priority: Annotated[int, Meta(ge=1, le=5)]
    creation_date: Moment
    reason: str
    description: str
    root_cause_resource: list[Resource]
    affected_number_of_services: Count
    underlying_alarm: list[Reference]
    characteristic: list[_Characteristic]
    originator_party: Originator
    tracking_record: Annotated[list[Tracking], Meta(min_length=1, max_length=1)]
    parent_problem: Annotated[list[Reference], Meta(min_length=1, max_length=1)] | UnsetType = UNSET
    resolution_date: Moment | UnsetType = UNSET


class GenericIncident(_Problem, frozen=True, kw_only=True):
    """An announced incident, whole but for its tickets.

    `name` is its title in French, `category` the main symptom, `reason` and `description` why it
    was raised, in English and in French. `rootCauseResource` is the cause as it is seen at the
    time; it is empty where that is outside the network. `priority` is 1 (most pressing) to 5.
    """

    type: Literal["GenericIncident"] = msgspec.field(name="@type")
    status: Status


class NetworkIncident(_Problem, frozen=True, kw_only=True):
    """Alarms of one cause, whether anybody has called or not.

    As a generic incident, under the same id; `customersToo` once it is announced as one as well.
    """

    type: Literal["NetworkIncident"] = msgspec.field(name="@type")
    status: Literal["submitted"] | Status
    customers_too: bool


class _Envelope(Published, frozen=True):
    event_id: str
    event_type: Kind
    event_time: Moment


class GenericIncidentEvent(Published, frozen=True):
    """The payload of `gi.incidents`."""

    service_problem: GenericIncident


class GenericIncidentRecord(_Envelope, frozen=True):
    """A record of `gi.incidents`."""

    event: GenericIncidentEvent


class NetworkIncidentEvent(Published, frozen=True):
    """The payload of `gi.network-incidents`."""

    service_problem: NetworkIncident


class NetworkIncidentRecord(_Envelope, frozen=True):
    """A record of `gi.network-incidents`."""

    event: NetworkIncidentEvent


class TicketLinkRecord(Published, frozen=True):
    """A ticket's tie to an incident.

    `linkState`: `linked`; `suggested`, a person should look; `unlinked`, taken back. `score` is the
    probability, `actor` the correlator or a person.
    """

    ticket_id: str
    incident_id: IncidentId
    relationship_type: Literal["isChildOf"]
    link_state: LinkState
    score: Share
    reason: str
    actor: str
    version: Version
    event_time: Moment


class BothLanguages(Published, frozen=True):
    """A text in French and in English; the latter may be empty."""

    fr: str
    en: str


class TextRecord(Published, frozen=True):
    """What the cell has approved to be told to an audience; in force until `withdrawnAt`."""

    incident_id: IncidentId
    audience: Audience
    phase: Phase
    version: Version
    text: BothLanguages
    root_cause_resource: list[Resource]
    category: str
    restore_time: Moment | None
    approved_by: str
    approved_at: Moment
    withdrawn_at: Moment | None


_Digits: TypeAlias = Annotated[str, Meta(pattern=r"^\d+$")]


class DeadLetterHeaders(Published, frozen=True, kw_only=True):
    """Where a record came from and why it cannot be used, each as UTF-8.

    `dlq.topic` is `inbox` for an action of the console. `dlq.size` and `dlq.sha256` are of all of a
    value that was longer than a million bytes, and is cut to them.
    """

    topic: str = msgspec.field(name="dlq.topic")
    partition: _Digits = msgspec.field(name="dlq.partition")
    offset: _Digits = msgspec.field(name="dlq.offset")
    reason: Literal["not-json", "invalid", "unusable"] = msgspec.field(name="dlq.reason")
    error: str = msgspec.field(name="dlq.error")
    size: _Digits | UnsetType = msgspec.field(name="dlq.size", default=UNSET)
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | UnsetType = msgspec.field(
        name="dlq.sha256", default=UNSET
    )
