"""YAML text → nodes that know their place. Nothing here knows what a rule is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from rules.findings import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

_STR = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"


def compose(file: str, raw: bytes | str, report: Report) -> yaml.Node | None:
    """Read one YAML document; None when it has none, the error then being in the report."""
    text = raw if isinstance(raw, str) else _decode(file, raw, report)
    if text is None:
        return None
    try:
        node = _compose(file, text)
    except yaml.MarkedYAMLError as error:
        _report_syntax(file, error, report)
    except yaml.reader.ReaderError as error:
        line, column = _place(text[: error.position])
        report.add(Finding(file, line, column, f"not YAML: {error.reason}"))
    except RecursionError:
        report.add(Finding(file, 1, 1, "not YAML that can be read: nested too deeply"))
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


def _compose(file: str, text: str) -> yaml.Node | None:
    loader = yaml.SafeLoader(text)
    loader.name = file
    try:
        return loader.get_single_node()
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
