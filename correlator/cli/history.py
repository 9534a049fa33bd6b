"""The archive, and backtests over it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from getpass import getuser
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

import rules
from correlator import logs
from correlator.adapters.archive import erase as erase_customer
from correlator.adapters.archive import keepers_of, open_archive
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import keep_backtest, open_store
from correlator.cli.compiling import say_when_compiling
from correlator.cli.exits import FINDINGS
from correlator.cli.shared import Format, print_json, progress, show_table, terminal
from correlator.config import Config, load_config
from correlator.formats.times import to_millis
from correlator.model import DAY, HOUR, MINUTE, Forgotten, Millis
from correlator.tools.backtest import LIVE, Backtest, History, Request, reports, run_backtest
from correlator.tools.backtest.curves import curve as trade_off
from correlator.tools.backtest.curves import picture
from correlator.tools.backtest.executors import Name
from correlator.tools.backtest.importing import import_files
from correlator.tools.feeds import feeds_of
from correlator.tools.file_replay import ReplayRequest
from topology import CORE_TYPES

archive = typer.Typer(help="What the engine took, in Parquet files: docs/archive.md.")

Settings = Annotated[Path | None, typer.Option("-c", "--config", help="Names the archive.")]
Place = Annotated[str, typer.Option("--archive", help="Folder or address, without -c.")]
_AGO = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}


def _place(config: Path | None, place: str) -> str:
    if config is not None:
        settings = load_config(config).archive
        if settings is None:
            raise ValueError(f"{config}: names no archive")
        return settings.url
    if not place:
        raise ValueError("name the archive: -c FILE, or --archive FOLDER")
    return place


@archive.command("write")
def write_archive(
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")],
) -> None:
    """Write what the daemon has committed, until interrupted."""
    from correlator import archiving  # noqa: PLC0415 - a process of its own

    settings = load_config(config)
    logs.set_up(settings.log_format, settings.log_level)
    archiving.run(settings)


@archive.command("import")
def import_archive(
    topology_folder: Annotated[Path, typer.Option("--topology", help="Inventory folder.")],
    tickets: Annotated[Path, typer.Option(help="Tickets, .jsonl or .jsonl.gz.")],
    alarms: Annotated[Path, typer.Option(help="Alarms, .jsonl or .jsonl.gz.")],
    place: Annotated[str, typer.Option("--archive", help="Folder or address; must be empty.")],
    maintenance: Annotated[Path | None, typer.Option(help="Planned works.")] = None,
    actions: Annotated[Path | None, typer.Option(help="What people did.")] = None,
    rules_folder: Annotated[Path | None, typer.Option("--rules", help="Rules folder.")] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "--attributes", help="Columns of customers.csv: a,b."),
    ] = None,
    core: Annotated[list[str] | None, typer.Option(help="Types that links lead to: a,b.")] = None,
    form: Format = "text",
) -> None:
    """Make an archive from files, as if a daemon had run at the time."""
    say_when_compiling()
    attributes, ends = _listed(attribute), _listed(core)
    request = ReplayRequest(
        topology=topology_folder,
        feeds=feeds_of(
            {"tickets": tickets, "alarms": alarms, "maintenance": maintenance, "actions": actions}
        ),
        rules=rules_folder,
        attributes=attributes,
        core=CORE_TYPES if ends is None else ends,
    )
    keepers = keepers_of(topology_folder, attributes, request.core, rules_folder)
    with progress("import") as seen:
        found = import_files(open_archive(place), request, keepers, seen)
    if form == "json":
        print_json(found)
    else:
        show_table("Archive", [(name, f"{value:,}") for name, value in found.items()])


def _listed(texts: list[str] | None) -> tuple[str, ...] | None:
    """Return the names in an option, which may be repeated or have commas; None: not given."""
    if texts is None:
        return None
    return tuple(name for text in texts for part in text.split(",") if (name := part.strip()))


@archive.command("verify")
def verify_archive(config: Settings = None, place: Place = "", form: Format = "text") -> None:
    """Check counts and hashes, and that no input is missing."""
    opened = open_archive(_place(config, place))
    damages = list(opened.verify())
    files, snapshots = len(opened.parts()), len(opened.snapshots())
    if form == "json":
        print_json({"files": files, "snapshots": snapshots, "damages": damages})
    else:
        print("".join(f"{damage.file}: {damage.problem}\n" for damage in damages), end="")
        print(f"{files} files of inputs, {snapshots} snapshots, {len(damages)} damages")
    raise typer.Exit(FINDINGS if damages else 0)


@archive.command("prune")
def prune_archive(
    keep: Annotated[str, typer.Option(help="How much stays: 400d.")],
    config: Settings = None,
    place: Place = "",
) -> None:
    """Remove the days that are older."""
    opened = open_archive(_place(config, place))
    gone = opened.prune(wall_clock() - _length(keep))
    print(f"{gone} files removed")


@archive.command("erase")
def erase_from_archive(
    customer: Annotated[str, typer.Option(help="The customer's id.")],
    config: Settings = None,
    place: Place = "",
    stand_in: Annotated[
        str, typer.Option("--stand-in", help="What stands for it; to finish one interrupted.")
    ] = "",
) -> None:
    """Replace a customer's id everywhere, and remove their texts."""
    stand_in = stand_in or f"erased-{token_hex(6)}"
    print(f"{stand_in} stands for the customer from now on")
    changed = erase_customer(open_archive(_place(config, place)), Forgotten(customer, stand_in))
    print(f"{changed} files changed")


def backtest(
    rules_folder: Annotated[str, typer.Option("--rules", help="Rules folder, or `live`.")],
    config: Settings = None,
    place: Place = "",
    since: Annotated[str, typer.Option(help="How long ago, 90d, or a time.")] = "90d",
    until: Annotated[str, typer.Option(help="A time; else the end of the archive.")] = "",
    against: Annotated[str, typer.Option(help="Another rules folder.")] = "live",
    jobs: Annotated[
        int, typer.Option(min=1, help="Workers; with one the time is not cut into weeks.")
    ] = 1,
    executor: Annotated[
        Name, typer.Option(help="Whose workers: of this machine, or a cluster's.")
    ] = "processes",
    address: Annotated[
        str, typer.Option(help="Of the cluster's scheduler; else a local one.")
    ] = "",
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps results.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for report.json, .md, .xml.")] = None,
    same: Annotated[bool, typer.Option("--same", help="Show what is as it was, too.")] = False,
    form: Format = "text",
) -> None:
    """Compare rules over the history in an archive: which incidents would have been others."""
    say_when_compiling()
    logs.set_up("console", "warning")
    url = _place(config, place)
    end = _time(until, 0) if until else History(open_archive(url)).end() + 1
    request = Request(
        url, _time(since, end), end, rules_folder, against, jobs, cache, executor, address
    )
    with progress("days") as seen:
        found = run_backtest(request, seen)
    if config is not None:
        _keep(load_config(config), found, rules_folder)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(reports.encoded(found))
        (out / "report.md").write_text(reports.markdown(found), encoding="utf-8")
        (out / "report.xml").write_bytes(reports.junit(found))
    if form == "json":
        print_json(reports.plain(found))
        return
    console = terminal()
    console.print(reports.head(found), markup=False)
    for text in reports.lines(found, same=same):
        console.print(text, markup=False)
    width = max(len(what) for what, _, _ in reports.figures(found))
    for what, before, after in reports.figures(found):
        console.print(f"{what:<{width}}  {before}  →  {after}", markup=False)
    console.print(reports.sentence(found), markup=False)


def curve(
    rule: Annotated[str, typer.Option(help="The rule.")],
    key: Annotated[str, typer.Option(help="dial_share, cause_gain, callers, or alarms: a factor.")],
    values: Annotated[str, typer.Option(help="Numbers, with commas between them.")],
    rules_folder: Annotated[str, typer.Option("--rules", help="Rules folder, or `live`.")] = LIVE,
    config: Settings = None,
    place: Place = "",
    since: Annotated[str, typer.Option(help="How long ago, 90d, or a time.")] = "90d",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps results.")] = None,
    out: Annotated[Path | None, typer.Option(help="The picture, as SVG.")] = None,
    form: Format = "text",
) -> None:
    """Show what other numbers of a rule would have done: how early, how many false ones."""
    say_when_compiling()
    logs.set_up("console", "warning")
    url = _place(config, place)
    end = History(open_archive(url)).end() + 1
    request = Request(url, _time(since, end), end, rules_folder, rules_folder, jobs, cache)
    numbers = [float(text) for text in values.split(",")]
    with progress("values") as seen:
        points = trade_off(request, rule, key, numbers, seen)
    if out is not None:
        out.write_text(picture(rule, key, points), encoding="utf-8")
    if form == "json":
        print_json(points)
        return
    for point in points:
        terminal().print(reports.point_line(key, point), markup=False)


def _keep(settings: Config, found: Backtest, rules_folder: str) -> None:
    """Keep a backtest for the console."""
    version = "" if rules_folder == LIVE else rules.load(Path(rules_folder)).version
    now, actor = wall_clock(), getuser()
    name = sha256(f"{now} {actor} {version}".encode()).hexdigest()[:10]
    store = open_store(settings.store_url, timeout=settings.store_timeout / 1000)
    try:
        keep_backtest(store.engine, reports.kept(found, name, now, actor, version))
    finally:
        store.close()


def _time(text: str, end: Millis) -> Millis:
    """Return a time: RFC 3339, a day, or so long before the end."""
    if _AGO.fullmatch(text):
        return end - _length(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"no time: {text!r}; a duration like 90d or a time") from error
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _length(text: str) -> Millis:
    found = _AGO.fullmatch(text)
    if found is None:
        raise ValueError(f"no duration: {text!r}; one like 90d or 12h")
    return int(found[1]) * _UNITS[found[2]]
