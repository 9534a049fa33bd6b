"""What recovery hands to the engine again: events and ticks, as bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from correlator.engine import Engine
from correlator.ports import Input, Recovered

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[list[Input]] = msgspec.msgpack.Decoder(list[Input])


def encode_inputs(inputs: Sequence[Input]) -> bytes:
    """Return events, and ticks as plain numbers, in order."""
    return _ENCODER.encode(inputs)


def decode_inputs(data: bytes) -> list[Input]:
    """Return what `encode_inputs` was given."""
    return _DECODER.decode(data)


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
