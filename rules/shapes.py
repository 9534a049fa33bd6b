"""What a value must look like. A shape reads a node into plain values.

`read` raises Misfit when the node itself is wrong; what is wrong further inside goes to the report
and is left out of the value, so that every error is found.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec
import yaml

from rules import templates
from rules.findings import Report, did_you_mean, nearest
from rules.nodes import entries, is_null, is_text, kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

Value: TypeAlias = object

_DURATION = re.compile(r"([0-9]{1,6})(s|m|h|d)")
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Misfit(Exception):  # noqa: N818 - it is about a node, the error is the finding it becomes
    """A node is not what its shape wants."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.node = node


class Shape(Protocol):
    """Reads one node."""

    def read(self, node: yaml.Node, report: Report, /) -> Value:
        """Return the plain value; raises Misfit."""


def attempt(shape: Shape, node: yaml.Node, report: Report) -> Value | None:
    """Read a node; None: it does not fit, and the report says why."""
    try:
        return shape.read(node, report)
    except Misfit as misfit:
        report.at(misfit.node, str(misfit))
        return None


class Text(msgspec.Struct, frozen=True):
    """Words that are not empty; `check` may say what is wrong with them."""

    check: Callable[[str], str] | None = None

    def read(self, node: yaml.Node, _: Report) -> str:
        """Return the text without the spaces around it."""
        if not is_text(node):
            scalar = isinstance(node, yaml.ScalarNode) and not is_null(node)
            quotes = ": put it in quotes" if scalar else ""
            raise Misfit(node, f"expected text, got {kind(node)}{quotes}")
        text: str = node.value.strip()
        if not text:
            raise Misfit(node, "the text is empty")
        problem = self.check(text) if self.check else ""
        if problem:
            raise Misfit(node, problem)
        return text


class Anything(msgspec.Struct, frozen=True):
    """Whatever stands there is read elsewhere."""

    def read(self, node: yaml.Node, _: Report) -> yaml.Node:
        """Return the node."""
        return node


class Known(msgspec.Struct, frozen=True):
    """A name that exists; `what` says of what kind. None: any name."""

    what: str
    names: Collection[str] | None = None

    def read(self, node: yaml.Node, report: Report) -> str:
        """Return the name."""
        name = Text().read(node, report)
        if self.names is None or name in self.names:
            return name
        raise Misfit(node, f"unknown {self.what} '{name}'{report.hint(name, self.names)}")


class OneOf(msgspec.Struct, frozen=True):
    """One of a few words."""

    options: tuple[str, ...]

    def read(self, node: yaml.Node, report: Report) -> str:
        """Return the word."""
        if isinstance(node, yaml.ScalarNode) and node.value in self.options:
            return str(node.value)
        if not is_text(node):
            raise Misfit(node, f"expected one of {', '.join(self.options)}, got {kind(node)}")
        raise Misfit(node, f"unknown value '{node.value}'{report.hint(node.value, self.options)}")


class Flag(msgspec.Struct, frozen=True):
    """True or false."""

    def read(self, node: yaml.Node, _: Report) -> bool:
        """Return the truth value."""
        if node.tag == "tag:yaml.org,2002:bool":
            return str(node.value).lower() in {"true", "yes", "on"}
        raise Misfit(node, f"expected true or false, got {kind(node)}")


class Number(msgspec.Struct, frozen=True):
    """A number from `low` (or above it, if `above`) to `high`."""

    low: float = 0.0
    high: float = math.inf
    above: bool = False

    def read(self, node: yaml.Node, _: Report) -> float:
        """Return the number."""
        number = _number(node)
        if number is None:
            raise Misfit(node, f"expected a number, got {kind(node)}")
        inside = self.low < number if self.above else self.low <= number
        if inside and number <= self.high and math.isfinite(number):
            return number
        raise Misfit(node, f"{node.value} is out of range: {self._range()}")

    def _range(self) -> str:
        low = f"above {self.low:g}" if self.above else f"from {self.low:g}"
        return low if math.isinf(self.high) else f"{low} to {self.high:g}"


class Whole(msgspec.Struct, frozen=True):
    """A whole number from `low` to `high`; None: as high as one likes."""

    low: int
    high: int | None = None

    def read(self, node: yaml.Node, _: Report) -> int:
        """Return the number."""
        digits = str(node.value).replace("_", "") if isinstance(node, yaml.ScalarNode) else ""
        if is_text(node) or not re.fullmatch(r"-?[0-9]{1,12}", digits):
            raise Misfit(node, f"expected a whole number, got {kind(node)}")
        if self.low <= int(digits) and (self.high is None or int(digits) <= self.high):
            return int(digits)
        most = "" if self.high is None else f" to {self.high}"
        raise Misfit(node, f"{node.value} is out of range: from {self.low}{most}")


class Duration(msgspec.Struct, frozen=True):
    """A length of time with its unit, read as milliseconds; `days`: how long it may be."""

    zero: bool = False
    days: int | None = None

    def read(self, node: yaml.Node, _: Report) -> int:
        """Return milliseconds."""
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        match = _DURATION.fullmatch(text)
        if match is None:
            raise Misfit(node, f"expected a duration like 90s, 30m, 2h or 1d, got {kind(node)}")
        length = int(match[1]) * _UNITS[match[2]]
        if not length and not self.zero:
            raise Misfit(node, f"{text} is out of range: above 0s")
        if self.days is not None and length > self.days * _UNITS["d"]:
            raise Misfit(node, f"{text} is out of range: at most {self.days}d")
        return length


LAST_PORT = 65_535
PORT = Whole(0, LAST_PORT)
"""Of TCP; 0 is any that is free."""


class Items(msgspec.Struct, frozen=True):
    """A list; each item has the same shape. `distinct` refuses the same scalar twice."""

    item: Shape
    empty: bool = False
    distinct: bool = False

    def read(self, node: yaml.Node, report: Report) -> list[Value]:
        """Return the items that could be read."""
        if not isinstance(node, yaml.SequenceNode):
            raise Misfit(node, f"expected a list, got {kind(node)}")
        if not node.value and not self.empty:
            raise Misfit(node, "the list is empty")
        if self.distinct:
            _report_repeats(node, report)
        return [
            value for item in node.value if (value := attempt(self.item, item, report)) is not None
        ]


class Named(msgspec.Struct, frozen=True):
    """A mapping whose keys are free names, all values having the same shape."""

    value: Shape
    empty: bool = False

    def read(self, node: yaml.Node, report: Report) -> dict[str, Value]:
        """Return what could be read."""
        if not isinstance(node, yaml.MappingNode):
            raise Misfit(node, f"expected a mapping, got {kind(node)}")
        if not node.value and not self.empty:
            raise Misfit(node, "the mapping is empty")
        values: dict[str, Value] = {}
        for name, key, value_node in _once(node, report):
            if not name.strip():
                report.at(key, "the name is empty")
            elif (value := attempt(self.value, value_node, report)) is not None:
                values[name] = value
        return values


class Key(msgspec.Struct, frozen=True):
    """One key of a record. `nullable`: an empty value means that the key is not there."""

    shape: Shape
    required: bool = True
    nullable: bool = False


class Record(msgspec.Struct, frozen=True):
    """A mapping of known keys.

    `rising` names two keys with numbers: the first is not above the second. Of the keys in `one_of`
    exactly one must be there.
    """

    keys: Mapping[str, Key]
    rising: tuple[str, str] | None = None
    one_of: tuple[str, ...] = ()

    def read(self, node: yaml.Node, report: Report) -> dict[str, Value]:
        """Return what could be read; missing and unknown keys are in the report."""
        if not isinstance(node, yaml.MappingNode):
            raise Misfit(node, f"expected a mapping of keys, got {kind(node)}")
        values: dict[str, Value] = {}
        places: dict[str, yaml.Node] = {}
        missing = {name for name, key in self.keys.items() if key.required}
        for name, key_node, value_node in _once(node, report):
            known = self.keys.get(name)
            if known is None:
                missing.discard(nearest(name, self.keys))  # one slip, one error
                report.at(key_node, f"unknown key '{name}'{report.hint(name, self.keys)}")
                continue
            missing.discard(name)
            places[name] = value_node
            if not (known.nullable and is_null(value_node)):
                values[name] = attempt(known.shape, value_node, report)
        for name in sorted(missing):
            report.at(node, f"missing key '{name}'")
        self._check_order(values, places, report)
        self._check_choice(node, places, report)
        return values

    def relaxed(self) -> Record:
        """Return this record with every key optional, at every depth."""
        return Record(
            {
                name: Key(
                    key.shape.relaxed() if isinstance(key.shape, Record) else key.shape,
                    required=False,
                    nullable=key.nullable,
                )
                for name, key in self.keys.items()
            },
            self.rising,
        )

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield every key with its path: `resolve.quiet`, `alarms.follows` (in a list)."""
        for name, key in self.keys.items():
            yield prefix + name
            inner = getattr(key.shape, "item", getattr(key.shape, "record", key.shape))
            if isinstance(inner, Record):
                yield from inner.names(f"{prefix}{name}.")

    def _check_choice(
        self, node: yaml.Node, places: Mapping[str, yaml.Node], report: Report
    ) -> None:
        given = [name for name in places if name in self.one_of]
        if self.one_of and not given:
            report.at(node, f"one of these keys is missing: {', '.join(self.one_of)}")
        for name in given[1:]:
            report.at(places[name], f"'{name}' beside '{given[0]}': only one of them")

    def _check_order(
        self, values: Mapping[str, Value], places: Mapping[str, yaml.Node], report: Report
    ) -> None:
        first, second = self.rising or ("", "")
        low, high = values.get(first), values.get(second)
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            report.at(places[first], f"'{first}' ({low:g}) is above '{second}' ({high:g})")


def name_problem(text: str) -> str:
    """Say what is wrong with an id."""
    if _NAME.fullmatch(text):
        return ""
    return f"'{text}' is no name: small letters, digits and single hyphens"


def link_problem(text: str) -> str:
    """Say what is wrong with a link."""
    if re.fullmatch(r"https?://[^\s<>\"']+", text):
        return ""
    return f"'{text}' is no link: it starts with https:// or http://"


def template_problem(text: str) -> str:
    """Say what is wrong with a template."""
    try:
        unknown = sorted(templates.variables(text) - set(templates.VARIABLES))
    except templates.TemplateError as error:
        return f"template: {error}"
    return "; ".join(
        f"template: unknown variable '{name}'{did_you_mean(name, templates.VARIABLES)}"
        for name in unknown
    )


def merged(over: yaml.Node, under: yaml.Node | None, shape: Record) -> yaml.Node:
    """Lay a mapping over another one: its keys win, records in it are merged the same way.

    Keys that the shape does not know are not taken from below.
    """
    if not isinstance(over, yaml.MappingNode) or not isinstance(under, yaml.MappingNode):
        return over
    below = {name: value for name, _, value in entries(under)}
    pairs = []
    for name, key, value in entries(over):
        inner = shape.keys[name].shape if name in shape.keys else None
        if isinstance(inner, Record):
            pairs.append((key, merged(value, below.get(name), inner)))
        else:
            pairs.append((key, value))
    above = {name for name, _, _ in entries(over)}
    wanted = shape.keys.keys() - above
    pairs += [(key, value) for name, key, value in entries(under) if name in wanted]
    return yaml.MappingNode(over.tag, pairs, over.start_mark, over.end_mark)


def _number(node: yaml.Node) -> float | None:
    """Read a number; YAML 1.1 takes `2e-3` for text, people do not."""
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:
        return None
    try:
        return float(node.value.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return None


def _report_repeats(node: yaml.SequenceNode, report: Report) -> None:
    seen: set[str] = set()
    for item in node.value:
        if isinstance(item, yaml.ScalarNode):
            if item.value in seen:
                report.at(item, f"'{item.value}' is given twice")
            seen.add(item.value)


def _once(node: yaml.MappingNode, report: Report) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Yield the entries of a mapping; a key given again is reported and skipped."""
    lines: dict[str, int] = {}
    for name, key, value in entries(node):
        if not isinstance(key, yaml.ScalarNode):
            report.at(key, f"a key is a word, not {kind(key)}")
        elif name in lines:
            report.at(key, f"key '{name}' is given twice, first on line {lines[name]}")
        else:
            lines[name] = key.start_mark.line + 1
            yield name, key, value
