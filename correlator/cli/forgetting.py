"""Forgetting a customer, everywhere."""

from __future__ import annotations

import time
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer

from correlator.adapters import privacy
from correlator.adapters.archive import erase as erase_from_archive
from correlator.adapters.archive import open_archive
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ForgetDesk, Request, RequestState, SqlStore
from correlator.cli.exits import FINDINGS, UNREACHABLE
from correlator.cli.shared import Format, print_json, show_table
from correlator.cli.stores import existing_store
from correlator.config import Config, load_config
from correlator.engine.state import forget as forget_in_state
from correlator.engine.state import load
from correlator.model import Forgotten
from correlator.service.recovery import without

_LOOK = 0.2  # seconds between two looks at what has become of a request
_CONSOLES = 2.0  # seconds after which a console has written who looked at whom before


def forget(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    config: Annotated[
        Path, typer.Option("-c", "--config", help="Names the store and the archive.")
    ],
    reason: Annotated[str, typer.Option(help="Why; without a word of who it is.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who asks; else the user of this machine.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what there is, and change nothing.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for the daemon that carries it out.")
    ] = 60.0,
    form: Format = "text",
) -> None:
    """Forget a customer: erase their words, and put a meaningless id in the place of theirs."""
    if not customer.strip():
        raise ValueError("a customer needs an id")
    if not dry_run and not reason.strip():
        raise ValueError("say why: --reason")
    settings = load_config(config)
    with existing_store(settings.store_url) as store:
        if dry_run:
            _show(_counted(settings, store, customer), form, dry_run=True)
            return
        told = _carried_out(settings, store, customer, by or getuser(), reason, wait)
    _show(told, form)
    raise typer.Exit(told["code"])


# ------------------------------------------------------------------------------------- doing it


def _counted(settings: Config, store: SqlStore, customer: str) -> dict[str, Any]:
    """Return what an erasure would change."""
    desk = ForgetDesk(store.engine)
    who = desk.known_of(customer, "erased-dry-run")
    snapshot = store.recover().snapshot
    if snapshot is not None:
        _, who = forget_in_state(load(snapshot), who)
    files = None if settings.archive is None else _in_archive(settings, who, dry_run=True)
    found = desk.count(who, lambda state: without(state, who))
    return {"state": "counted", "found": found, "files": files}


def _carried_out(
    settings: Config, store: SqlStore, customer: str, by: str, reason: str, wait: float
) -> dict[str, Any]:
    """Ask for it, wait for the daemon, then erase from the archive."""
    desk = ForgetDesk(store.engine)
    request = _waited(desk, desk.ask(customer, by, reason, wall_clock()), wait)
    told: dict[str, Any] = {
        "state": request.state,
        "stand_in": request.stand_in,
        "found": request.found,
        "files": None,
        "code": 0,
    }
    if request.state is RequestState.ASKED:
        return {**told, "code": UNREACHABLE}
    if request.state is RequestState.FAILED:
        return {**told, "code": FINDINGS}
    begun = time.monotonic()
    if settings.archive is not None:
        who = Forgotten(customer, request.stand_in)
        told["files"] = _in_archive(settings, who)
    time.sleep(max(0.0, begun + _CONSOLES - time.monotonic()))
    desk.done(request, customer, wall_clock())
    clean = desk.clean()
    return {**told, "state": RequestState.DONE, "clean": clean, "code": 0 if clean else FINDINGS}


def _waited(desk: ForgetDesk, request: Request, seconds: float) -> Request:
    """Return a request once the daemon has it carried out, or the time is over."""
    end = time.monotonic() + seconds
    while request.state is RequestState.ASKED and time.monotonic() < end:
        time.sleep(_LOOK)
        request = desk.request(request.seq)
    return request


def _in_archive(settings: Config, who: Forgotten, *, dry_run: bool = False) -> int:
    if settings.archive is None:
        return 0
    return erase_from_archive(open_archive(settings.archive.url), who, dry_run=dry_run)


# ------------------------------------------------------------------------------------- telling it


def _show(told: dict[str, Any], form: str, *, dry_run: bool = False) -> None:
    if form == "json":
        print_json({name: value for name, value in told.items() if name != "code"})
        return
    state = told["state"]
    if state == RequestState.ASKED:
        print(
            "No daemon has carried it out yet. The request stays: whoever leads next does.\n"
            "Run the same command again to see it through."
        )
        return
    if state == RequestState.FAILED:
        print("The daemon could not do it: forget_failed in its log says why. Nothing has changed.")
        return
    found: dict[str, int] = told["found"]
    head = "Would be erased or replaced" if dry_run else "Erased or replaced"
    show_table(head, [*_lines(found), ("archive", _archive_line(told["files"]))])
    if not found and not told["files"]:
        print("Nothing names this customer.")
    print()
    show_table("Left, and why", list(privacy.LEFT.items()))
    if dry_run:
        return
    print(f"\n{told['stand_in']} stands for the customer. Nobody can tell from it who it was.")
    print("Tickets of theirs that come from now on, or wait in the feeds, are new data.")
    if not told["clean"]:
        print("The database is busy: erased rows may still be in its file. Run it again later.")


def _lines(found: dict[str, int]) -> list[tuple[str, str]]:
    return [(name, f"{count:,}  {privacy.fate_of(name)}") for name, count in sorted(found.items())]


def _archive_line(files: int | None) -> str:
    return "none is configured: archive.url" if files is None else f"{files:,} files rewritten"
