"""What recovery hands to the engine again, and what the archive keeps of effects, as bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from correlator.engine import Engine
from correlator.engine.state import dump, forget, load
from correlator.model import ActionDone, Effect, Forgotten, IncidentChanged, LinkChanged, Verdict
from correlator.ports import Decision, Input, Recovered

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[list[Input]] = msgspec.msgpack.Decoder(list[Input])
_ARCHIVED_AS_THEY_COME = (LinkChanged, Verdict, ActionDone)
_DECISIONS: msgspec.msgpack.Decoder[list[Decision]] = msgspec.msgpack.Decoder(list[Decision])


def encode_inputs(inputs: Sequence[Input]) -> bytes:
    """Return events, and ticks as plain numbers, in order."""
    return _ENCODER.encode(inputs)


def decode_inputs(data: bytes) -> list[Input]:
    """Return what `encode_inputs` was given."""
    return _DECODER.decode(data)


def encode_decisions(effects: Iterable[Effect]) -> bytes:
    """Return what of some effects is archived, of an incident its last state; b"" for nothing."""
    last: dict[str, IncidentChanged] = {}
    found: list[Decision] = []
    for effect in effects:
        if isinstance(effect, IncidentChanged):
            last[effect.incident.id] = effect
        elif isinstance(effect, _ARCHIVED_AS_THEY_COME):
            found.append(effect)
    found += last.values()
    return _ENCODER.encode(found) if found else b""


def decode_decisions(data: bytes) -> list[Decision]:
    """Return what of the effects `encode_decisions` has kept."""
    return _DECISIONS.decode(data) if data else []


def without(snapshot: bytes, who: Forgotten) -> bytes:
    """Return a snapshot in which the engine has forgotten a customer."""
    state, _ = forget(load(snapshot), who)
    return dump(state)


def apply(engine: Engine, inputs: Iterable[Input]) -> None:
    """Let the engine take inputs whose effects are durable already."""
    for item in inputs:
        if isinstance(item, int):
            engine.tick(item)
        else:
            engine.handle(item)


def recover(engine: Engine, found: Recovered, meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Bring a new engine to where the last commit left it; `meanwhile` is called after each part.

    Returns whether the inventory and catalog are those of the snapshot (see `Engine.restore`).
    """
    same = True if found.snapshot is None else engine.restore(found.snapshot)
    meanwhile()
    for batch in found.inputs:
        apply(engine, decode_inputs(batch))
        meanwhile()
    return same
