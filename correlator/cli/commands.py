"""Which commands there are: a command's module is imported when the command is asked for."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from copy import copy
from importlib import import_module
from types import ModuleType
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Entry(NamedTuple):
    """A command, or a group of them: where it is, and the first line of its help.

    `place`: a module of this package and the name there, of a function or of a group.
    """

    name: str
    place: str
    help: str


ENTRIES: Final = (
    Entry(
        "demo",
        "evening:demo",
        "Run a simulated evening through the whole pipeline: no broker, no database server.",
    ),
    Entry(
        "train",
        "training:train",
        "Let somebody learn on a day in the console, then compare what they decided.",
    ),
    Entry("run", "running:run", "Run the daemon: Kafka in, Kafka and database out."),
    Entry(
        "serve",
        "serving:serve",
        "Serve the console: pages, live updates, actions; any number of such processes may run.",
    ),
    Entry(
        "replay",
        "replaying:replay",
        "Run the engine over files, as fast as it goes, in arrival order.",
    ),
    Entry(
        "check",
        "checking:check",
        "Check configuration, rules with their tests, inventory; without options the own rules.",
    ),
    Entry(
        "backtest",
        "history:backtest",
        "Compare rules over the history in an archive: which incidents would have been others.",
    ),
    Entry(
        "curve",
        "history:curve",
        "Show what other numbers of a rule would have done: how early, how many false ones.",
    ),
    Entry(
        "forget",
        "forgetting:forget",
        "Forget a customer: erase their words, and put a meaningless id in the place of theirs.",
    ),
    Entry(
        "asyncapi",
        "documents:asyncapi",
        "Print the AsyncAPI document of the topics: YAML, or JSON.",
    ),
    Entry(
        "simulate",
        "worlds:simulate_world",
        "Write a made-up operator in the formats of the feeds, with the truth.",
    ),
    Entry("evaluate", "measuring:evaluate_incidents", "Measure a replay against the truth."),
    Entry(
        "explain",
        "explaining:explain_subject",
        "Tell why an incident was raised, or why a ticket was (not) linked, from stored numbers.",
    ),
    Entry(
        "dead-letters",
        "letters:dead",
        "What could not be used: look at it, mend it, replay it.",
    ),
    Entry(
        "archive",
        "history:archive",
        "What the engine took, in Parquet files: docs/archive.md.",
    ),
    Entry("rules", "ruling:ruling", "Drafts of rules, versions in force, and files in git."),
    Entry("token", "tokens:tokens", "Tokens of systems that use the API."),
    Entry(
        "session",
        "sessions:sessions",
        "Sessions of people who have logged in at the console.",
    ),
)
"""In the order of the help page."""


class _Commands(Mapping[str, Any]):
    """Name → command; each is imported when it is taken out."""

    def __init__(self) -> None:
        self._entries = {entry.name: entry for entry in ENTRIES}
        self._imported: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._imported:
            self._imported[name] = _imported(self._entries[name])
        return self._imported[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a command; what goes wrong while it is imported is no missing command."""
        return self[name] if name in self._entries else default

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _imported(entry: Entry) -> Any:
    module, _, name = entry.place.partition(":")
    found = getattr(_kept(f"correlator.cli.{module}"), name)
    alone = typer.Typer(callback=lambda: None)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=entry.name, no_args_is_help=True)
    else:
        alone.command(entry.name)(found)
    group = typer.main.get_command(alone)
    if not isinstance(group, TyperGroup):
        raise TypeError(f"{entry.place} is no command")
    return group.commands[entry.name]


def _kept(name: str) -> ModuleType:
    """Import a module and all that it needs, for as long as the process lives.

    The half million objects that libraries are made of stay: to look through them for circles that
    nobody holds would take a tenth of the time until the first event.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        if collects:
            gc.enable()


class Program(TyperGroup):
    """The commands as a group that imports none of them to show its help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = _Commands()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page, of the lines above."""
        page = copy(self)
        page.commands = {
            entry.name: TyperCommand(name=entry.name, help=entry.help) for entry in ENTRIES
        }
        TyperGroup.format_help(page, ctx, formatter)
