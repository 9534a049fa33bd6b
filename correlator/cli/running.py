"""The daemon."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from correlator import app, logs
from correlator.adapters import beside
from correlator.cli.compiling import say_when_compiling
from correlator.config import load_config


def run(
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")],
    form: Annotated[
        Literal["text", "json"] | None,
        typer.Option("--format", help="Of the log; otherwise what the configuration says."),
    ] = None,
    with_console: Annotated[
        bool, typer.Option("--serve", help="With a console beside it, a process of its own.")
    ] = False,
) -> None:
    """Run the daemon: Kafka in, Kafka and database out."""
    say_when_compiling()
    logs.last_words()
    settings = load_config(config)
    chosen: Literal["json", "console"] = "json" if form == "json" else "console"
    logs.set_up(settings.log_format if form is None else chosen, settings.log_level)
    option = ("--config", str(config))
    with ExitStack() as others:
        if with_console:
            others.enter_context(beside.console(*option))
        if settings.archive is not None:
            others.enter_context(beside.archivist(*option))
            others.enter_context(beside.workshop(str(config)))
        if settings.ticket_tool:
            others.enter_context(beside.ticketing(str(config)))
        app.run(settings)
