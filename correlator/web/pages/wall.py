"""The wall: what a room sees from six metres, grouped by region."""

from __future__ import annotations

from correlator.adapters.sql import ConsoleReads
from correlator.formats.wording import Language
from correlator.model import DAY, HOUR, MINUTE, Band, Millis
from correlator.web.board import REGION
from correlator.web.console import Console
from correlator.web.pages.rows import urgency
from correlator.web.views import RowView, TileView, WallView

_TILES = 24
_SHOWN = (Band.TRIAGE, Band.CONFIRMED, Band.REPAIR, Band.RESTORED)
_UNOWNED: Millis = 10 * MINUTE
_WEEK = 7


def calls(reads: ConsoleReads, now: Millis) -> tuple[int, float]:
    """Return the tickets of the last hour, and those of the same hour on the days before; blocks.

    The median of up to seven days: a day with a failure of its own does not make it usual.
    """
    observed = reads.tickets_between(now - HOUR, now)
    before = [
        reads.tickets_between(now - HOUR - day * DAY, now - day * DAY)
        for day in range(1, _WEEK + 1)
    ]
    known = sorted(count for count in before if count)
    return observed, float(known[len(known) // 2]) if known else 0.0


def wall_view(console: Console, counted: tuple[int, float], lang: Language) -> WallView:
    """Return the wall; `counted`: see `calls`."""
    now = console.board.now
    rows = [console.rows.of(e, lang) for e in console.board.entries() if e.band in _SHOWN]
    rows.sort(key=lambda row: (row.band is Band.RESTORED, urgency(row)))
    tiles = _tiles(console, [row for row in rows if not row.external])
    waiting = [row for row in rows if row.band is Band.TRIAGE and not row.owner]
    return WallView(
        counts=tuple((band, sum(row.band is band for row in rows)) for band in _SHOWN),
        tiles=tuple(tiles[:_TILES]),
        left_out=max(0, len(tiles) - _TILES),
        calls_hour=counted[0],
        calls_expected=counted[1],
        unowned=sum(now - (row.announced or row.since) > _UNOWNED for row in waiting),
        overdue=sum(bool(row.promise and row.promise.overdue) for row in rows),
        external=tuple(row for row in rows if row.external),
    )


def _tiles(console: Console, rows: list[RowView]) -> list[TileView]:
    """Return a tile for each region, and for each place that is in none; incidents first."""
    topology = console.board.topology
    sizes = {
        topology.name(int(domain)).partition("=")[2]: int(topology.sizes[domain])
        for domain in topology.types.get(REGION, ())
    }
    names = list(dict.fromkeys([*sizes, *(row.region for row in rows)]))
    tiles = [
        TileView(name or "–", sizes.get(name, 0), tuple(row for row in rows if row.region == name))
        for name in names
    ]
    return sorted(tiles, key=lambda tile: (not tile.rows, -tile.lines, tile.name))
