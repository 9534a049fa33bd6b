"""How the tables grow over fourteen months, with the thinning that the store does by itself.

    python -m tests.benchmarks.bench_growth [--days 426] [--incidents 10] [--store sqlite]

A made-up operator, in simulated time, one commit an hour through `SqlStore.commit`: incidents with
their calls by minute, figures, neighbourhoods, promises and texts; candidates; alarms; tickets with
answers, and links for some. How much of each a day brings is as in a simulated world of four days
(`bench_loop`), where an announced incident lived 18 hours and had 73 links. Printed for each table:
rows after every second month, bytes at the end, and what the last 30 days added, beside the floor:
what the same 30 days wrote. Then what a commit with its thinning took.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from correlator.adapters.sql import SqlStore, open_store
from correlator.adapters.sql.columns import metadata
from correlator.model import (
    HOUR,
    MINUTE,
    Alarm,
    AlarmKept,
    AlarmState,
    Answer,
    ApprovedText,
    Audience,
    CustomerTold,
    Effect,
    IncidentChanged,
    Millis,
    MinuteCount,
    Phase,
    Promise,
    Promised,
    RateCounted,
    Restore,
    State,
    TextApproved,
    Told,
    Verdict,
    Wording,
)
from tests.benchmarks.console_load import ms
from tests.benchmarks.console_world import TTL, call, commit, figures_of
from tests.harness.postgres import running_postgres
from tests.integration import store_samples

BEGIN: Millis = 1_772_406_000_000  # 2026-03-02, on the hour
LIVED: Millis = 18 * HOUR
BEFORE: Millis = HOUR
CANDIDATES, ALARMS, TICKETS, LINKS, TOLD = 5, 120, 100, 73, 10
"""A day, for each announced incident a day; `TOLD`: customers, for each incident."""
MONTH = 30
NEAR = 12  # neighbours that an incident shows


class Live(NamedTuple):
    """An incident and when it began and is over; `announced`: not a candidate only."""

    number: int
    begin: Millis
    end: Millis
    announced: bool


class Year:
    """The effects of one hour after the other."""

    def __init__(self, incidents: int, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        self._daily = incidents
        self._live: list[Live] = []
        self._numbers = 0
        self._tickets = 0
        self._alarms = 0

    def hour(self, at: Millis) -> list[Effect]:
        """Return what the hour that ends at `at` brings."""
        begin = at - HOUR
        found: list[Effect] = []
        for announced, daily in ((True, self._daily), (False, self._daily * CANDIDATES)):
            for _ in range(self._some(daily)):
                self._numbers += 1
                one = Live(
                    self._numbers, begin, begin + self._lasts(announced=announced), announced
                )
                self._live.append(one)
                found += self._began(one)
        for one in self._live:
            found += self._goes_on(one, begin, at)
        self._live = [one for one in self._live if one.end > at]
        found += self._alarm_effects(begin)
        found += self._ticket_effects(begin)
        return found

    def _some(self, daily: float) -> int:
        whole, rest = divmod(daily / 24, 1)
        return int(whole) + (self._dice.random() < rest)

    def _lasts(self, *, announced: bool) -> Millis:
        mean = LIVED if announced else HOUR
        return int(mean * self._dice.uniform(0.3, 1.7)) // MINUTE * MINUTE

    def _began(self, one: Live) -> Iterator[Effect]:
        incident = _incident(one)
        yield IncidentChanged(incident, "created")
        for n in range(5):
            yield store_samples.change(n)
        if not one.announced:
            yield figures_of(incident, one.begin)
            return
        for minute in range(one.begin - BEFORE, one.begin, MINUTE):
            yield RateCounted(MinuteCount(incident.id, minute, 0, 0.02))
        promise = Promise(1, Restore(one.end, "wholesale", "likely"), "l.petit", one.begin)
        yield Promised(incident.id, promise)
        for n, audience in enumerate((Audience.AGENT, Audience.N1), 1):
            wording = Wording(audience, Phase.CONFIRMED, "Une panne. " * 20, "A failure. " * 20)
            yield TextApproved(incident, ApprovedText(n, wording, "l.petit", one.begin))
        for n in range(TOLD):
            told = Told(f"C{n:07}", f"T{n}", "phone", 1)
            yield CustomerTold(incident.id, told, "luc", one.begin)

    def _goes_on(self, one: Live, begin: Millis, at: Millis) -> Iterator[Effect]:
        incident = _incident(one, version=2 + (at - one.begin) // HOUR)
        if one.announced:
            for minute in range(max(begin, one.begin), min(at, one.end), MINUTE):
                yield RateCounted(MinuteCount(incident.id, minute, minute // MINUTE % 4, 0.02))
            yield figures_of(incident, at)
            yield _neighbours(incident.id, at)
        if one.end <= at:
            changed = msgspec.structs.replace(incident, state=State.CLOSED, resolved=one.end)
            yield IncidentChanged(changed, "state")

    def _alarm_effects(self, begin: Millis) -> Iterator[Effect]:
        for _ in range(self._some(self._daily * ALARMS)):
            self._alarms += 1
            raised = begin + self._dice.randrange(HOUR)
            name = f"DSL-{self._dice.randrange(2_000):05}"
            alarm = Alarm(f"A{self._alarms:08}", raised, raised, "e", name, AlarmState.RAISED)
            yield AlarmKept(alarm, known=True, raised=raised)
            over = msgspec.structs.replace(
                alarm, state=AlarmState.CLEARED, occurred=raised + MINUTE * 20
            )
            yield AlarmKept(over, known=True, raised=raised)

    def _ticket_effects(self, begin: Millis) -> Iterator[Effect]:
        live = [one for one in self._live if one.announced]
        for n in range(self._some(self._daily * TICKETS)):
            self._tickets += 1
            ticket, at = f"T{self._tickets:08}", begin + self._dice.randrange(HOUR)
            customer = f"C{self._tickets * 7919 % 1_000_000:07}"
            if live and n % TICKETS < LINKS:
                yield from call(ticket, customer, _incident(self._dice.choice(live)), at)
            else:
                yield store_samples.ticket(self._tickets, id=ticket, arrived=at, occurred=at)
                yield Verdict(ticket, at, Answer.NO, store_samples.BURST)


def _incident(one: Live, version: int = 1):  # type: ignore[no-untyped-def]  # noqa: ANN202
    fields = {"onset": one.begin, "created": one.begin, "changed": one.begin, "version": version}
    fields["announced"] = one.begin if one.announced else None
    return store_samples.incident(one.number, **fields).incident


def _neighbours(incident: str, at: Millis) -> Effect:
    seen = store_samples.projections()[-1]
    near = seen.neighbourhood.neighbours * NEAR
    return msgspec.structs.replace(
        seen,
        neighbourhood=msgspec.structs.replace(
            seen.neighbourhood, incident=incident, time=at, neighbours=near
        ),
    )


# ------------------------------------------------------------------------------------- counting


def rows_of(store: SqlStore) -> dict[str, int]:
    """Return the rows of every table."""
    with store.engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def bytes_of(store: SqlStore) -> dict[str, int]:
    """Return the bytes of every table with its indexes."""
    if store.engine.dialect.name == "postgresql":
        size = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
    else:
        size = (
            "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) "
            "GROUP BY tbl_name"
        )
    with store.engine.connect() as connection:
        return {row[0]: int(row[1]) for row in connection.execute(sa.text(size))}


def measure(name: str, url: str, days: int, incidents: int) -> None:
    """Live through the days on one database and print its tables."""
    year = Year(incidents)
    counts: dict[int, dict[str, int]] = {}
    took: dict[int, list[float]] = {}
    began = time.perf_counter()
    with closing(open_store(url)) as store:
        lease = store.acquire("engine", "bench", BEGIN, 2 * HOUR + TTL)
        assert lease is not None
        for hour in range(1, days * 24 + 1):
            at = BEGIN + hour * HOUR
            effects = year.hour(at)
            before = time.perf_counter()
            commit(store, lease, effects, at, ttl=2 * HOUR)
            took.setdefault((hour - 1) // (24 * MONTH), []).append(time.perf_counter() - before)
            if hour % (24 * MONTH) == 0 or hour == days * 24:
                counts[hour // 24] = rows_of(store)
        sizes = bytes_of(store)
    print(f"{name}: {days} days, {incidents} incidents a day, {time.perf_counter() - began:.0f} s")
    _print_tables(counts, sizes)
    shown = {month: ms(times, 0.5, 0.99, 1.0) for month, times in took.items()}
    for month in sorted(shown)[:: max(1, len(shown) // 4)]:
        p50, p99, most = shown[month]
        print(f"  commit and thinning, month {month + 1:>2}: p50 {p50:.1f}  p99 {p99:.1f}  "
              f"longest {most:.1f} ms")  # fmt: skip


def _print_tables(counts: dict[int, dict[str, int]], sizes: dict[str, int]) -> None:
    days = sorted(counts)
    shown = days[1:-1:2] + days[-1:] if len(days) > 3 else days
    last, earlier = counts[days[-1]], counts[days[-2]] if len(days) > 1 else Counter()
    head = "".join(f"{f'day {day}':>11}" for day in shown)
    print(f"  {'table':<15}{head}{'MiB':>9}{'bytes/row':>11}{'growth':>9}")
    for table in sorted(last, key=lambda one: -sizes.get(one, 0)):
        if not last[table]:
            continue
        rows = "".join(f"{counts[day][table]:>11,}" for day in shown)
        size = sizes.get(table, 0)
        growth = (last[table] / earlier[table] - 1) * 30 / max(1, days[-1] - days[-2])
        print(f"  {table:<15}{rows}{size / 2**20:>9.1f}{size / last[table]:>11.0f}{growth:>+8.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=426)
    parser.add_argument("--incidents", type=int, default=2, help="Announced a day.")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    if options.store == "postgres":
        with running_postgres() as url:
            measure("PostgreSQL", url, options.days, options.incidents)
        return
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        measure("SQLite", f"sqlite:///{folder}/store.db", options.days, options.incidents)


if __name__ == "__main__":
    main()
