"""Labelled rows and small tables on a screen of 100 columns and 40 lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap

WIDTH, HEIGHT = 100, 40
_GAP = "  "
_MORE = " …"


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return the lines with their columns aligned: the first to the left, the others right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        _GAP.join(
            [line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])],
        ).rstrip()
        for line in lines
    )


def screen(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return title and rows as lines of at most `WIDTH` columns.

    A text's own line breaks stay; longer lines are wrapped. Where all would be higher than a
    screen, the last rows are cut: what matters most comes first.
    """
    cells = [(label, text.split("\n")) for label, text in rows]
    column = max((len(label) for label, _ in cells), default=0)
    width = WIDTH - column - len(_GAP)
    folded = [(label, _folded(lines, width)) for label, lines in cells]
    _fit([lines for _, lines in folded], HEIGHT - 1, width)
    return [clip(title, WIDTH), *_laid_out(folded, column)]


def clip(text: str, width: int) -> str:
    """Return the text, cut where it is wider."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _folded(lines: Sequence[str], width: int) -> list[str]:
    if len(lines) > 1:  # a table or a list: one line each
        return [clip(line, width) for line in lines]
    return wrap(lines[0], width, break_on_hyphens=False) or [""]


def _fit(cells: Sequence[list[str]], height: int, width: int) -> None:
    """Take lines off, last cells first, until all fit; a cell keeps its first line."""
    over = sum(map(len, cells)) - height
    for lines in reversed(cells):
        kept = max(1, len(lines) - max(0, over))
        if kept < len(lines):
            over -= len(lines) - kept
            del lines[kept:]
            lines[-1] = lines[-1][: width - len(_MORE)] + _MORE


def _laid_out(rows: Iterable[tuple[str, list[str]]], column: int) -> Iterable[str]:
    for label, lines in rows:
        for nth, line in enumerate(lines):
            yield f"{(label if nth == 0 else '').ljust(column)}{_GAP}{line}".rstrip()
