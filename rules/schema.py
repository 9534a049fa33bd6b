"""The keys of the catalog's files. Names are those of `rules.model`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rules.findings import Report, did_you_mean
from rules.model import ANY_TYPE, FEWEST_CALLERS, OUTSIDE, UNLISTED_TYPES, UNNAMED_SYMPTOMS
from rules.nodes import is_text
from rules.shapes import (
    Anything,
    Duration,
    Flag,
    Items,
    Key,
    Misfit,
    Named,
    Number,
    OneOf,
    Record,
    Text,
    Value,
    Whole,
    link_problem,
    name_problem,
    template_problem,
)

if TYPE_CHECKING:
    import yaml

SEVERITIES = ("critical", "major", "minor", "warning", "indeterminate")
"""Perceived severities an alarm can be raised with (X.733)."""

_ALONE = frozenset({ANY_TYPE, UNLISTED_TYPES, OUTSIDE})
_TAKEN = frozenset({UNNAMED_SYMPTOMS, "other"})


class Profile(msgspec.Struct, frozen=True):
    """A rule's symptoms: weights by name, or the word for all that have no name."""

    def read(self, node: yaml.Node, report: Report) -> Value:
        """Return the weights or the word."""
        if not is_text(node):
            return Named(Number(above=True)).read(node, report)
        if node.value == UNNAMED_SYMPTOMS:
            return UNNAMED_SYMPTOMS
        hint = did_you_mean(node.value, [UNNAMED_SYMPTOMS])
        raise Misfit(node, f"expected a mapping of symptoms or '{UNNAMED_SYMPTOMS}'{hint}")


class Domains(msgspec.Struct, frozen=True):
    """A rule's domain types; the words that stand for many types stand alone."""

    def read(self, node: yaml.Node, report: Report) -> Value:
        """Return the types."""
        types = Items(Text(), distinct=True).read(node, report)
        if len(types) == 1:
            return types
        for item in node.value:
            if is_text(item) and item.value in _ALONE:
                report.at(item, f"'{item.value}' stands alone: no other type beside it")
        return types


def symptom_name_problem(text: str) -> str:
    """Say what is wrong with a symptom's id."""
    if text in _TAKEN:
        return f"'{text}' is taken: it stands for what has no name"
    return name_problem(text)


_SHARE = Number(high=1.0)
_LENGTH = Duration()
_WORDS = Record({"fr": Key(Text()), "en": Key(Text())})
_TEMPLATES = Record({"fr": Key(Text(template_problem)), "en": Key(Text(template_problem))})

SYMPTOM = Record(
    {
        "id": Key(Text(symptom_name_problem)),
        "name": Key(_WORDS),
        "fault": Key(Flag(), required=False),
        "examples": Key(Items(Text(), distinct=True), required=False),
    }
)

ALARM = Record(
    {
        "follows": Key(_SHARE),
        "causes": Key(Items(Text(), distinct=True), required=False),
        "severities": Key(Items(OneOf(SEVERITIES), distinct=True), required=False),
    }
)

RULE = Record(
    {
        "id": Key(Text(name_problem)),
        "domains": Key(Domains()),
        "only": Key(Items(Text(), distinct=True), required=False),
        "symptoms": Key(Profile()),
        "other_symptoms": Key(_SHARE, required=False),
        "dial_share": Key(Number(high=1.0, above=True)),
        "raises": Key(OneOf(("open", "proposed"))),
        "title": Key(_TEMPLATES),
        "customer": Key(_TEMPLATES),
        "procedure": Key(Text(link_problem)),
        "urgency": Key(OneOf(("high", "medium", "low"))),
        "impact": Key(Record({"medium": Key(Whole(1)), "high": Key(Whole(1))}, ("medium", "high"))),
        "link": Key(
            Record({"linked": Key(_SHARE), "suggested": Key(_SHARE)}, ("suggested", "linked"))
        ),
        "resolve": Key(
            Record(
                {
                    "quiet": Key(_LENGTH),
                    "alarms_cleared": Key(_LENGTH),
                    "close_after": Key(_LENGTH),
                }
            )
        ),
        "predict": Key(
            Record(
                {
                    "customers": Key(Whole(1)),
                    "after": Key(_LENGTH),
                    "raises": Key(OneOf(("nobody", "noc")), required=False),
                }
            ),
            required=False,
            nullable=True,
        ),
        "alarms": Key(Items(ALARM, empty=True), required=False),
        "alarm_fade": Key(_LENGTH, required=False),
        "cause_gain": Key(Number(above=True), required=False),
        "callers": Key(Whole(FEWEST_CALLERS), required=False),
    }
)

DEFAULTS = Record({name: key for name, key in RULE.keys.items() if name != "id"}).relaxed()
"""What a file may set once for all its rules."""

FAMILY = Record(
    {
        "family": Key(Text(name_problem)),
        "defaults": Key(DEFAULTS, required=False, nullable=True),
        "rules": Key(Items(Anything())),
    }
)
"""A file of rules. Its rules are read one by one, with the defaults below them."""

CAUSES = Record({"causes": Key(Named(Items(Text(), distinct=True)))})
"""The file `causes.yaml`."""

SYMPTOMS = Record({"symptoms": Key(Items(SYMPTOM))})
"""The file `symptoms.yaml`."""
