"""How well a made-up world was read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from rich.table import Table

from correlator.cli.shared import Format, print_json, show_table, terminal
from correlator.tools.evaluate import evaluate, measure, rows, threshold_baseline, world_rows
from correlator.tools.worldfiles import Incident, read_truth


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
