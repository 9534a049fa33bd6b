"""An engine that fails at some of what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.engine import Engine

if TYPE_CHECKING:
    from correlator.model import Effect, Event

BAD = "bad"
"""Within an id: what the engine has no idea what to do with."""


class Picky(Engine):
    """It is half through such an event when it fails."""

    def handle(self, event: Event) -> list[Effect]:
        """Handle an event; raises `KeyError` where it is bad."""
        effects = super().handle(event)
        if BAD in event.id:
            raise KeyError(event.id)
        return effects
