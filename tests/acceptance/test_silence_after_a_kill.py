"""A daemon that ends between its last event and the silence after it, and one that goes on."""

from __future__ import annotations

from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING

from msgspec import structs

from correlator.adapters.files import FilePublisher, FileSource
from correlator.adapters.sql import open_store
from tests.builders import START, customers_of, spread
from tests.harness.daemons import SETTINGS, run_over, running, services_of
from tests.harness.waiting import until
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from correlator.model import Incident

CALLS = 9
SECONDS = 7_500


def told(folder: Path, *, ends_early: bool) -> list[Incident]:
    """Return the incidents at the end; `ends_early`: two daemons, the first before the silence."""
    folder.mkdir()
    callers = spread(customers_of("DSL-1/C1"), CALLS)
    lines = [ticket_bytes(f"T{n}", START + n * SECONDS, who) for n, who in enumerate(callers)]
    url = f"sqlite:///{folder / 'store.db'}"
    if ends_early:
        (folder / "in").write_bytes(b"".join(line + b"\n" for line in lines))
        files = {"gi.tickets": folder / "in"}
        with closing(open_store(url)) as store:
            services = services_of(store, lambda: FileSource(files), FilePublisher(folder))
            never_silent = structs.replace(SETTINGS, lateness=0, idle_after=3_600_000)
            with running(services, never_silent):
                until(lambda: store.queries.ticket(f"T{CALLS - 1}"))
            silent = Event()
            with running(services, on_silence=silent.set):
                until(silent.is_set)
            return store.queries.incidents()
    with closing(run_over(folder, url, {"gi.tickets": lines})) as store:
        return store.queries.incidents()


def test_the_last_event_is_followed_by_the_same_tick(tmp_path: Path) -> None:
    assert told(tmp_path / "two", ends_early=True) == told(tmp_path / "one", ends_early=False)
