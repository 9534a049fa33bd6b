"""The demo: an evening, at once or in the console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from correlator import logs
from correlator.cli.compiling import say_when_compiling
from correlator.cli.shared import Format, print_json, show_table, terminal
from correlator.demo import SEED, Told, address, evening_stage, live, play, prepare
from correlator.simulate import WorldSummary
from correlator.tools.evaluate import rows
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
    say_when_compiling()
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
