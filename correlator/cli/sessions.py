"""Sessions of people who have logged in at the console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Session, Sessions
from correlator.cli.exits import FINDINGS
from correlator.cli.shared import Format, print_json, terminal
from correlator.cli.stores import existing_store
from correlator.config import load_config
from correlator.formats.times import to_rfc3339

sessions = typer.Typer(help="Sessions of people who have logged in at the console.")
Settings = Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")]


@sessions.command("list")
def show(
    config: Settings,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are over as well, of the last month.")
    ] = False,
    form: Format = "text",
) -> None:
    """Show the sessions that hold, without their secrets."""
    now = wall_clock()
    with existing_store(load_config(config).store_url) as store:
        found = Sessions(store.engine).listed(now, everything=everything)
    if form == "json":
        print_json([one._asdict() for one in found])
        return
    for one in found:
        terminal().print(_line(one, now), markup=False)


def _line(one: Session, now: int) -> str:
    state = "revoked" if one.revoked is not None else "holds" if one.holds(now) else "over"
    since, seen, until = (to_rfc3339(at)[:16] + "Z" for at in (one.made, one.seen, one.until))
    times = f"since {since}  seen {seen}  until {until}"
    return f"{one.id}  {one.actor}  {one.role}  {one.kind}  {state}  {times}"


@sessions.command("revoke")
def revoke(session: Annotated[str, typer.Argument(help="Its id.")], config: Settings) -> None:
    """End a session at once."""
    with existing_store(load_config(config).store_url) as store:
        done = Sessions(store.engine).revoke(session, wall_clock())
    print("revoked" if done else "there is no such session that is not revoked already")
    raise typer.Exit(0 if done else FINDINGS)
