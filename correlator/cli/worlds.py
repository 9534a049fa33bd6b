"""Made-up worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from correlator.cli.shared import Format, print_json, show_table
from correlator.simulate import SettingsError, WorldSettings, simulate, simulate_evening


def simulate_world(
    out: Annotated[Path, typer.Option(help="A folder for the world.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    hard: Annotated[bool, typer.Option("--hard", help="Everything real feeds do.")] = False,
    evening: Annotated[bool, typer.Option("--evening", help="The demo's evening.")] = False,
    customers: Annotated[int, typer.Option(help="1,000 to 100,000,000.")] = 20_000,
    days: Annotated[int, typer.Option(help="Length of the world.")] = 4,
    option: Annotated[
        list[str] | None, typer.Option("-o", "--option", help="NAME=VALUE, any world setting.")
    ] = None,
    form: Format = "text",
) -> None:
    """Write a made-up operator in the formats of the feeds, with the truth."""
    if evening:
        summary = simulate_evening(out, seed)
    else:
        preset = WorldSettings.hard if hard else WorldSettings.plain
        settings = preset(seed=seed, customers=customers, days=days)
        summary = simulate(_with_options(settings, option or []), out)
    if form == "json":
        print_json(summary)
    else:
        show_table("World", [(k, str(v)) for k, v in msgspec.structs.asdict(summary).items()])


def _with_options(settings: WorldSettings, options: list[str]) -> WorldSettings:
    changed = msgspec.structs.asdict(settings)
    for option in options:
        name, _, value = option.partition("=")
        if name not in changed:
            raise SettingsError(f"no world setting {name!r}")
        changed[name] = value if isinstance(changed[name], str) else msgspec.json.decode(value)
    try:
        return msgspec.convert(changed, WorldSettings)
    except msgspec.ValidationError as error:
        raise SettingsError(str(error)) from None
