"""What the commands share: the program, exit codes, how things are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from correlator.adapters.sql import SqlStore, open_store

FINDINGS, USAGE, UNREACHABLE = 1, 2, 3

Format = Annotated[
    Literal["text", "json"], typer.Option("--format", help="Text for people, JSON for programs.")
]

cli = typer.Typer(
    help="Finds the one faulty equipment behind many customers' tickets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def fail(message: str, code: int) -> NoReturn:
    """End with a sentence and an exit code."""
    print(message, file=sys.stderr)
    raise SystemExit(code)


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


@contextmanager
def existing_store(url: str) -> Iterator[SqlStore]:
    """Open a store to look into: one that is not there is an error, and none is made."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise FileNotFoundError(f"no store at {path}")
    with closing(open_store(url)) as store:
        yield store
