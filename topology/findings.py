"""What is wrong with an inventory, and where."""

import difflib
from collections.abc import Collection, Iterable
from typing import NamedTuple

_HINT_NAMES = 5_000  # beyond this many names a hint costs more than it helps
_HINT_LIMIT = 100  # distinct unknown names that get a hint


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
        if not self._names or len(self._given) >= _HINT_LIMIT:
            return ""
        close = difflib.get_close_matches(name, self._names, n=1, cutoff=0.75)
        hint = f", did you mean {close[0]!r}?" if close else ""
        self._given[name] = hint
        return hint
