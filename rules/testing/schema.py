"""The keys of a file of rule tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.shapes import (
    Anything,
    Duration,
    Items,
    Key,
    Known,
    Named,
    Number,
    OneOf,
    Record,
    Shape,
    Text,
    Whole,
)
from rules.testing.events import event_record
from rules.testing.shapes import (
    LONGEST_TEST,
    MOMENT,
    Local,
    Nothing,
    OneOrMany,
    Range,
    Yes,
    optional,
)

if TYPE_CHECKING:
    from collections.abc import Collection

EXPECTATIONS = ("announced", "not_announced", "suppressed", "resolved", "external")

_STATES = ("proposed", "open", "resolved", "closed", "rejected", "merged")

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

BACKGROUND = Record(
    {"history": Key(Duration(days=LONGEST_TEST)), "rates": Key(Named(Number(above=True)))}
)

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
            "events": Key(Items(event_record(domains, customers), empty=True)),
            "until": optional(Duration(days=LONGEST_TEST)),
            "expect": Key(Items(_expectation(domains, rules))),
        }
    )


def _expectation(domains: Collection[str] | None, rules: Collection[str] | None) -> Record:
    domain, rule = Known("domain", domains), Known("rule", rules)
    scope = {"domain": optional(domain), "rule": optional(rule)}
    shapes: dict[str, Shape] = {
        "announced": _announced(domain, rule),
        "not_announced": Nothing(Record(scope)),
        "suppressed": Record({"code": Key(Text()), **scope}),
        "resolved": Record({"cause": Key(domain), "by": optional(MOMENT)}),
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
            "by": optional(MOMENT),
            "first_cause": optional(domain),
            "linked_at_least": optional(Whole(1)),
            "symptom": optional(Text()),
            "priority": optional(Whole(1)),
            "raises": optional(OneOf(("open", "proposed"))),
        }
    )
