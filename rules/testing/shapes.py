"""What values of a test must look like that other files do not have."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import yaml

from rules.nodes import is_text
from rules.shapes import (
    Duration,
    Flag,
    Items,
    Key,
    Known,
    Misfit,
    OneOf,
    Record,
    Text,
    Value,
    Whole,
)

if TYPE_CHECKING:
    from rules.findings import Report

LONGEST_TEST = 90
"""Days: the engine is ticked at every minute of them."""
MOMENT = Duration(zero=True, days=LONGEST_TEST)
"""A time after the test's start."""


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
