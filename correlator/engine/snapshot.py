"""The engine's state as bytes: msgpack, versioned, never pickle."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

VERSION = 6
_ARRAY = 1  # msgpack extension code


class SnapshotError(ValueError):
    """The snapshot was written by another version, or is damaged."""


def _encode_array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        raw = np.ascontiguousarray(value).tobytes()
        packed = msgspec.msgpack.encode([value.dtype.str, list(value.shape), raw])
        return msgspec.msgpack.Ext(_ARRAY, packed)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot keep {type(value).__name__}")


def _decode_array(code: int, payload: memoryview) -> Any:
    if code != _ARRAY:
        raise SnapshotError(f"unknown extension {code}")
    kind, shape, raw = msgspec.msgpack.decode(bytes(payload))
    return np.frombuffer(raw, np.dtype(kind)).reshape(shape).copy()


def dump(state: dict[str, Any]) -> bytes:
    """Return a state as bytes; equal states give equal bytes."""
    encoder = msgspec.msgpack.Encoder(enc_hook=_encode_array)
    return encoder.encode({"version": VERSION, "state": state})


def load(data: bytes) -> dict[str, Any]:
    """Return the state; raises `SnapshotError`."""
    decoder = msgspec.msgpack.Decoder(ext_hook=_decode_array, strict=False)
    try:
        found = decoder.decode(data)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"damaged snapshot: {error}") from error
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise SnapshotError("the snapshot was written by another version of the correlator")
    state: dict[str, Any] = found["state"]
    return state
