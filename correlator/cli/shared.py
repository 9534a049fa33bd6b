"""What the commands share: how things are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Format = Annotated[
    Literal["text", "json"], typer.Option("--format", help="Text for people, JSON for programs.")
]


def terminal() -> Console:
    """Return standard output, for people."""
    return Console(highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a value for programs."""
    print(msgspec.json.encode(value).decode())


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere nothing until the end."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)


def show_table(title: str, pairs: list[tuple[str, str]]) -> None:
    """Print names and values for people."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    for name, value in pairs:
        table.add_row(name, value)
    terminal().print(table)
