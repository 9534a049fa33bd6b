"""A day of an archive as a stage: a store that knows the history, the day's records, its scenes.

What people did on that day is not played: that is for whoever learns. Nor are changes of inventory
or rules: those hold that were in force when it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from correlator.adapters.archive import ABOUT, Archive, ArchiveError, InventoryNote, Kept
from correlator.adapters.callbacks import CallbackSettings
from correlator.adapters.sql import SqlStore, open_store
from correlator.demo.living import SETTINGS
from correlator.demo.stage import Stage
from correlator.formats.decode import ALARMS, MAINTENANCE, TICKETS
from correlator.formats.records import record_of
from correlator.formats.times import to_millis
from correlator.model import DAY, Effect, Millis
from correlator.ports import Batch, Lease
from correlator.tools.backtest import Decided, History
from correlator.tools.feeds import feeds_in
from correlator.web.settings import WebSettings

_A_COMMIT = 5_000  # effects
_FOLLOW: Millis = DAY
"""How long after the day the cell of then could still judge what was raised in it."""


class Span(NamedTuple):
    """What of a day is played: [begin, end), in ms."""

    begin: Millis
    end: Millis


def span_of(history: History, zone: ZoneInfo, day: date | None, start: time) -> Span:
    """Return what is played of a day from an hour on; None: the last whole day in the archive.

    Raises `ArchiveError` where the archive does not have it.
    """
    first, last = history.begins(), history.end()
    if day is None:
        day = _local(last, zone) - timedelta(1)
        if not last or _at(day, time(), zone) < first:
            raise ArchiveError(f"{history.archive.url}: there is no whole day; name one: --day")
    found = Span(_at(day, start, zone), _at(day + timedelta(1), time(), zone))
    if not first < found.begin <= last:
        days = f"{_local(first, zone)} to {_local(last, zone)}" if last else "nothing"
        raise ArchiveError(f"{history.archive.url}: it holds {days}, not {day} from {start:%H:%M}")
    return found


def _local(at: Millis, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()


def _at(day: date, hour: time, zone: ZoneInfo) -> Millis:
    return to_millis(datetime.combine(day, hour, zone))


def day_stage(
    history: History, span: Span, out: Path, web: WebSettings
) -> tuple[Stage, tuple[Decided, ...]]:
    """Write all that a day needs into a folder; returns its stage, and what was announced then."""
    before = out / "before.db"
    with closing(_Before(before)) as store:
        standing = history.stand_at(span.begin, store.keep)
        store.finish(standing.engine.snapshot())
    write_records(history.archive.read(standing.number, span.begin), span, out / "day")
    then = tuple(history.raised(span.begin, span.end, _FOLLOW))
    inventory, catalog = standing.engine.versions
    stage = Stage(
        out=out,
        feeds={feed.topic: feed.path for feed in feeds_in(out / "day")},
        begin=span.begin,
        scenes=sorted({one.incident.onset for one in then}),
        web=_console(history.archive, out, web, (inventory, catalog)),
        engine=standing.settings,
        before=before,
    )
    return stage, then


class _Before:
    """A store that is filled with what was decided before, and ends with a snapshot."""

    def __init__(self, path: Path) -> None:
        self._store: SqlStore = open_store(f"sqlite:///{path}")
        lease = self._store.acquire(SETTINGS.name, "history", 1, SETTINGS.lease)
        assert lease is not None  # noqa: S101 - the file is new
        self._lease: Lease = lease
        self._effects: list[Effect] = []

    def keep(self, effect: Effect) -> None:
        self._effects.append(effect)
        if len(self._effects) >= _A_COMMIT:
            self._commit(None)

    def finish(self, snapshot: bytes) -> None:
        self._commit(snapshot)
        self._store.release(self._lease)

    def _commit(self, snapshot: bytes | None) -> None:
        batch = Batch(b"", tuple(self._effects), (), {}, snapshot=snapshot)
        self._store.commit(self._lease, batch, 1, SETTINGS.lease)
        self._effects.clear()

    def close(self) -> None:
        self._store.close()


def write_records(kept: Iterator[Kept], span: Span, folder: Path) -> None:
    """Write what the feeds brought until the end of a span, a file of each input."""
    folder.mkdir()
    with ExitStack() as stack:
        files = {
            source.name: stack.enter_context((folder / f"{source.name}.jsonl").open("wb"))
            for source in (TICKETS, ALARMS, MAINTENANCE)
        }
        for one in kept:
            if one.taken >= span.end:
                break
            found = None if isinstance(one.input, int) else record_of(one.input)
            if found is not None:
                source, record = found
                files[source.name].write(record + b"\n")


def _console(
    archive: Archive, out: Path, web: WebSettings, versions: tuple[str, str]
) -> WebSettings:
    """Return the settings of a console with inventory and rules of then, for this machine only."""
    inventory, catalog = versions
    folder = archive.fetch_folder("inventories", inventory, out / "inventory")
    about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=InventoryNote)
    return msgspec.structs.replace(
        web,
        topology=folder,
        attributes=about.attributes,
        core=about.core,
        rules=archive.fetch_folder("catalogs", catalog, out / "rules"),
        host="127.0.0.1",
        allowed_hosts=(),
        url="",
        oidc=None,
        # Secrets would stand on the command line, and nobody outside may hear of a replay.
        secret="",
        callbacks=CallbackSettings(),
        log_format="console",
    )
