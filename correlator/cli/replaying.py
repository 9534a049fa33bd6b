"""A replay over files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from correlator import logs
from correlator.cli.compiling import say_when_compiling
from correlator.cli.shared import Format, print_json, progress, show_table
from correlator.engine import EngineSettings
from correlator.ports import DeadLetter
from correlator.tools.feeds import feeds_of
from correlator.tools.file_replay import ReplayReport, ReplayRequest, run_replay
from topology import CORE_TYPES


def replay(
    topology_folder: Annotated[Path, typer.Option("--topology", help="Inventory folder.")],
    tickets: Annotated[Path, typer.Option(help="Tickets, .jsonl or .jsonl.gz.")],
    alarms: Annotated[Path, typer.Option(help="Alarms, .jsonl or .jsonl.gz.")],
    out: Annotated[Path, typer.Option(help="Where the announced incidents go.")],
    maintenance: Annotated[Path | None, typer.Option(help="Planned works.")] = None,
    actions: Annotated[Path | None, typer.Option(help="What people did.")] = None,
    rules_folder: Annotated[Path | None, typer.Option("--rules", help="Rules folder.")] = None,
    dial: Annotated[
        float, typer.Option("--false-incidents-per-week", help="The operator's dial.")
    ] = 2.0,
    timezone: Annotated[str, typer.Option(help="Zone of the hotline's hours.")] = "Europe/Paris",
    verdicts: Annotated[Path | None, typer.Option(help="Where the answers go.")] = None,
    network: Annotated[Path | None, typer.Option(help="Where those with alarms go.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="A column of customers.csv; may be repeated.")
    ] = None,
    core: Annotated[
        list[str] | None, typer.Option(help="A type that links lead to; may be repeated.")
    ] = None,
    dead_letters: Annotated[Path | None, typer.Option(help="Where unusable lines go.")] = None,
    store: Annotated[str | None, typer.Option(help="A store for `explain`, sqlite:///…")] = None,
    form: Format = "text",
) -> None:
    """Run the engine over files, as fast as it goes, in arrival order."""
    say_when_compiling()
    logs.set_up("console", "warning")
    request = ReplayRequest(
        topology=topology_folder,
        feeds=feeds_of(
            {"tickets": tickets, "alarms": alarms, "maintenance": maintenance, "actions": actions}
        ),
        rules=rules_folder,
        engine=EngineSettings(false_incidents_per_week=dial, timezone=timezone),
        store_url=store,
        verdicts=verdicts,
        attributes=None if attribute is None else tuple(attribute),
        core=CORE_TYPES if core is None else tuple(core),
    )
    with progress("replay") as seen:
        report = run_replay(request, seen)
    outcome = report.replayed.outcome
    _write_lines(out, outcome.incident_lines())
    if network is not None:
        _write_lines(network, outcome.network_lines())
    if dead_letters is not None:
        _write_lines(dead_letters, [_letter_line(letter) for letter in report.dead_letters])
    _report_replay(report, form)


def _write_lines(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def _letter_line(letter: DeadLetter) -> bytes:
    record = letter.record
    return msgspec.json.encode(
        {
            "topic": record.topic,
            "line": record.offset,
            "reason": letter.reason,
            "error": letter.error,
            "value": record.value.decode("utf-8", "replace"),
        }
    )


def _report_replay(report: ReplayReport, form: str) -> None:
    outcome, events = report.replayed.outcome, report.replayed.events
    announced = outcome.announced()
    rate = events / max(1e-9, report.stages["survey"] + report.stages["replay"])
    counts = {
        "events": events,
        "dead letters": len(report.dead_letters),
        "incidents announced": len(announced),
        "tickets linked": sum(len(outcome.linked(i.id)) for i in announced),
        "events a second": round(rate),
    }
    if form == "json":
        print_json({**counts, "seconds": {k: round(v, 3) for k, v in report.stages.items()}})
        return
    stages = [(f"  {stage}", f"{seconds:.2f} s") for stage, seconds in report.stages.items()]
    show_table(
        "Replay", [*((k, f"{v:,}") for k, v in counts.items()), ("seconds by stage", ""), *stages]
    )
