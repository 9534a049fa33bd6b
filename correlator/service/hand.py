"""What a leader has applied and not committed yet, and what of it goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from correlator.formats.wire import (
    dead_letter_message,
    incident_message,
    link_message,
    network_message,
    text_message,
)
from correlator.model import Effect, IncidentChanged, LinkChanged, TextApproved
from correlator.ports import DeadLetter, Input, OutMessage
from correlator.service.inbox import Arrivals
from correlator.service.quarantine import Place


class Hand:
    """Inputs and effects in their order, and whose they are. A new one for each commit."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.effects: list[Effect] = []
        self.places: list[Place] = []
        """The records and actions among the inputs."""
        self._arrivals: list[Arrivals] = []

    def __bool__(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.inputs or self._arrivals)

    def take(self, given: Input, effects: Iterable[Effect]) -> None:
        """Take an event or a tick, and what came of it."""
        self.inputs.append(given)
        self.effects += effects

    def take_inbox(self, came: Arrivals) -> None:
        """Take the rows of the inbox whose actions have been applied."""
        self._arrivals.append(came)

    def letters(self) -> tuple[DeadLetter, ...]:
        """Return the dead letters of the inbox."""
        return tuple(letter for came in self._arrivals for letter in came.letters)

    def taken(self) -> tuple[str, ...]:
        """Return the actions that leave the inbox."""
        return tuple(action for came in self._arrivals for action in came.taken)

    def messages(
        self, letters: Iterable[DeadLetter], again: Iterable[IncidentChanged]
    ) -> tuple[OutMessage, ...]:
        """Return what is to be published; `again`: what has been published before."""
        decided = [message for effect in self.effects for message in _messages(effect)]
        repeated = [message for effect in again for message in _messages(effect)]
        return (*decided, *map(dead_letter_message, letters), *repeated)


def _messages(effect: Effect) -> Iterator[OutMessage]:
    """Yield what is published; a candidate is shown to the cell, and to the NOC if it is told."""
    match effect:
        case IncidentChanged(incident=incident):
            if incident.announced is not None:
                yield incident_message(effect)
            if incident.noc:
                yield network_message(effect)
        case TextApproved():
            yield text_message(effect)
        case LinkChanged():
            yield link_message(effect)
