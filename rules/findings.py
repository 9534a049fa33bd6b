"""What is wrong in a catalog, and exactly where."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import yaml

_SHOWN = 20
"""Names listed in a message at most."""
MOST_FINDINGS = 1_000
"""Kept of one reading; the others are counted."""
_LONGEST_MESSAGE = 1_000
_HINTS = 100
"""Findings of one reading with the nearest name at most: to find one is slow."""
_HINT_NAMES = 200
_HINT_LENGTH = 64


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
    """Collects the findings of one reading; the same finding twice counts once.

    Beyond `MOST_FINDINGS` they are only counted.
    """

    def __init__(self, hints: int = _HINTS) -> None:
        """`hints`: how many more names may be looked for."""
        self._findings: set[Finding] = set()
        self._more = 0
        self._hints = hints

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
        if finding in self._findings:
            return
        if len(self._findings) == MOST_FINDINGS:
            self._more += 1
            return
        if len(finding.message) > _LONGEST_MESSAGE:
            finding = finding._replace(message=f"{finding.message[:_LONGEST_MESSAGE]}…")
        self._findings.add(finding)

    def part(self) -> Report:
        """Return a report for a part of what is read, to be absorbed."""
        return Report(self._hints)

    def absorb(self, other: Report) -> None:
        """Add what the reading of a part found."""
        self._hints = min(self._hints, other._hints)
        self._more += other._more
        for finding in sorted(other._findings):
            self.add(finding)

    def hint(self, word: str, known: Collection[str]) -> str:
        """Return what `did_you_mean` says, as long as not too many have asked."""
        self._hints -= 1
        return did_you_mean(word, known) if self._hints >= 0 else ""

    def raise_if_any(self) -> None:
        """Raise CatalogError with everything that was collected."""
        if self._more:
            # The same place as the last one, and a message that is sorted behind every other.
            more = f"… and {self._more:,} more errors, not listed"
            raise CatalogError([*self._findings, max(self._findings)._replace(message=more)])
        if self._findings:
            raise CatalogError(self._findings)


def place(node: yaml.Node) -> str:
    """Say where a node is, to be named in another one's error."""
    mark = node.start_mark
    return f"{mark.name}:{mark.line + 1}"


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that was probably meant, or nothing, also where looking takes long."""
    if len(known) > _HINT_NAMES or len(word) > _HINT_LENGTH:
        return ""
    return next(iter(get_close_matches(word, sorted(known), n=1)), "")


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return `: did you mean 'x'?`, or what there is to choose from when nothing is near."""
    near = nearest(word, known)
    if near:
        return f": did you mean '{near}'?"
    return f"; known: {', '.join(sorted(known))}" if 0 < len(known) <= _SHOWN else ""
