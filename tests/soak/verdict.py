"""The verdict on a run, in numbers."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.stats import theilslopes

from tests.soak.record import WARM_UP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.soak.record import Numbers, Record, Series

BOUNDED = {
    "rates": "400 days",
    "alarm_spans": "400 days",
    "told": "400 days",
    "figures": "400 days",
    "neighbourhoods": "400 days",
    "changes": "two minutes of the clock here, else a day",
    "batches": "until the next snapshot",
    "outbox": "until it is published",
}
"""How long their rows are kept. Days are of event time."""
OF_INCIDENTS = ("figures", "neighbourhoods", "told")
HISTORY = (
    "tickets", "verdicts", "alarms", "links", "journal", "incidents", "suppressions", "actions",
    "texts", "promises", "dead_letters",
)  # fmt: skip
"""Nothing is ever forgotten of these."""
KEPT_DAYS = 400.0
_RESAMPLED = 2_000
_NAMES = {"first": "daemon, never killed", "second": "daemon, killed", "console": "console"}


class Slope(NamedTuple):
    """The median of the slopes between all pairs of minutes (Theil and Sen); 95 % between."""

    an_hour: float
    low: float
    high: float

    def told(self, unit: str) -> str:
        """Return it in words."""
        return f"{self.an_hour:+.2f} {unit} an hour [{self.low:+.2f}, {self.high:+.2f}]"


def slope(series: Series) -> Slope:
    """Return how fast it grows, by the medians of minutes."""
    medians = series.by_minute()
    if len(medians.t) < 3:
        return Slope(np.nan, np.nan, np.nan)
    found = theilslopes(medians.y, medians.t / 60, 0.95)
    return Slope(float(found[0]), float(found[2]), float(found[3]))


def slope_undisturbed(stretches: Sequence[Series]) -> Slope:
    """Return how fast it grows between two faults: the median over all pairs within a stretch.

    95 % between, as the stretches might have been others (bootstrap).
    """
    pairs = [_pairs(one) for one in stretches]
    if len(pairs) < 3:
        return Slope(np.nan, np.nan, np.nan)
    chance = np.random.default_rng(1)
    drawn = chance.integers(len(pairs), size=(_RESAMPLED, len(pairs)))
    medians = [np.median(np.concatenate([pairs[n] for n in some])) for some in drawn]
    low, high = np.quantile(medians, (0.025, 0.975))
    return Slope(float(np.median(np.concatenate(pairs))), float(low), float(high))


def _pairs(series: Series) -> Numbers:
    """Return the slopes, an hour, between all looks that are half a minute apart or more."""
    apart = (series.t[None, :] - series.t[:, None]) / 60
    far = apart > 0.5 / 60
    found: Numbers = (series.y[None, :] - series.y[:, None])[far] / apart[far]
    return found


def verdict(record: Record) -> str:
    """Return all of it."""
    parts = (_run, _once, _processes, _tables)
    return "\n\n".join("\n".join(part(record)) for part in parts)


def _run(record: Record) -> Iterator[str]:
    begin, fed = record.once["begin"], record.once.get("fed", {})
    struck = Counter(line["fault"] for line in record.faults)
    times = [seconds for line in record.faults for seconds in line["recoveries"]]
    yield (
        f"{begin['days']} days of event time in {begin['minutes']:.0f} minutes; "
        f"{fed.get('sent', 0):,} records, {fed.get('poison', 0)} of them unreadable; "
        f"{len(record.faults)} faults"
    )
    yield ", ".join(f"{name} {n}" for name, n in sorted(struck.items()))
    if times:
        yield f"recovery: median {median(times):.1f} s, longest {max(times):.1f} s"
    stuck = [line for line in record.faults if line["failure"]]
    yield f"faults that did not come to their end: {len(stuck)}"
    yield from (f"  {line['fault']}: {line['failure']}" for line in stuck)
    behind = record.fed("sent").y - record.fed("applied").y
    yield f"fed and not applied yet: median {np.median(behind):,.0f}, most {behind.max():,.0f}"
    late = _count(record, "late")
    failed, aside = _count(record, "failures"), _count(record, "set_aside")
    yield f"late events: {late}; unexpected errors: {failed}; set aside: {aside}"


def _count(record: Record, what: str) -> int:
    """Sum what each process counted last."""
    last: dict[int, float] = {}
    for name in ("first", "second"):
        for line in record.processes.get(name, ()):
            last[line["pid"]] = max(last.get(line["pid"], 0.0), line.get(what, 0.0))
    return round(sum(last.values()))


def _once(record: Record) -> Iterator[str]:
    compared, out = record.once.get("compared"), record.once.get("published")
    if compared is None or out is None:
        yield "not compared: the run did not come to its end"
        return
    fed, stopped = record.once["fed"], record.once["stopped"]
    yield (
        f"beside the undisturbed twin: {compared['rows']:,} rows, lost {compared['lost']}, "
        f"doubled {compared['doubled']}"
    )
    for table, (rows, lost, doubled) in compared["by_table"].items():
        if lost or doubled:
            yield f"  {table}: {rows:,} rows, lost {lost}, doubled {doubled}"
    yield from (f"  {example}" for example in compared["examples"])
    yield (
        f"published: {out['messages']:,} messages of {out['keys']:,} keys; last message an older "
        f"version: {out['stale']}; not what the database says: {out['other']}; "
        f"repeats: {out['repeats']}"
    )
    yield f"dead letters: {out['letters']}, wrong {out['letters_wrong']}"
    yield (
        f"records in Kafka {fed['stored']:,}, acknowledged {fed['sent']:,}: the feeder itself "
        f"repeated {fed['stored'] - fed['sent']}"
    )
    yield f"daemons that ended by themselves: {sum(stopped['died'])}; exit codes {stopped['codes']}"
    console = record.once["console"]
    yield f"console: {console['answers']}, {console['hints']:,} lines of the live stream"


def _processes(record: Record) -> Iterator[str]:
    yield f"at work (a daemon: while it leads), after {WARM_UP:.0f} minutes; slopes between all"
    yield "pairs of medians of minutes, 95 % between:"
    for name, words in _NAMES.items():
        whole = record.of(name, "rss")
        lives = len(set(whole.part))
        if lives:
            yield f"  {words}; {lives} {'process' if lives == 1 else 'processes, the longest'}"
            yield from _numbers(record, name)


def _numbers(record: Record, name: str) -> Iterator[str]:
    for what, unit in (("rss", "MiB"), ("handles", "handles"), ("threads", "threads")):
        series = record.working(name, what)
        if len(series.t) < 3:
            yield "    for too short"
            break
        minutes = series.by_minute()
        told = f"    {what:<8} {len(minutes.t)} minutes, "
        told += f"first ten {np.median(minutes.y[:10]):.0f}, last ten "
        told += f"{np.median(minutes.y[-10:]):.0f}, most {record.of(name, what).y.max():.0f}; "
        found = slope(series)
        told += found.told(unit)
        if what == "rss":
            a_day = found.an_hour / 60 / record.days_a_minute * 1024
            told += f", {a_day:+.1f} KiB a day of event time"
        yield told
        stretches = record.stretches(name, what)
        if what == "rss" and len(stretches) > 2:
            told = slope_undisturbed(stretches).told(unit)
            yield f"             within {len(stretches)} stretches without a fault: {told}"
    cpu = record.of(name, "cpu")
    used = sum(np.ptp(cpu.y[cpu.part == pid]) for pid in set(cpu.part))
    yield f"    cpu      {used / 60 / np.ptp(cpu.t):.2f} of a core"


def _tables(record: Record) -> Iterator[str]:
    if len(record.tables) < 4:
        yield "too short for tables"
        return
    _, days, _ = record.rows("tickets")
    spots = [days[-1] * share for share in (0.25, 0.5, 0.75, 1.0)]
    head = "".join(f"{f'day {day:.0f}':>12}" for day in spots)
    yield f"{'rows':<16}{head}{'a day, before':>15}{'after':>9}{'MiB':>8}"
    for table in (*BOUNDED, *HISTORY):
        yield _table(record, table, spots)
    whole = record.tables[-1]["database"] / 2**20
    yield f"before and after day {KEPT_DAYS:.0f}; whole database {whole:,.0f} MiB"


def _table(record: Record, table: str, spots: list[float]) -> str:
    _, days, rows = record.rows(table)
    shown = "".join(f"{np.interp(day, days, rows):>12,.0f}" for day in spots)
    size: Any = record.tables[-1]["tables"][table][1]
    before, after = growth(days, rows)
    kept = f"  kept {BOUNDED[table]}" if table in BOUNDED else ""
    return f"{table:<16}{shown}{before:>15.1f}{after:>9.1f}{size / 2**20:>8.1f}{kept}"


def growth(days: Any, rows: Any) -> tuple[float, float]:
    """Return the rows that come with each day, before day 400 and after it."""
    found = []
    for part in (days < KEPT_DAYS, days > KEPT_DAYS + 10):
        enough = part.sum() > 2
        found.append(float(np.polyfit(days[part], rows[part], 1)[0]) if enough else np.nan)
    return found[0], found[1]
