"""The files of the rules as people read them: the lines of one rule, and the tests about it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml


def _folder(rules: Path | None) -> Traversable:
    return files("rules") / "catalog" if rules is None else rules


def source_of(rules: Path | None, rule: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Return the file of a rule and its numbered lines; ("", ()) where it cannot be found."""
    for name, text in _read(str(rules) if rules is not None else ""):
        span = _span(text, rule)
        if span is not None:
            lines = text.splitlines()[span[0] : span[1]]
            return name, tuple((span[0] + n, line) for n, line in enumerate(lines, 1))
    return "", ()


def tests_of(rules: Path | None, rule: str) -> tuple[str, ...]:
    """Return the names of the test files that name a rule."""
    folder = _folder(rules) / "tests"
    if not folder.is_dir():
        return ()
    named = (entry for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(sorted(e.name for e in named if rule in e.read_text(encoding="utf-8")))


@cache
def _read(rules: str) -> tuple[tuple[str, str], ...]:
    folder = _folder(Path(rules) if rules else None)
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return tuple(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in entries
        if entry.name.endswith(".yaml")
    )


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
