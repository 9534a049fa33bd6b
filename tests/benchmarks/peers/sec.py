"""SEC, the Simple Event Correlator: two rules that count lines of a node within a window.

SEC goes by the clock of the machine alone, so that of a week that is read in a second all falls
into one window. It is run twice: as it is, and with the clock of the events in the place of Perl's
`time`, for what it would have found had it been there that week.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.peers.feed import as_line
from tests.benchmarks.peers.firings import COUNTS, Count, Firing
from tests.benchmarks.peers.process import (
    Cost,
    Ended,
    MissingError,
    debian_version,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.benchmarks.peers.feed import Item

_NEW = {"alarm": "raised", "ticket": "created"}
_FIRED = "fired"
_STARTS = 3
"""Runs over nothing; the least counts."""
CLOCK = """\
package EventClock;
our $now = 0;
BEGIN { *CORE::GLOBAL::time = sub () { return $now || CORE::time(); }; }
1;
"""
CLOCK_RULE = """\
type=Single
continue=TakeNext
ptype=PerlFunc
pattern=sub { $EventClock::now = int($1 / 1000) if $_[0] =~ /^(\\d+)/; return 0; }
desc=clock
action=none
"""
COUNT_RULE = """\
type=SingleWithThreshold
ptype=RegExp
pattern=^\\d+ {kind} {state} \\S+ (\\S+)
desc={name} of $1
action=write - {fired} {name} %u $1
window={seconds}
thresh={enough}
"""


class Ran(NamedTuple):
    """A run by the clock of the machine, and what was found by that of the events."""

    version: str
    start: float
    """Seconds of CPU of a run over nothing."""
    cost: Cost
    in_event_time: Cost
    fired: int
    """How often rules fired by the clock of the machine."""
    firings: list[Firing]
    """Those by the clock of the events."""


def rules(counts: Iterable[Count] = COUNTS, *, event_time: bool) -> str:
    """Return the content of SEC's rule file."""
    written = [
        COUNT_RULE.format(
            kind=one.kind, state=_NEW[one.kind], name=one.name, fired=_FIRED,
            seconds=one.minutes * 60, enough=one.enough,
        )
        for one in counts
    ]  # fmt: skip
    return "\n".join([*([CLOCK_RULE] if event_time else []), *written])


def firings_in(out: str) -> list[Firing]:
    """Return the firings that SEC wrote, among all that it says; they are at the second's end."""
    found = []
    for line in out.splitlines():
        if line.startswith(f"{_FIRED} "):
            _, rule, second, node = line.split(" ")
            found.append(Firing(rule, int(second) * 1000 + 999, node))
    return found


def sec(items: Sequence[Item], folder: Path, counts: Sequence[Count] = COUNTS) -> Ran:
    """Run it over a feed. MissingError: it is not here."""
    program = shutil.which("sec")
    if program is None:
        raise MissingError("SEC: there is no `sec`, as Debian's package of that name has it")
    (folder / "EventClock.pm").write_text(CLOCK)
    feed, nothing = folder / "feed.log", folder / "nothing.log"
    feed.write_text("".join(as_line(item) + "\n" for item in items))
    nothing.write_text("")
    plain, timed = folder / "plain.rules", folder / "timed.rules"
    plain.write_text(rules(counts, event_time=False))
    timed.write_text(rules(counts, event_time=True))
    starts = [run([program, *_options(plain, nothing)], folder) for _ in range(_STARTS)]
    start = min(starts, key=lambda one: one.cpu)
    ended = run([program, *_options(plain, feed)], folder)
    perl = ["perl", f"-I{folder}", "-MEventClock", program]
    # Once a minute of the events: events are minutes apart, not seconds.
    late = run([*perl, *_options(timed, feed), "--cleantime=60"], folder)
    cost, in_event_time = (_without(start, one, len(items)) for one in (ended, late))
    fired = len(firings_in(ended.out))
    told = firings_in(late.out)
    return Ran(debian_version("sec"), start.cpu, cost, in_event_time, fired, told)


def _without(start: Ended, one: Ended, events: int) -> Cost:
    """Return what the feed costs, without the start; a millisecond at least."""
    wall, cpu = max(0.001, one.wall - start.wall), max(0.001, one.cpu - start.cpu)
    return Cost(events, wall, cpu, one.rss)


def _options(rules: Path, feed: Path) -> list[str]:
    """Return what tells it to read a file to its end, and to say no more than it must."""
    return [f"--conf={rules}", f"--input={feed}", "--notail", "--debug=3"]
