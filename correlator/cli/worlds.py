"""Made-up worlds, how well they were read, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from rich.table import Table

from correlator.cli.shared import (
    Format,
    existing_store,
    print_json,
    show_table,
    terminal,
)
from correlator.simulate import (
    SettingsError,
    WorldSettings,
    simulate,
    simulate_evening,
)
from correlator.tools.evaluate import (
    evaluate,
    measure,
    rows,
    threshold_baseline,
    world_rows,
)
from correlator.tools.explain import explain
from correlator.tools.worldfiles import Incident, read_truth


def simulate_world(
    out: Annotated[Path, typer.Option(help="A folder for the world.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    hard: Annotated[bool, typer.Option("--hard", help="Everything real feeds do.")] = False,
    evening: Annotated[bool, typer.Option("--evening", help="The demo's evening.")] = False,
    customers: Annotated[int, typer.Option(help="1,000 to 10,000,000.")] = 20_000,
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


def evaluate_incidents(
    incidents: Annotated[Path, typer.Argument(help="incidents.jsonl of a replay.")],
    world: Annotated[Path, typer.Option(help="The world's folder, with truth.json.")],
    verdicts: Annotated[Path | None, typer.Option(help="verdicts.jsonl of the replay.")] = None,
    network: Annotated[
        Path | None, typer.Option(help="Incidents of the network, JSON lines.")
    ] = None,
    baseline: Annotated[
        Literal["threshold"] | None, typer.Option(help="Show a simple rule beside it.")
    ] = None,
    form: Format = "text",
) -> None:
    """Measure a replay against the truth."""
    columns = {"correlator": evaluate(world, incidents, verdicts, network)}
    if baseline is not None:
        ours = msgspec.convert(threshold_baseline(world), list[Incident])
        columns[baseline] = measure(read_truth(world), ours, None)
    if form == "json":
        print_json({name: measures.to_dict() for name, measures in columns.items()})
        return
    table = Table(*("", *columns), title="Measures", title_justify="left", box=None, pad_edge=False)
    texts = [dict(rows(measures)) for measures in columns.values()]
    for name in texts[0]:
        table.add_row(name, *(column.get(name, "") for column in texts))
    show_table("World", world_rows(world))
    terminal().print(table)


def explain_subject(
    subject: Annotated[str, typer.Argument(help="GI-… of an incident, or a ticket's id.")],
    store: Annotated[str, typer.Option(help="URL of the store.")] = "sqlite:///correlator.db",
    language: Annotated[Literal["fr", "en"], typer.Option("--lang", help="Language.")] = "fr",
    form: Format = "text",
) -> None:
    """Tell why an incident was raised, or why a ticket was (not) linked, from stored numbers."""
    with existing_store(store) as opened:
        found = explain(opened.queries, subject, language)
    if form == "json":
        print_json(found.values)
    else:
        print(*found.screen(), sep="\n")
