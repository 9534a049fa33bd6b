"""Dead letters."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from correlator import logs
from correlator.adapters.host import wall_clock
from correlator.adapters.kafka import (
    KafkaPublisher,
)
from correlator.adapters.sql import DeadLetters
from correlator.cli.exits import FINDINGS, UNREACHABLE
from correlator.cli.shared import print_json
from correlator.cli.stores import existing_store
from correlator.config import load_config
from correlator.tools import dead_letters as letters

dead = typer.Typer(help="What could not be used: look at it, mend it, replay it.")

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
    with existing_store(load_config(config).store_url if config else store) as opened:
        found = DeadLetters(opened.engine).newest(limit, topic, reason)
    if as_json:
        print_json([letters.plain(one) for one in found])
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
    with existing_store(load_config(config).store_url if config else store) as opened:
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
    with existing_store(settings.store_url) as opened:
        found = seqs or DeadLetters(opened.engine).numbers(reason, topic, replayed=again)
        brokers = partial(KafkaPublisher, settings.kafka)
        fates = set()
        for told in letters.replay(opened, found, brokers, wall_clock(), wanted):
            print(told, file=sys.stdout if told.fate == "replayed" else sys.stderr)
            fates.add(told.fate)
    code = UNREACHABLE if "failed" in fates else FINDINGS if "refused" in fates else 0
    raise typer.Exit(code)
