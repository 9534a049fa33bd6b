"""The command line. Exit codes: 0 done, 1 findings, 2 wrong usage or configuration, 3 no server."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import rules
import topology
from correlator import app, logs
from correlator.adapters import beside
from correlator.adapters.files import FeedError
from correlator.adapters.host import wall_clock
from correlator.adapters.kafka import (
    KafkaPublisher,
    MissingExtensionError,
    PositionLostError,
    SecretMissingError,
    UnknownTopicError,
)
from correlator.adapters.sql import DeadLetters, SqlStore, UnknownSchemaError, open_store
from correlator.config import ConfigError, load_config
from correlator.demo import SEED, Told, address, live, play, prepare
from correlator.engine import EngineSettings
from correlator.ports import DeadLetter, ServerUnreachableError
from correlator.simulate import (
    SettingsError,
    WorldSettings,
    WorldSummary,
    simulate,
    simulate_evening,
)
from correlator.tools import dead_letters as letters
from correlator.tools.check import check as run_check
from correlator.tools.evaluate import (
    EvaluationError,
    evaluate,
    measure,
    rows,
    threshold_baseline,
    world_rows,
)
from correlator.tools.explain import UnknownIdError, explain
from correlator.tools.feeds import feeds_of
from correlator.tools.file_replay import ReplayReport, ReplayRequest, StoreBusyError, run_replay
from correlator.tools.worldfiles import Incident, read_truth
from rules.shapes import LAST_PORT

FINDINGS, USAGE, UNREACHABLE = 1, 2, 3

Format = Annotated[
    Literal["text", "json"], typer.Option("--format", help="Text for people, JSON for programs.")
]

cli = typer.Typer(
    help="Finds the one faulty equipment behind many customers' tickets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_WRONG = (
    ConfigError, rules.CatalogError, topology.InventoryError, FeedError, SettingsError,
    EvaluationError, SecretMissingError, MissingExtensionError, UnknownSchemaError,
    UnknownTopicError,
    PositionLostError,
    StoreBusyError, UnknownIdError, ValueError, OSError,
)  # fmt: skip


def main() -> None:
    """Run the command line; every expected error is one clear sentence and an exit code."""
    try:
        cli(standalone_mode=True)
    except ServerUnreachableError as error:
        _fail(str(error), UNREACHABLE)
    except _WRONG as error:
        _fail(str(error), USAGE)


def _fail(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(code)


def _out() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _print_json(value: Any) -> None:
    print(msgspec.json.encode(value).decode())


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere nothing until the end."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)


def _table(title: str, pairs: list[tuple[str, str]]) -> None:
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    for name, value in pairs:
        table.add_row(name, value)
    _out().print(table)


# --------------------------------------------------------------------------------------- demo


@cli.command()
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
        _print_json(result)
    else:
        _show_evening(out, world)


def _live_evening(out: Path, seed: int, port: int) -> None:
    """Play the evening with a console to look at, until interrupted."""
    console = _out()
    url, port = address(port)
    console.print(f"[bold]{url}[/]  the console: open it; Ctrl-C ends.")
    console.print(
        f"A simulated operator in {out}/: six days of history at full speed, then Wednesday from "
        "17:10 on, twenty times as fast as the clock. Pause, speed, next event and role are in the "
        "bar of the page."
    )
    prepare(out, seed)
    try:
        live(out, port, lambda what: console.print(f"{what}: the evening begins anew"))
    except KeyboardInterrupt:
        console.print()


def _show_evening(out: Path, world: WorldSummary) -> None:
    console = _out()
    console.print(
        f"An evening at a simulated operator, in {out}/: {world.customers:,} customers, "
        f"{world.tickets:,} tickets, {world.alarm_events:,} alarm records; six days of history, "
        "then the evening.\n"
    )
    result = play(out, world, lambda told: console.print(_told_line(told)))
    console.print()
    _table("The evening in figures", rows(result.measures))
    console.print(f"\n{result.announced} incidents announced, {result.resolved} resolved.")
    console.print(f"Ask why: correlator explain <GI-… or T…> --store {result.store_url}")


def _told_line(told: Told) -> str:
    when = told.time[:16].replace("T", " ")
    if told.kind == "Create":
        cause = told.cause or "hors du réseau"
        return f"[bold red]▲[/] {when}Z {told.id} {told.name}\n    {cause} : {told.reason}"
    mark = "[green]▼[/]" if told.status in {"resolved", "closed"} else "[yellow]●[/]"
    return f"{mark} {when}Z {told.id} {told.status}, {told.tickets} tickets"


# ---------------------------------------------------------------------------------------- run


@cli.command()
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
    with beside.console(config) if with_console else nullcontext():
        app.run(settings)


# -------------------------------------------------------------------------------------- serve


@cli.command()
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


# ------------------------------------------------------------------------------------- replay


@cli.command()
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
    dead_letters: Annotated[Path | None, typer.Option(help="Where unusable lines go.")] = None,
    store: Annotated[str | None, typer.Option(help="A store for `explain`, sqlite:///…")] = None,
    form: Format = "text",
) -> None:
    """Run the engine over files, as fast as it goes, in arrival order."""
    logs.set_up("console", "warning")
    request = ReplayRequest(
        topology=topology_folder,
        feeds=feeds_of(
            {"tickets": tickets, "alarms": alarms, "maintenance": maintenance, "actions": actions}
        ),
        rules=rules_folder,
        engine=EngineSettings(false_incidents_per_week=dial, timezone=timezone),
        store_url=store,
    )
    with _progress("replay") as seen:
        report = run_replay(request, seen)
    outcome = report.replayed.outcome
    _write_lines(out, outcome.incident_lines())
    if verdicts is not None:
        _write_lines(verdicts, outcome.verdict_lines())
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
    rate = events / max(1e-9, report.stages["decode"] + report.stages["engine"])
    counts = {
        "events": events,
        "dead letters": len(report.dead_letters),
        "incidents announced": len(announced),
        "tickets linked": sum(len(outcome.linked(i.id)) for i in announced),
        "events a second": round(rate),
    }
    if form == "json":
        _print_json({**counts, "seconds": {k: round(v, 3) for k, v in report.stages.items()}})
        return
    stages = [(f"  {stage}", f"{seconds:.2f} s") for stage, seconds in report.stages.items()]
    _table(
        "Replay", [*((k, f"{v:,}") for k, v in counts.items()), ("seconds by stage", ""), *stages]
    )


# -------------------------------------------------------------------------------------- check


@cli.command()
def check(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="Configuration.")] = None,
    rules_folder: Annotated[
        list[Path] | None, typer.Option("--rules", help="Rules folder, with tests/ in it.")
    ] = None,
    topology_folder: Annotated[
        list[Path] | None, typer.Option("--topology", help="Inventory folder.")
    ] = None,
    form: Format = "text",
) -> None:
    """Check configuration, rules with their tests, inventory; without options the own rules."""
    named = config is not None or rules_folder or topology_folder
    catalogs: list[Path | None] = [*(rules_folder or ())] if named else [None]
    report = run_check(config, catalogs, topology_folder or [])
    if form == "json":
        _print_json(report)
    else:
        for finding in report.findings:
            print(finding)
        print(f"{len(report.findings)} findings in {', '.join(report.looked_at)}")
    raise typer.Exit(FINDINGS if report.findings else 0)


# ----------------------------------------------------------------------- simulate and evaluate


@cli.command("simulate")
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
        _print_json(summary)
    else:
        _table("World", [(k, str(v)) for k, v in msgspec.structs.asdict(summary).items()])


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


@cli.command("evaluate")
def evaluate_incidents(
    incidents: Annotated[Path, typer.Argument(help="incidents.jsonl of a replay.")],
    world: Annotated[Path, typer.Option(help="The world's folder, with truth.json.")],
    verdicts: Annotated[Path | None, typer.Option(help="verdicts.jsonl of the replay.")] = None,
    baseline: Annotated[
        Literal["threshold"] | None, typer.Option(help="Show a simple rule beside it.")
    ] = None,
    form: Format = "text",
) -> None:
    """Measure a replay against the truth."""
    columns = {"correlator": evaluate(world, incidents, verdicts)}
    if baseline is not None:
        ours = msgspec.convert(threshold_baseline(world), list[Incident])
        columns[baseline] = measure(read_truth(world), ours, None)
    if form == "json":
        _print_json({name: measures.to_dict() for name, measures in columns.items()})
        return
    table = Table(*("", *columns), title="Measures", title_justify="left", box=None, pad_edge=False)
    texts = [dict(rows(measures)) for measures in columns.values()]
    for name in texts[0]:
        table.add_row(name, *(column.get(name, "") for column in texts))
    _table("World", world_rows(world))
    _out().print(table)


# ------------------------------------------------------------------------------------ explain


@cli.command("explain")
def explain_subject(
    subject: Annotated[str, typer.Argument(help="GI-… of an incident, or a ticket's id.")],
    store: Annotated[str, typer.Option(help="URL of the store.")] = "sqlite:///correlator.db",
    language: Annotated[Literal["fr", "en"], typer.Option("--lang", help="Language.")] = "fr",
    form: Format = "text",
) -> None:
    """Tell why an incident was raised, or why a ticket was (not) linked, from stored numbers."""
    with _existing(store) as opened:
        found = explain(opened.queries, subject, language)
    if form == "json":
        _print_json(found.values)
    else:
        print(*found.screen(), sep="\n")


@contextmanager
def _existing(url: str) -> Iterator[SqlStore]:
    """Open a store to look into: one that is not there is an error, and none is made."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise FileNotFoundError(f"no store at {path}")
    with closing(open_store(url)) as store:
        yield store


# ------------------------------------------------------------------------------- dead letters

dead = typer.Typer(help="What could not be used: look at it, mend it, replay it.")
cli.add_typer(dead, name="dead-letters", no_args_is_help=True)

Settings = Annotated[Path | None, typer.Option("-c", "--config", help="Names the store.")]
StoreUrl = Annotated[str, typer.Option("--store", help="URL of the store, without -c.")]
Topic = Annotated[str, typer.Option(help="Only what came from there; the console's: inbox.")]
Cause = Annotated[str, typer.Option(help="Only these: not-json, invalid, unusable.")]
LetterNumber = Annotated[int, typer.Argument(metavar="SEQ", help="As `list` shows it.")]
HERE = "sqlite:///correlator.db"


@dead.command("list")
def list_dead_letters(
    config: Settings = None,
    store: StoreUrl = HERE,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    topic: Topic = "",
    reason: Cause = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List what could not be used, newest first."""
    with _existing(load_config(config).store_url if config else store) as opened:
        found = DeadLetters(opened.engine).newest(limit, topic, reason)
    if as_json:
        _print_json([letters.plain(one) for one in found])
    else:
        print("".join(f"{letters.line(one)}\n" for one in found), end="")


@dead.command("show")
def show_dead_letter(
    seq: LetterNumber,
    config: Settings = None,
    store: StoreUrl = HERE,
    value: Annotated[bool, typer.Option("--value", help="The value alone, as it came.")] = False,
) -> None:
    """Show all of one."""
    with _existing(load_config(config).store_url if config else store) as opened:
        kept = letters.find(DeadLetters(opened.engine), seq)
    if value:
        sys.stdout.buffer.write(kept.letter.record.value)
    else:
        print(*letters.screen(kept), sep="\n")


@dead.command("replay")
def replay_dead_letters(
    config: Annotated[Path, typer.Option("-c", "--config", help="Names store and brokers.")],
    seqs: Annotated[list[int] | None, typer.Argument(metavar="SEQ…")] = None,
    value: Annotated[Path | None, typer.Option(help="The mended value, for one letter.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All of a --reason that have not been replayed.")
    ] = False,
    reason: Cause = "",
    topic: Topic = "",
    again: Annotated[bool, typer.Option("--again", help="Though it has been replayed.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Though it does not decode.")] = False,
) -> None:
    """Give letters to their topic (an action: to the inbox) again, and mark them as replayed."""
    if bool(seqs) == everything or everything != bool(reason) or (topic and not everything):
        raise ValueError("name the letters by their SEQ, or --all of a --reason")
    if value is not None and len(seqs or ()) != 1:
        raise ValueError("--value is the mended value of one letter: name one SEQ")
    logs.set_up("console", "warning")
    settings = load_config(config)
    mended = None if value is None else value.read_bytes()
    wanted = letters.Wanted(mended, str(value or ""), again, force)
    with _existing(settings.store_url) as opened:
        found = seqs or DeadLetters(opened.engine).numbers(reason, topic, replayed=again)
        brokers = partial(KafkaPublisher, settings.kafka)
        fates = set()
        for told in letters.replay(opened, found, brokers, wall_clock(), wanted):
            print(told, file=sys.stdout if told.fate == "replayed" else sys.stderr)
            fates.add(told.fate)
    code = UNREACHABLE if "failed" in fates else FINDINGS if "refused" in fates else 0
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
