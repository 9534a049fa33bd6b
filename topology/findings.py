"""What is wrong with an inventory, and where."""

import difflib
from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

MOST_FINDINGS = 1_000
"""Kept of one file; the others are counted."""
_LONGEST_MESSAGE = 1_000
_HINT_NAMES = 2_000  # beyond this many names a hint costs more than it helps
_HINT_LIMIT = 20  # distinct unknown names that get a hint: each may take a tenth of a second
_HINT_LENGTH = 64  # characters: comparing takes the square


class Finding(NamedTuple):
    """One error of an inventory file.

    `line` is the physical line, 1 for the header; `column` is None when the whole line or file
    is meant.
    """

    file: str
    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class InventoryError(ValueError):
    """The inventory cannot be used. `findings` holds every error, by file, line and column."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings, key=_place))
        super().__init__(self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))


class Sink(Protocol):
    """Takes findings."""

    def append(self, finding: Finding, /) -> None:
        """Add one."""


class Findings:
    """The findings of one reading; of each file the first `MOST_FINDINGS`, then only how many."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Finding]] = {}
        self._more: dict[str, int] = {}
        self._left: dict[str, Finding] = {}  # the first of each file that is not kept

    def __bool__(self) -> bool:
        return bool(self._kept)

    def append(self, finding: Finding) -> None:
        """Add one."""
        kept = self._kept.setdefault(finding.file, [])
        if len(kept) == MOST_FINDINGS:
            self._more[finding.file] = self._more.get(finding.file, 0) + 1
            self._left.setdefault(finding.file, finding)
            return
        if len(finding.message) > _LONGEST_MESSAGE:
            finding = finding._replace(message=f"{finding.message[:_LONGEST_MESSAGE]}…")
        kept.append(finding)

    def raise_if_any(self) -> None:
        """Raise InventoryError with all of them."""
        found = [finding for kept in self._kept.values() for finding in kept]
        for file, more in self._more.items():
            text = f"{more:,} more errors in this file are not listed; here is one of them"
            found.append(self._left[file]._replace(column=None, message=text))
        if found:
            raise InventoryError(found)


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return finding.file, finding.line, finding.column or "", finding.message


class Hints:
    """Proposes the nearest known name for an unknown one, as long as that stays cheap."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names if len(names) <= _HINT_NAMES else ()
        self._given: dict[str, str] = {}

    def near(self, name: str) -> str:
        """Return `, did you mean 'x'?` or an empty string."""
        if name in self._given:
            return self._given[name]
        full = len(self._given) >= _HINT_LIMIT
        if not self._names or full or len(name) > _HINT_LENGTH:
            return ""
        close = difflib.get_close_matches(name, self._names, n=1, cutoff=0.75)
        hint = f", did you mean {close[0]!r}?" if close else ""
        self._given[name] = hint
        return hint
