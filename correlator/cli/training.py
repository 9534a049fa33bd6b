"""A day for somebody who learns, in the console, and what they decided, compared."""

from __future__ import annotations

from collections import Counter
from datetime import date, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from correlator import logs
from correlator.adapters.archive import open_archive
from correlator.cli.compiling import say_when_compiling
from correlator.cli.shared import Format, print_json, terminal
from correlator.config import load_config
from correlator.demo import (
    SEED,
    Stage,
    address,
    day_training,
    evening_training,
    fresh,
    live,
    report_in,
    span_of,
)
from correlator.formats.times import to_rfc3339
from correlator.model import Millis, TrainingLine, TrainingReport, TruthSaid
from correlator.tools.backtest import History
from correlator.web.settings import load_web_settings
from rules.shapes import LAST_PORT

_OUTSIDE = "outside the network"
_WIDTH = 130


def train(
    out: Annotated[Path, typer.Option(help="A folder for what it writes.")] = Path("train-out"),
    seed: Annotated[int, typer.Option(help="Of the demo's evening.")] = SEED,
    port: Annotated[
        int, typer.Option(min=0, max=LAST_PORT, help="Of the console; else any that is free.")
    ] = 8080,
    config: Annotated[
        Path | None, typer.Option("-c", "--config", help="Names an archive: a day of it instead.")
    ] = None,
    day: Annotated[str, typer.Option(help="2026-11-26; else the last whole day in it.")] = "",
    begin: Annotated[str, typer.Option("--from", help="From which hour of the day on.")] = "00:00",
    world: Annotated[
        Path | None, typer.Option(help="A folder with the truth.json of that day, if any.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Only compare what was decided in this folder.")
    ] = None,
    form: Format = "text",
) -> None:
    """Let somebody learn on a day in the console, then compare what they decided."""
    say_when_compiling()
    if report is not None:
        _show(report_in(report), form)
        return
    logs.set_up("console", "warning")
    talk = Console(stderr=form == "json", highlight=False, soft_wrap=True)
    url, port = address(port)
    talk.print(f"[bold]{url}[/]  the console: open it; Ctrl-C ends and compares.")
    if config is None:
        fresh(out)
        stage = evening_training(out, seed, port)
    else:
        stage = _day(config, out, port, (day, begin), world)
    talk.print(
        f"It begins at {_clock(stage.begin)}. Pause, speed, next event, role and the comparison "
        "are in the bar of the page."
    )
    try:
        live(stage, lambda what: talk.print(f"{what}: it begins anew"))
    except KeyboardInterrupt:
        talk.print()
    _show(report_in(out), form)


def _day(config: Path, out: Path, port: int, when: tuple[str, str], world: Path | None) -> Stage:
    settings, web = load_config(config), load_web_settings(config)
    if settings.archive is None:
        raise ValueError(f"{config}: names no archive")
    history = History(open_archive(settings.archive.url))
    day = date.fromisoformat(when[0]) if when[0] else None
    start = time.fromisoformat(when[1])
    span = span_of(history, ZoneInfo(settings.engine.timezone), day, start)
    fresh(out)
    return day_training(history, span, out, msgspec.structs.replace(web, port=port), world)


def _show(report: TrainingReport, form: str) -> None:
    if form == "json":
        print_json(report)
        return
    console = terminal()
    if report.lines:
        console.width = max(console.width, _WIDTH)  # a file has no width, and takes 80
        console.print(_table(report))
    for miss in report.missed:
        known = "the cell of then confirmed it" if miss.cell else "an outage, by the truth"
        console.print(
            f"never announced: {miss.cause or _OUTSIDE} since {_clock(miss.begin)} ({known})",
            markup=False,
        )
    console.print(sentence(report), markup=False)


def _table(report: TrainingReport) -> Table:
    wanted = (("cell", report.has_cell), ("truth", report.has_truth))
    shown = [name for name, there in wanted if there]
    table = Table(title="Decisions", title_justify="left", box=None, pad_edge=False)
    for name in ("verdict", "incident", "cause", "announced", "you", *shown):
        table.add_column(name)
    for line in report.lines:
        said = {"cell": _with_code(line.cell, line.cell_code), "truth": _truth(line)}
        table.add_row(
            _VERDICTS[line.judged],
            line.id,
            line.domain or _OUTSIDE,
            _clock(line.announced)[11:],
            _did(line),
            *(said[name] for name in shown),
        )
    return table


_VERDICTS = {
    "agreed": "agreed",
    "differs": "differs",
    "undecided": "not decided",
    "unjudged": "nothing to compare",
}


def _did(line: TrainingLine) -> str:
    did = _with_code(line.did, line.code)
    return did if line.minutes is None else f"{did} after {line.minutes:g} min"


def _truth(line: TrainingLine) -> str:
    if line.truth is TruthSaid.OTHER:
        return f"outage of {line.cause}"
    return {"planned": "planned works", "none": "no outage"}.get(line.truth, line.truth)


def _with_code(said: str, code: str) -> str:
    return f"{said} ({code})" if code else said


def sentence(report: TrainingReport) -> str:
    """Return the totals in one sentence."""
    counts = Counter(line.judged.value for line in report.lines)
    told = [f"{counts[key]} {name}" for key, name in _VERDICTS.items()]
    incidents = "1 incident" if len(report.lines) == 1 else f"{len(report.lines)} incidents"
    return f"{incidents}: {', '.join(told)}; {len(report.missed)} missed."


def _clock(at: Millis) -> str:
    return to_rfc3339(at)[:16].replace("T", " ") + "Z"
