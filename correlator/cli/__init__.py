"""The command line. Exit codes: 0 done, 1 findings, 2 wrong usage or configuration, 3 no server."""

from __future__ import annotations

import gc

import typer

from correlator.cli.commands import Program
from correlator.cli.exits import code_of, fail

__all__ = ["cli", "main"]

_COLLECTED_AFTER = (50_000, 20, 50)
"""Objects, and rounds of each generation, after which Python's collector goes over them.

Its own 700 objects are a few events: what the engine holds would be gone over again and again, and
has no cycles.
"""

cli = typer.Typer(
    cls=Program,
    callback=lambda: None,
    help="Finds the one faulty equipment behind many customers' tickets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; every expected error is one clear sentence and an exit code."""
    gc.set_threshold(*_COLLECTED_AFTER)
    try:
        cli(standalone_mode=True)
    except Exception as error:
        code = code_of(error)
        if code is None:
            raise
        fail(str(error), code)
