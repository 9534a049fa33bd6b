"""How well the engine does on simulated worlds, beside the bars of the project.

python -m tests.benchmarks.quality [--seeds N] [--kind plain|hard|both] [--quiet | --ablations] …

Every world is simulated into a temporary folder, replayed through the engine in this process and
measured by `correlator.tools.evaluate`. The tables are Markdown, so that they can be kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, TypeVar

import msgspec

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.model import Event
from correlator.ports import DeadLetter
from correlator.simulate import WorldSettings, simulate
from correlator.tools.answers import callers_of
from correlator.tools.evaluate import Measures, measure, threshold_baseline
from correlator.tools.feeds import Feed, merged
from correlator.tools.replay import Outcome, replay
from correlator.tools.worldfiles import Incident, Truth, Verdict, read_truth
from topology import Topology

Result = TypeVar("Result")

KINDS = {"plain": WorldSettings.plain, "hard": WorldSettings.hard}
DIALS = (0.5, 2.0, 10.0)
"""Dials of the quiet worlds, false incidents a week."""
SLACK = 1.5
"""Times the dial that quiet worlds may show: the bound holds as far as the rates do."""
OVER = frozenset({"rejected", "cancelled"})
"""Statuses that do not count, as in `correlator.tools.evaluate`."""
FEEDS = ("maintenance", "alarms", "tickets")


class Bar(NamedTuple):
    """What the project asks of a measure, on plain worlds and on hard ones."""

    measure: str
    title: str
    plain: float
    hard: float
    at_least: bool
    form: str = "{:.3f}"

    def of(self, kind: str) -> float:
        """Return the bar on worlds of a kind."""
        return self.plain if kind == "plain" else self.hard

    def met(self, kind: str, value: float) -> bool:
        """Whether a value reaches the bar."""
        return value >= self.of(kind) if self.at_least else value <= self.of(kind)

    def worst(self, values: Iterable[float]) -> float:
        """Return the value that is furthest on the wrong side."""
        return min(values) if self.at_least else max(values)

    def asked(self, kind: str) -> str:
        """Return the bar as text."""
        return f"{'≥' if self.at_least else '≤'} {self.shown(self.of(kind))}"

    def shown(self, value: float | None) -> str:
        """Return a value as text."""
        return "-" if value is None else self.form.format(value)


BARS = (
    Bar("recall", "recall", 0.985, 0.92, at_least=True),
    Bar("precision", "precision", 0.99, 0.95, at_least=True),
    Bar("false_per_week", "false a week", 0.3, 1.5, at_least=False, form="{:.2f}"),
    Bar("per_outage", "incidents per outage", 1.02, 1.08, at_least=False),
    Bar("right_cause", "right cause", 0.97, 0.94, at_least=True),
    Bar("delay_median", "delay after the fourth, median", 0, 60, at_least=False, form="{:.0f} s"),
    Bar("delay_p90", "delay after the fourth, p90", 360, 900, at_least=False, form="{:.0f} s"),
    Bar("by_the_fourth", "raised by the fourth", 0.65, 0.45, at_least=True),
    Bar("link_precision", "link precision", 0.96, 0.85, at_least=True),
    Bar("link_recall", "link recall", 0.93, 0.78, at_least=True),
    Bar("right_answer", "right answer", 0.88, 0.72, at_least=True),
    Bar("wrong_yes_share", "wrong yes", 0.003, 0.01, at_least=False, form="{:.4f}"),
    Bar("harmful_yes_share", "harmful yes", 0.001, 0.002, at_least=False, form="{:.4f}"),
    Bar("planned_announced", "planned works announced", 0, 0, at_least=False, form="{:.2g}"),
)

ABLATIONS = {
    "full": EngineSettings(),
    "no alarms": EngineSettings(use_alarms=False),
    "no explaining away": EngineSettings(use_explaining_away=False),
    "no learned rates": EngineSettings(use_learned_rates=False),
    "no text": EngineSettings(use_text=False),
}
"""Engines by what is taken away."""
THRESHOLD = "fixed threshold"


# --------------------------------------------------------------------------------- one world


class World:
    """A simulated world in a folder, read once for all runs over it."""

    def __init__(self, settings: WorldSettings, folder: Path) -> None:
        simulate(settings, folder)
        self.folder = folder
        self.truth: Truth = read_truth(folder)
        self.inventory: Topology = topology.load(folder / "topology")
        feeds = [Feed(f"gi.{name}", folder / f"{name}.jsonl") for name in FEEDS]
        self.events: Sequence[Event] = merged(feeds, _refuse)

    def run(self, settings: EngineSettings) -> Outcome:
        """Run a fresh engine over the world."""
        return replay(Engine(self.inventory, catalog(), settings), self.events).outcome

    def measured(self, settings: EngineSettings) -> Measures:
        """Run a fresh engine over the world, and measure what it decided."""
        outcome = self.run(settings)
        told = [msgspec.json.decode(line, type=Verdict) for line in outcome.verdict_lines()]
        callers = callers_of(self.events, self.inventory)
        return measure(self.truth, incidents(outcome), told, callers)

    def threshold(self) -> Measures:
        """Measure the fixed threshold."""
        return measure(self.truth, msgspec.convert(threshold_baseline(self.folder), list[Incident]))


def _refuse(letter: DeadLetter) -> None:
    raise ValueError(f"a simulated line cannot be used: {letter.error}")


@cache
def catalog() -> rules.Catalog:
    """Return the rules that come along."""
    return rules.load()


def incidents(outcome: Outcome) -> list[Incident]:
    """Return what was announced, as an evaluation reads it."""
    return [msgspec.json.decode(line, type=Incident) for line in outcome.incident_lines()]


class Comparison(NamedTuple):
    """A world, the engines to run over it by name, and whether the threshold runs too."""

    world: WorldSettings
    engines: Mapping[str, EngineSettings]
    threshold: bool = False


def compare(task: Comparison) -> dict[str, Measures]:
    """Return the measures of every engine over one world."""
    with tempfile.TemporaryDirectory(prefix="gi-quality-") as folder:
        world = World(task.world, Path(folder))
        found = {name: world.measured(engine) for name, engine in task.engines.items()}
        return found | ({THRESHOLD: world.threshold()} if task.threshold else {})


class Quiet(NamedTuple):
    """What was announced in a world in which nothing failed."""

    named: int
    """Incidents with a cause: false."""
    unnamed: int
    """Incidents without: from outside the network, they do not count."""


def count_quiet(task: Comparison) -> dict[str, Quiet]:
    """Count what every engine announces in one world without outages."""
    with tempfile.TemporaryDirectory(prefix="gi-quality-") as folder:
        world = World(task.world, Path(folder))
        return {name: _quiet(world.run(engine)) for name, engine in task.engines.items()}


def _quiet(outcome: Outcome) -> Quiet:
    counted = [one for one in incidents(outcome) if one.status not in OVER]
    named = sum(bool(one.root_cause) for one in counted)
    return Quiet(named, len(counted) - named)


# -------------------------------------------------------------------------------- all worlds


def worlds(options: argparse.Namespace, kind: str) -> list[WorldSettings]:
    """Return the settings of the worlds of a kind, one a seed."""
    changes = {
        "contact_rate": options.contact,
        "contact_shift_hours": options.shift_hours,
        "untyped": options.untyped,
        "outages_per_day": options.outages_per_day,
    }
    if options.quiet:
        changes |= {"outages_per_day": 0.0, "storms_per_week": 0.0, "days_between_works": 0.0}
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    return [
        msgspec.structs.replace(KINDS[kind](seed, options.customers, options.days), **changes)
        for seed in seeds
    ]


def kinds(options: argparse.Namespace) -> list[str]:
    """Return the kinds of worlds that were asked for."""
    return list(KINDS) if options.kind == "both" else [options.kind]


def in_turn(
    work: Callable[[Comparison], Result], tasks: Sequence[Comparison], jobs: int
) -> Iterator[Result]:
    """Yield the results in the order of the tasks, from so many processes."""
    with ExitStack() as stack:
        run = stack.enter_context(ProcessPoolExecutor(jobs)).map if jobs > 1 else map
        for number, result in enumerate(run(work, tasks), 1):
            print(f"world {number} of {len(tasks)}", file=sys.stderr, flush=True)
            yield result


def measures_of(
    options: argparse.Namespace, kind: str, engines: Mapping[str, EngineSettings]
) -> dict[str, list[Measures]]:
    """Return the measures of every engine, one a seed, on the worlds of a kind."""
    tasks = [Comparison(world, engines, options.ablations) for world in worlds(options, kind)]
    found: dict[str, list[Measures]] = {}
    for result in in_turn(compare, tasks, options.jobs):
        for name, measures in result.items():
            found.setdefault(name, []).append(measures)
    return found


# ------------------------------------------------------------------------------------ tables


class Column(NamedTuple):
    """A measure over the seeds; None = no seed has anything to divide by."""

    mean: float | None
    worst: float | None
    seed: int | None
    """The worst one's place in the list of seeds."""


def over_seeds(bar: Bar, runs: Sequence[Measures]) -> Column:
    """Return mean and worst of a measure."""
    every = [getattr(run, bar.measure) for run in runs]
    there = [value for value in every if value is not None]
    if not there:
        return Column(None, None, None)
    worst = bar.worst(there)
    return Column(fmean(there), worst, every.index(worst))


def markdown(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    lines = [list(head), *map(list, body)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def quality_table(found: Mapping[str, Sequence[Measures]], first_seed: int) -> str:
    """Return bars, means and worst seeds, by kind of world."""
    head = [""]
    for kind in found:
        head += [f"{kind}: bar", "mean", "worst (seed)", ""]
    body = []
    for bar in BARS:
        row = [bar.title]
        for kind, runs in found.items():
            mean, worst, place = over_seeds(bar, runs)
            if mean is None or place is None:
                row += [bar.asked(kind), "-", "-", ""]
                continue
            verdict = "" if bar.met(kind, mean) else "missed"
            seed = first_seed + place
            row += [bar.asked(kind), bar.shown(mean), f"{bar.shown(worst)} ({seed})", verdict]
        body.append(row)
    return markdown(head, body)


def ablation_table(found: Mapping[str, Sequence[Measures]]) -> str:
    """Return the means of every engine side by side."""
    body = [
        [bar.title, *(bar.shown(over_seeds(bar, runs).mean) for runs in found.values())]
        for bar in BARS
    ]
    return markdown(["", *found], body)


def quiet_table(found: Mapping[str, Mapping[str, Sequence[Quiet]]], days: int) -> str:
    """Return what was announced a week in worlds without outages, by kind and dial."""
    body = []
    for kind, dials in found.items():
        for dial, counts in dials.items():
            weekly = [7 * one.named / days for one in counts]
            outside = fmean(7 * one.unnamed / days for one in counts)
            allowed = SLACK * float(dial)
            cells = [f"{value:.2f}" for value in (fmean(weekly), max(weekly), allowed, outside)]
            body.append([kind, dial, *cells, "" if fmean(weekly) <= allowed else "missed"])
    head = ["world", "dial", "false a week", "worst seed", "bar", "without a cause, a week", ""]
    return markdown(head, body)


# ---------------------------------------------------------------------------------- commands


def show_quality(options: argparse.Namespace) -> str:
    """Measure the engine as it is, beside the bars."""
    engine = {"full": EngineSettings(false_incidents_per_week=options.dial)}
    found = {kind: measures_of(options, kind, engine)["full"] for kind in kinds(options)}
    return quality_table(found, options.first_seed)


def show_ablations(options: argparse.Namespace) -> str:
    """Measure the engine with one kind of evidence taken away at a time."""
    engines = {
        name: msgspec.structs.replace(engine, false_incidents_per_week=options.dial)
        for name, engine in ABLATIONS.items()
    }
    return "\n\n".join(
        f"{kind}:\n\n{ablation_table(measures_of(options, kind, engines))}"
        for kind in kinds(options)
    )


def show_quiet(options: argparse.Namespace) -> str:
    """Count what is announced where nothing fails, at every dial."""
    engines = {f"{dial:g}": EngineSettings(false_incidents_per_week=dial) for dial in DIALS}
    found: dict[str, dict[str, list[Quiet]]] = {}
    for kind in kinds(options):
        tasks = [Comparison(world, engines) for world in worlds(options, kind)]
        results = list(in_turn(count_quiet, tasks, options.jobs))
        found[kind] = {dial: [result[dial] for result in results] for dial in engines}
    return quiet_table(found, options.days)


def parser() -> argparse.ArgumentParser:
    """Return what can be asked."""
    found = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    found.add_argument("--seeds", type=int, default=5, help="number of worlds of a kind")
    found.add_argument("--first-seed", type=int, default=1)
    found.add_argument("--customers", type=int, default=120_000)
    found.add_argument("--days", type=int, default=14)
    found.add_argument("--kind", choices=[*KINDS, "both"], default="both")
    found.add_argument("--contact", type=float, default=1.0, help="times the ordinary calls")
    found.add_argument("--outages-per-day", type=float, help="default: grows with the customers")
    found.add_argument("--shift-hours", type=float, default=0.0, help="all habits so much later")
    found.add_argument("--untyped", action="store_true", help="no ticket has a ticketType")
    found.add_argument("--dial", type=float, default=2.0, help="false incidents a week")
    found.add_argument("--jobs", type=int, default=1, help="processes")
    what = found.add_mutually_exclusive_group()
    what.add_argument("--quiet", action="store_true", help="worlds without outages, at three dials")
    what.add_argument(
        "--ablations", action="store_true", help="one kind of evidence less at a time"
    )
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table that was asked for, under the settings that lead to it."""
    options = parser().parse_args(arguments)
    given = {name: value for name, value in sorted(vars(options).items()) if name != "jobs"}
    print(", ".join(f"{name}={value}" for name, value in given.items() if value is not None))
    show = show_quiet if options.quiet else show_quality
    print("\n" + (show_ablations if options.ablations else show)(options))


if __name__ == "__main__":
    main()
