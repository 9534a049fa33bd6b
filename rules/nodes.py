"""YAML text → nodes that know their place. Nothing here knows what a rule is.

A document has limits, so that a small file can neither fill the memory nor take minutes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from rules.findings import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 18
"""Of one file: forty times the largest of the catalog that comes along."""
MOST_NODES = 50_000
"""Keys and values of one document, what stands under an alias counted each time."""
MOST_LEVELS = 50

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What stands in no file name, no database and no UTF-8: YAML can write it as an escape."""

_STR = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"


def compose(file: str, raw: bytes | str, report: Report) -> yaml.Node | None:
    """Read one YAML document; None when it has none, the error then being in the report."""
    if len(raw) > MOST_BYTES:
        report.add(Finding(file, 1, 1, f"larger than {MOST_BYTES:,} bytes"))
        return None
    text = raw if isinstance(raw, str) else _decode(file, raw, report)
    if text is None:
        return None
    try:
        node = _compose(file, text)
    except _LimitError as error:
        report.at_mark(error.mark, str(error))
    except yaml.MarkedYAMLError as error:
        _report_syntax(file, error, report)
    except yaml.reader.ReaderError as error:
        line, column = _place(text[: error.position])
        report.add(Finding(file, line, column, f"not YAML: {error.reason}"))
    else:
        if node is not None:
            return node
        report.add(Finding(file, 1, 1, "the file is empty"))
    return None


def entries(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Yield each key's text, the key and the value, in the order of the file."""
    for key, value in node.value:
        yield (key.value if isinstance(key, yaml.ScalarNode) else ""), key, value


def child(node: yaml.Node | None, *path: str) -> yaml.Node | None:
    """Return the value under a path of keys, if it is there."""
    for name in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, _, value in entries(node) if key == name), None)
    return node


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """Return the items of a list node; none for anything else."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def is_text(node: yaml.Node) -> bool:
    """Tell whether YAML reads the node as text, not as a number, a date or a truth value."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _STR


def is_null(node: yaml.Node) -> bool:
    """Tell whether nothing stands there."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def kind(node: yaml.Node) -> str:
    """Describe what was found, for a message."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if is_null(node):
        return "nothing"
    names = {"str": "the text", "int": "the number", "float": "the number", "bool": "yes/no"}
    return f"{names.get(node.tag.rpartition(':')[2], 'the value')} '{node.value}'"


class _LimitError(Exception):
    """A document that is YAML, but not to be read."""

    def __init__(self, at: yaml.Event | yaml.Mark, message: str) -> None:
        super().__init__(message)
        # By PyYAML's types an event may have no mark; one that was parsed has.
        self.mark: Any = at.start_mark if isinstance(at, yaml.Event) else at


class _Loader(yaml.SafeLoader):
    """Composes nodes within the limits."""

    def __init__(self, file: str, text: str) -> None:
        super().__init__(text)
        self.name = file
        self._level = 0
        self._count = 0
        self._sizes: dict[yaml.Node, int] = {}  # with what stands under aliases

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose the next node, and count what is in it."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if self._level == MOST_LEVELS:
            raise _LimitError(event, f"nested more than {MOST_LEVELS} levels deep")
        self._level += 1
        before = self._count
        node = super().compose_node(parent, index)
        self._level -= 1
        if isinstance(event, yaml.AliasEvent):
            if node not in self._sizes:
                raise _LimitError(event, f"'*{event.anchor}' stands inside itself")
            self._count += self._sizes[node]
        elif node is not None:
            self._count += 1
            self._sizes[node] = self._count - before
        if self._count > MOST_NODES:
            counted = "what an alias repeats counted each time"
            raise _LimitError(event, f"more than {MOST_NODES:,} keys and values, {counted}")
        if isinstance(node, yaml.ScalarNode) and (found := _NO_TEXT.search(node.value)):
            raise _LimitError(event, f"the character U+{ord(found[0]):04X} cannot stand in a text")
        return node


def _compose(file: str, text: str) -> yaml.Node | None:
    loader = _Loader(file, text)
    try:
        return loader.get_single_node()
    except (ValueError, OverflowError):  # PyYAML: a character beyond Unicode, a very long version
        message = "not YAML: a character or number that there is not"
        raise _LimitError(loader.get_mark(), message) from None
    finally:
        loader.dispose()


def _decode(file: str, raw: bytes, report: Report) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(raw[: error.start].decode("utf-8"))
        report.add(Finding(file, line, column, "not UTF-8"))
        return None


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _report_syntax(file: str, error: yaml.MarkedYAMLError, report: Report) -> None:
    message = f"not YAML: {error.problem or error.context}"
    mark = error.problem_mark or error.context_mark
    if mark is None:
        report.add(Finding(file, 1, 1, message))
    else:
        report.at_mark(mark, message)
