"""The files of the rules as people read them: the lines of one rule, and the tests about it."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

_TESTS = "tests/"


def source_of(files: Mapping[str, str], rule: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Return the file of a rule and its numbered lines; ("", ()) where it cannot be found."""
    for name, text in sorted(files.items()):
        if name.startswith(_TESTS) or not name.endswith(".yaml") or rule not in text:
            continue
        span = _span(text, rule)
        if span is not None:
            lines = text.splitlines()[span[0] : span[1]]
            return name, tuple((span[0] + n, line) for n, line in enumerate(lines, 1))
    return "", ()


def tests_of(files: Mapping[str, str], rule: str) -> tuple[str, ...]:
    """Return the names of the test files that name a rule."""
    named = (n for n, text in files.items() if n.startswith(_TESTS) and rule in text)
    return tuple(sorted(name.removeprefix(_TESTS) for name in named))


def _span(text: str, rule: str) -> tuple[int, int] | None:
    """Return the first line of a rule (from 0) and the one after its last."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for node in _mappings(root):
        for key, value in node.value:
            if key.value == "id" and value.value == rule:
                return node.start_mark.line, _end(text, node)
    return None


def _end(text: str, node: yaml.Node) -> int:
    """Return the line after the last of a mapping, without what is said of the next one.

    For the parser a block ends where the next thing begins.
    """
    lines, end = text.splitlines(), min(node.end_mark.line, text.count("\n"))
    while end > node.start_mark.line + 1 and lines[end - 1].strip()[:1] in {"", "#"}:
        end -= 1
    return end


def _mappings(node: yaml.Node | None) -> list[yaml.MappingNode]:
    """Return all mappings of a document, outermost first."""
    if isinstance(node, yaml.MappingNode):
        inside = [one for _, value in node.value for one in _mappings(value)]
        return [node, *inside]
    if isinstance(node, yaml.SequenceNode):
        return [one for value in node.value for one in _mappings(value)]
    return []
