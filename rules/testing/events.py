"""What happens in a test: for each kind of event its keys, and the moment that they become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from rules.model import OUTSIDE, Millis
from rules.schema import SEVERITIES
from rules.shapes import Flag, Items, Key, Known, OneOf, Record, Text, Whole
from rules.testing.shapes import MOMENT, OneOrMany, optional

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Fields: TypeAlias = dict[str, Any]

VERBS = (
    "acknowledge",
    "confirm",
    "reject",
    "link",
    "unlink",
    "scope",
    "merge",
    "split",
    "resolve",
    "close",
    "reopen",
    "message",
    "unacknowledge",
    "unconfirm",
    "declare",
    "note",
    "not-this",
)
"""What people may do to an incident in a test; nothing that is only told or promised."""

_TICKET_STATUSES = (
    "acknowledged",
    "rejected",
    "pending",
    "held",
    "inProgress",
    "cancelled",
    "closed",
    "resolved",
)


# --------------------------------------------------------------------------------- moments


class Happening(msgspec.Struct, frozen=True):
    """Something that happens `at` a moment of the test; its tag is that of the event it becomes."""

    at: Millis

    def event(self, start: Millis, mark: str) -> Fields:
        """Return the fields of the event: those of the same name, and when it comes in.

        `start`: of the test, ms UTC; `mark` is the id of what has none.
        """
        at = start + self.at
        given = {"id": mark, **msgspec.to_builtins(self)}
        return {**given, "arrived": at, "occurred": at, "event_id": mark}


class TicketMoment(Happening, tag="ticket", frozen=True):
    """A customer's ticket comes in."""

    id: str
    customer: str | None = None
    symptom: str | None = None
    text: str = ""
    status: str = "acknowledged"


class AlarmMoment(Happening, tag="alarm", frozen=True):
    """An equipment's alarm comes in."""

    id: str
    object: str
    cause: str
    severity: str = "critical"
    state: str = "raised"

    def event(self, start: Millis, mark: str) -> Fields:
        """Return the fields of the event: the object is the managed one."""
        return {**super().event(start, mark), "managed_object": self.object}


class MaintenanceMoment(Happening, tag="maintenance", frozen=True):
    """Planned works become known; `start` and `end` are moments as well."""

    id: str
    objects: tuple[str, ...]
    start: Millis
    end: Millis
    cancelled: bool = False

    def event(self, start: Millis, mark: str) -> Fields:
        """Return the fields of the event, which counts from 1970."""
        times = {"start": start + self.start, "end": start + self.end}
        return {**super().event(start, mark), **times}


class ActionMoment(Happening, tag="action", frozen=True):
    """Someone does something to the incident on `cause`, or to the external one where empty.

    `into` names the cause of another incident; `declare` opens one on `domain`.
    """

    verb: str
    cause: str = ""
    actor: str = "cell"
    reason: str = ""
    tickets: tuple[str, ...] = ()
    into: str = ""
    domain: str = ""
    symptom: str = ""
    text: str = ""

    def event(self, start: Millis, mark: str) -> Fields:
        """Return the fields of the event, with the cause where the incident belongs."""
        return {**super().event(start, mark), "incident": self.cause}


Moment: TypeAlias = TicketMoment | AlarmMoment | MaintenanceMoment | ActionMoment


# ------------------------------------------------------------------------------------ keys


class Names(NamedTuple):
    """What an event may name: a customer, a failure domain, or one of these or `*`."""

    customer: Known
    domain: Known
    anywhere: Known


def _ticket(names: Names) -> Record:
    return Record(
        {
            "id": optional(Text()),
            "customer": optional(names.customer),
            "symptom": optional(Text()),
            "text": optional(Text()),
            "status": optional(OneOf(_TICKET_STATUSES)),
        }
    )


def _burst(names: Names) -> Record:
    return Record(
        {
            "count": Key(Whole(1)),
            "under": Key(names.anywhere),
            "symptoms": Key(OneOrMany(), required=False),
            "text": optional(Text()),
            "every": Key(MOMENT),
            "skip": optional(Whole(0)),
        }
    )


def _alarm(names: Names) -> Record:
    return Record(
        {
            "id": Key(Text()),
            "object": Key(names.domain),
            "cause": Key(Text()),
            "severity": optional(OneOf((*SEVERITIES, "cleared"))),
            "state": optional(OneOf(("raised", "updated", "cleared"))),
        }
    )


def _maintenance(names: Names) -> Record:
    return Record(
        {
            "id": Key(Text()),
            "objects": Key(Items(names.domain)),
            "start": Key(MOMENT),
            "end": Key(MOMENT),
            "cancelled": optional(Flag()),
        },
        rising=("start", "end"),
    )


def _action(names: Names) -> Record:
    return Record(
        {
            "verb": Key(OneOf(VERBS)),
            "cause": optional(names.domain),
            "actor": optional(Text()),
            "reason": optional(Text()),
            "tickets": Key(Items(Text()), required=False),
            "into": optional(names.domain),
            "domain": optional(names.domain),
            "symptom": optional(Text()),
            "text": optional(Text()),
        }
    )


EVENTS: Mapping[str, Callable[[Names], Record]] = {
    "ticket": _ticket,
    "burst": _burst,
    "alarm": _alarm,
    "maintenance": _maintenance,
    "action": _action,
}
"""The keys of every kind of event; a burst becomes tickets."""


def event_record(domains: Collection[str] | None, customers: Collection[str] | None) -> Record:
    """Return the keys of an event whose names must exist; None: any name will do."""
    names = Names(
        Known("customer", customers),
        Known("domain", domains),
        Known("domain", None if domains is None else {*domains, OUTSIDE}),
    )
    keys = {kind: Key(keys_of(names), required=False) for kind, keys_of in EVENTS.items()}
    return Record({"at": Key(MOMENT), **keys}, one_of=tuple(EVENTS))


def moment_of(kind: str, values: Fields) -> Moment:
    """Return the moment of an event that is no burst."""
    moment: Moment = msgspec.convert({**values, "type": kind}, Moment)
    return moment
