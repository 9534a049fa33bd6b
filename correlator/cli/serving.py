"""The console."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from rules.shapes import LAST_PORT


def serve(
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")],
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=LAST_PORT, help="The port to listen on.")
    ] = None,
) -> None:
    """Serve the console: pages, live updates, actions; any number of such processes may run."""
    # A program of its own: it has a command line without the libraries of the engine.
    command = [sys.executable, "-m", "correlator.web", "--config", str(config)]
    command += [] if host is None else ["--host", host]
    command += [] if port is None else ["--port", str(port)]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted
