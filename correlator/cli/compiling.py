"""The compiled loops of the engine: that they are compiled, once on a machine, is said."""

from __future__ import annotations

from collections.abc import Callable

from numba.core.event import Event, Listener, register
from rich.console import Console

SAID = "Compiling the engine's loops: a minute or two, once on this machine."


class OnceCompiling(Listener):
    """Says once that something is compiled; what is found compiled already is not mentioned."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said = False

    def on_start(self, event: Event) -> None:
        """Say it, the first time."""
        del event
        if not self._said:
            self._said = True
            self._say(SAID)

    def on_end(self, event: Event) -> None:
        """Nothing more is said."""


def say_when_compiling() -> None:
    """Say on a terminal when a process begins to compile."""
    console = Console(stderr=True)
    if console.is_terminal:
        register("numba:compile", OnceCompiling(console.print))  # type: ignore[no-untyped-call]
