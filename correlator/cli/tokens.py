"""Tokens of systems that use the API."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ApiToken, Tokens
from correlator.cli.exits import FINDINGS
from correlator.cli.shared import Format, print_json, terminal
from correlator.cli.stores import existing_store
from correlator.config import load_config
from correlator.formats.times import to_rfc3339
from correlator.model import DAY
from correlator.web.who import SCOPES

tokens = typer.Typer(help="Tokens of systems that use the API.")
Settings = Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")]
_LONGEST = 1_096  # days: three years


@tokens.command("create")
def create(
    config: Settings,
    name: Annotated[str, typer.Option(help="Of the system: it stands in the audit.")],
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(SCOPES)}; several times.")],
    days: Annotated[int, typer.Option(min=1, max=_LONGEST, help="Until it expires.")] = 365,
) -> None:
    """Make a token and print it: it is kept as a digest, and cannot be shown again."""
    if unknown := sorted(set(scope) - SCOPES.keys()):
        raise ValueError(f"no such scope: {', '.join(unknown)}; one of {', '.join(SCOPES)}")
    if not name.strip():
        raise ValueError("a token needs the name of its system")
    now = wall_clock()
    with existing_store(load_config(config).store_url) as store:
        made = Tokens(store.engine).create(
            name.strip(), tuple(sorted(set(scope))), getuser(), now, now + days * DAY
        )
    print(made)


@tokens.command("list")
def show(config: Settings, form: Format = "text") -> None:
    """Show all tokens, without their secrets."""
    with existing_store(load_config(config).store_url) as store:
        found = Tokens(store.engine).listed()
    if form == "json":
        print_json([one._asdict() for one in found])
        return
    now = wall_clock()
    for one in found:
        terminal().print(_line(one, now), markup=False)


def _line(one: ApiToken, now: int) -> str:
    state = "revoked" if one.revoked is not None else "expired" if not one.holds(now) else "holds"
    used = "never" if one.used is None else to_rfc3339(one.used)[:13] + "h"
    until = to_rfc3339(one.expires)[:10]
    return f"{one.id}  {one.name}  {' '.join(one.scopes)}  {state}  until {until}  used {used}"


@tokens.command("revoke")
def revoke(token: Annotated[str, typer.Argument(help="Its id.")], config: Settings) -> None:
    """Revoke a token at once."""
    with existing_store(load_config(config).store_url) as store:
        done = Tokens(store.engine).revoke(token, wall_clock())
    print("revoked" if done else "there is no such token that is not revoked already")
    raise typer.Exit(0 if done else FINDINGS)
