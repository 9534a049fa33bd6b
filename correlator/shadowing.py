"""The wiring of the process in which a draft runs in the shadow, beside the daemon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

import topology
from correlator.adapters.archive import ArchiveError, open_archive
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ConsoleReads, RuleDesk, SqlStore, keep_backtest
from correlator.config import Config, load_config
from correlator.model import Draft, Millis, Ruleset
from correlator.ports import ENGINE, ServerUnreachableError
from correlator.service.recovery import decode_inputs
from correlator.tools.backtest import History
from correlator.tools.workshop import Follower, Shadow, announced_since
from correlator.tools.workshop.shadow import LONGEST
from correlator.workshop import catalog_of
from topology import InventoryError, Topology

log = structlog.get_logger(__name__)

_LOOK = 1.0  # seconds between two looks at what has been committed
_AGAIN = 10.0  # seconds after an error
_REPORT_EVERY: Millis = 15_000


def report_name(draft: Draft) -> str:
    """Return the id of the report about a draft in the shadow with the files it has."""
    return f"shadow-{draft.id}-{draft.ruleset[:6]}"


def run(
    file: Path, archive: str, store: SqlStore, draft: Draft, wait: Callable[[float], bool]
) -> None:
    """Run the draft until `wait` (seconds) returns true.

    `file`: the configuration; `archive`: the address of the history. Where something is missing,
    as a first snapshot in it, it is tried again.
    """
    ruleset = RuleDesk(store.engine).ruleset(draft.ruleset)
    if ruleset is None:
        raise ValueError(f"there are no rules {draft.ruleset}")
    config = load_config(file)
    shadow: Shadow | None = None
    reported: Millis = 0
    pause = 0.0
    while not wait(pause):
        pause = _LOOK
        try:
            shadow = shadow or _begin(config, archive, store, draft, ruleset)
            shadow.step()
            if wall_clock() - reported >= _REPORT_EVERY:
                reported = wall_clock()
                _report(store, shadow, draft)
        except ServerUnreachableError as error:
            log.warning("store_unreachable", error=str(error))
            pause = _AGAIN
        except (ArchiveError, InventoryError, OSError) as error:
            # What it had in hand may be lost: begin again from the snapshot.
            log.warning("shadow_waits", draft=draft.id, error=str(error), again_in_s=_AGAIN)
            shadow, pause = None, _AGAIN


def _begin(config: Config, archive: str, store: SqlStore, draft: Draft, ruleset: Ruleset) -> Shadow:
    reads = ConsoleReads(store.engine)
    earlier = reads.backtest(report_name(draft))
    feeds, _ = reads.status()
    now = max((feed.latest for feed in feeds if feed.topic == ENGINE), default=0)
    since = now if earlier is None else max(earlier.since, now - LONGEST)

    def known(version: str) -> Topology | None:
        found = topology.load(config.topology, config.attributes, core=config.core)
        return found if found.version == version else None

    history = History(open_archive(archive), known)
    catalog = catalog_of(ruleset.files)

    def follow(number: int, taken: Millis) -> Follower:
        return Follower(history.archive, store.archive_queue, decode_inputs, number, taken)

    shadow = Shadow(history, follow, draft, catalog, since)
    log.info("shadow_began", draft=draft.id, catalog=catalog.version, since=since)
    return shadow


def _report(store: SqlStore, shadow: Shadow, draft: Draft) -> None:
    live = announced_since(store.queries, shadow.since)
    name = report_name(draft)
    keep_backtest(store.engine, shadow.report(live, name, wall_clock()))
