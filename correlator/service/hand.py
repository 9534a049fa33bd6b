"""What a leader has applied and not committed yet, and what of it goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

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
        decided, repeated = _messages(self.effects), _messages(again)
        return (*decided, *map(dead_letter_message, letters), *repeated)


def _incident(effect: IncidentChanged) -> list[OutMessage]:
    """Return the message of an announced incident, and that for the NOC where it is told."""
    announced = [incident_message(effect)] if effect.incident.announced is not None else []
    return announced + ([network_message(effect)] if effect.incident.noc else [])


_PUBLISHED: Mapping[type[Effect], Callable[[Any], list[OutMessage]]] = MappingProxyType(
    {
        IncidentChanged: _incident,
        TextApproved: lambda effect: [text_message(effect)],
        LinkChanged: lambda effect: [link_message(effect)],
    }
)
"""The effects that are published, and as what."""


def _messages(effects: Iterable[Effect]) -> list[OutMessage]:
    told = [(_PUBLISHED.get(type(effect)), effect) for effect in effects]
    return [message for tell, effect in told if tell for message in tell(effect)]
