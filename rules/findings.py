"""What is wrong in a catalog, and exactly where."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import yaml

_SHOWN = 20
"""Names listed in a message at most."""


class Finding(NamedTuple):
    """One error. `line` and `column` count from 1 and point at the offending key or value."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class CatalogError(Exception):
    """The files cannot be used. `findings` holds every error there is, in reading order."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))


class Report:
    """Collects the findings of one reading; the same finding twice counts once."""

    def __init__(self) -> None:
        self._findings: set[Finding] = set()

    def __len__(self) -> int:
        return len(self._findings)

    def at(self, node: yaml.Node, message: str) -> None:
        """Add an error at the start of a node."""
        self.at_mark(node.start_mark, message)

    def at_mark(self, mark: yaml.Mark, message: str) -> None:
        """Add an error at a place that PyYAML has marked."""
        self.add(Finding(mark.name, mark.line + 1, mark.column + 1, message))

    def add(self, finding: Finding) -> None:
        """Add an error."""
        self._findings.add(finding)

    def absorb(self, other: Report) -> None:
        """Add what another reading found."""
        self._findings |= other._findings

    def raise_if_any(self) -> None:
        """Raise CatalogError with everything that was collected."""
        if self._findings:
            raise CatalogError(self._findings)


def place(node: yaml.Node) -> str:
    """Say where a node is, to be named in another one's error."""
    mark = node.start_mark
    return f"{mark.name}:{mark.line + 1}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, or nothing."""
    return next(iter(get_close_matches(word, sorted(known), n=1)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `: did you mean 'x'?`, or what there is to choose from when nothing is near."""
    options = sorted(known)
    near = nearest(word, options)
    if near:
        return f": did you mean '{near}'?"
    return f"; known: {', '.join(options)}" if 0 < len(options) <= _SHOWN else ""
