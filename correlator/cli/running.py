"""Running it: the demo, the daemon, the console."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from correlator import app, logs
from correlator.adapters import beside
from correlator.cli.shared import (
    Format,
    print_json,
    show_table,
    terminal,
)
from correlator.config import load_config
from correlator.demo import SEED, Told, address, evening_stage, live, play, prepare
from correlator.simulate import (
    WorldSummary,
)
from correlator.tools.evaluate import (
    rows,
)
from rules.shapes import LAST_PORT


def demo(
    exit_after: Annotated[
        bool, typer.Option("--exit", help="End when the evening is over.")
    ] = False,
    out: Annotated[Path, typer.Option(help="A folder for what it writes.")] = Path("demo-out"),
    seed: Annotated[int, typer.Option(help="Another seed, another evening.")] = SEED,
    port: Annotated[
        int, typer.Option(min=0, max=LAST_PORT, help="Of the console; else any that is free.")
    ] = 8080,
    form: Format = "text",
) -> None:
    """Run a simulated evening through the whole pipeline: no broker, no database server."""
    logs.set_up("console", "warning")
    if not exit_after and form == "text":
        _live_evening(out, seed, port)
        return
    world = prepare(out, seed)
    if form == "json":
        result = play(out, world, lambda _: None)
        print_json(result)
    else:
        _show_evening(out, world)


def _live_evening(out: Path, seed: int, port: int) -> None:
    """Play the evening with a console to look at, until interrupted."""
    console = terminal()
    url, port = address(port)
    console.print(f"[bold]{url}[/]  the console: open it; Ctrl-C ends.")
    console.print(
        f"A simulated operator in {out}/: six days of history at full speed, then Wednesday from "
        "17:10 on, twenty times as fast as the clock. Pause, speed, next event and role are in the "
        "bar of the page."
    )
    prepare(out, seed)
    try:
        live(
            evening_stage(out, port),
            lambda what: console.print(f"{what}: the evening begins anew"),
        )
    except KeyboardInterrupt:
        console.print()


def _show_evening(out: Path, world: WorldSummary) -> None:
    console = terminal()
    console.print(
        f"An evening at a simulated operator, in {out}/: {world.customers:,} customers, "
        f"{world.tickets:,} tickets, {world.alarm_events:,} alarm records; six days of history, "
        "then the evening.\n"
    )
    result = play(out, world, lambda told: console.print(_told_line(told)))
    console.print()
    show_table("The evening in figures", rows(result.measures))
    console.print(f"\n{result.announced} incidents announced, {result.resolved} resolved.")
    console.print(f"Ask why: correlator explain <GI-… or T…> --store {result.store_url}")


def _told_line(told: Told) -> str:
    when = told.time[:16].replace("T", " ")
    if told.kind == "Create":
        cause = told.cause or "hors du réseau"
        return f"[bold red]▲[/] {when}Z {told.id} {told.name}\n    {cause} : {told.reason}"
    mark = "[green]▼[/]" if told.status in {"resolved", "closed"} else "[yellow]●[/]"
    return f"{mark} {when}Z {told.id} {told.status}, {told.tickets} tickets"


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
        app.run(settings)


def serve(
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")],
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=LAST_PORT, help="The port to listen on.")
    ] = None,
) -> None:
    """Serve the console: pages, live updates, actions; any number of such processes may run."""
    # Another program in the place of this one, which has the engine and its libraries loaded.
    command = [sys.executable, "-m", "correlator.web", "--config", str(config)]
    command += [] if host is None else ["--host", host]
    command += [] if port is None else ["--port", str(port)]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted
