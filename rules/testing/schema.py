"""The keys of a file of rule tests."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import yaml

from rules.model import OUTSIDE
from rules.nodes import is_text
from rules.schema import SEVERITIES
from rules.shapes import (
    Anything,
    Duration,
    Flag,
    Items,
    Key,
    Known,
    Misfit,
    Named,
    Number,
    OneOf,
    Record,
    Shape,
    Text,
    Value,
    Whole,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.findings import Report

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
)
"""What people may do to an incident."""

EVENTS = ("ticket", "burst", "alarm", "maintenance", "action")
EXPECTATIONS = ("announced", "not_announced", "suppressed", "resolved", "external")

_STATES = ("proposed", "open", "resolved", "closed", "rejected", "merged")
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
_MOMENT = Duration(zero=True)


class Local(msgspec.Struct, frozen=True):
    """A date and time with its offset."""

    def read(self, node: yaml.Node, _: Report) -> datetime:
        """Return the moment."""
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise Misfit(node, "expected a time with its offset, like 2026-03-03T10:00:00+01:00")
        return moment


class Range(msgspec.Struct, frozen=True):
    """Whole numbers from a first to a last one, `1-4`, with the first one's leading zeros."""

    def read(self, node: yaml.Node, _: Report) -> list[str]:
        """Return the numbers as text."""
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        match = re.fullmatch(r"([0-9]{1,4})-([0-9]{1,4})", text)
        if match is None or int(match[1]) > int(match[2]):
            raise Misfit(node, "expected a range like 1-4 or 01-12")
        return [f"{n:0{len(match[1])}d}" for n in range(int(match[1]), int(match[2]) + 1)]


class OneOrMany(msgspec.Struct, frozen=True):
    """A text, or a list of texts to be taken in turn."""

    def read(self, node: yaml.Node, report: Report) -> Value:
        """Return a list."""
        if isinstance(node, yaml.SequenceNode):
            return Items(Text()).read(node, report)
        return [Text().read(node, report)]


class Nothing(msgspec.Struct, frozen=True):
    """`any`, or a record that narrows it down."""

    record: Record

    def read(self, node: yaml.Node, report: Report) -> Value:
        """Return the record's values; `any` has none."""
        if is_text(node) and node.value == "any":
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise Misfit(node, "expected 'any' or a mapping with domain or rule")
        return self.record.read(node, report)


class Yes(msgspec.Struct, frozen=True):
    """`true`, and nothing else."""

    def read(self, node: yaml.Node, report: Report) -> Value:
        """Return no values."""
        if not Flag().read(node, report):
            raise Misfit(node, "only 'true' makes sense here; see not_announced")
        return {}


def optional(shape: Text | Known | OneOf | Duration | Whole | Flag) -> Key:
    """Return a key that may be left out."""
    return Key(shape, required=False)


TOPOLOGY = Record(
    {
        "ranges": Key(Named(Range()), required=False),
        "equipment": Key(Named(Text(), empty=True)),
        "dependencies": Key(
            Items(
                Record({"id": Key(Text()), "on": Key(Text()), "group": optional(Text())}),
                empty=True,
            ),
            required=False,
        ),
        "customers": Key(
            Items(
                Record(
                    {
                        "count": Key(Whole(1)),
                        "prefix": Key(Text()),
                        "on": Key(Items(Text(), empty=True)),
                        "attributes": Key(Named(OneOrMany()), required=False),
                    }
                )
            )
        ),
    }
)

BACKGROUND = Record({"history": Key(Duration()), "rates": Key(Named(Number(above=True)))})

_SHARED = {
    "start": Key(Local(), required=False),
    "topology": Key(Anything(), required=False),
    "background": Key(BACKGROUND, required=False, nullable=True),
}

FILE = Record({**_SHARED, "tests": Key(Items(Anything()))})
"""A file; what is beside `tests` holds for every test that does not say otherwise."""

SHARED = Record(_SHARED)


def one_test(
    domains: Collection[str] | None = None,
    customers: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> Record:
    """Return the keys of a test whose names must exist; None: any name will do."""
    return Record(
        {
            **_SHARED,
            "start": Key(Local()),
            "topology": Key(Anything()),
            "name": Key(Text()),
            "rule": optional(Known("rule", rules)),
            "events": Key(Items(_event(domains, customers), empty=True)),
            "until": optional(Duration()),
            "expect": Key(Items(_expectation(domains, rules))),
        }
    )


def _event(domains: Collection[str] | None, customers: Collection[str] | None) -> Record:
    domain = Known("domain", domains)
    shapes: dict[str, Shape] = {
        "ticket": _ticket(customers),
        "burst": _burst(Known("domain", None if domains is None else {*domains, OUTSIDE})),
        "alarm": _alarm(domain),
        "maintenance": _maintenance(domain),
        "action": _action(domain),
    }
    keys = {name: Key(shapes[name], required=False) for name in EVENTS}
    return Record({"at": Key(_MOMENT), **keys}, one_of=EVENTS)


def _ticket(customers: Collection[str] | None) -> Record:
    return Record(
        {
            "id": optional(Text()),
            "customer": optional(Known("customer", customers)),
            "symptom": optional(Text()),
            "text": optional(Text()),
            "status": optional(OneOf(_TICKET_STATUSES)),
        }
    )


def _burst(domain: Known) -> Record:
    return Record(
        {
            "count": Key(Whole(1)),
            "under": Key(domain),
            "symptoms": Key(OneOrMany(), required=False),
            "text": optional(Text()),
            "every": Key(_MOMENT),
            "skip": optional(Whole(0)),
        }
    )


def _alarm(domain: Known) -> Record:
    return Record(
        {
            "id": Key(Text()),
            "object": Key(domain),
            "cause": Key(Text()),
            "severity": optional(OneOf((*SEVERITIES, "cleared"))),
            "state": optional(OneOf(("raised", "updated", "cleared"))),
        }
    )


def _maintenance(domain: Known) -> Record:
    return Record(
        {
            "id": Key(Text()),
            "objects": Key(Items(domain)),
            "start": Key(_MOMENT),
            "end": Key(_MOMENT),
            "cancelled": optional(Flag()),
        },
        rising=("start", "end"),
    )


def _action(domain: Known) -> Record:
    return Record(
        {
            "verb": Key(OneOf(VERBS)),
            "cause": optional(domain),
            "actor": optional(Text()),
            "reason": optional(Text()),
            "tickets": Key(Items(Text()), required=False),
            "into": optional(domain),
            "domain": optional(domain),
            "text": optional(Text()),
        }
    )


def _expectation(domains: Collection[str] | None, rules: Collection[str] | None) -> Record:
    domain, rule = Known("domain", domains), Known("rule", rules)
    scope = {"domain": optional(domain), "rule": optional(rule)}
    shapes: dict[str, Shape] = {
        "announced": _announced(domain, rule),
        "not_announced": Nothing(Record(scope)),
        "suppressed": Record({"code": Key(Text()), **scope}),
        "resolved": Record({"cause": Key(domain), "by": optional(_MOMENT)}),
        "external": Yes(),
    }
    return Record(
        {name: Key(shapes[name], required=False) for name in EXPECTATIONS},
        one_of=EXPECTATIONS,
    )


def _announced(domain: Known, rule: Known) -> Record:
    return Record(
        {
            "cause": Key(domain),
            "rule": optional(rule),
            "state": optional(OneOf(_STATES)),
            "by": optional(_MOMENT),
            "first_cause": optional(domain),
            "linked_at_least": optional(Whole(1)),
            "symptom": optional(Text()),
            "priority": optional(Whole(1)),
            "raises": optional(OneOf(("open", "proposed"))),
        }
    )
