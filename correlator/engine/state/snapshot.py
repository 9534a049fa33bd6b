"""The engine's state as bytes: msgpack, versioned, never pickle."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from correlator.engine.state.migration import MIGRATIONS

VERSION = 10
"""The version of the states that this engine writes; see `migration` for older ones."""
_ARRAY = 1  # msgpack extension code


class SnapshotError(ValueError):
    """The snapshot is of a version that this engine cannot read, or is damaged."""


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
    """Return the state, brought up to this version; raises `SnapshotError`."""
    decoder = msgspec.msgpack.Decoder(ext_hook=_decode_array, strict=False)
    try:
        found = decoder.decode(data)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"damaged snapshot: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("state"), dict):
        raise SnapshotError("damaged snapshot: no state")
    version: Any = found.get("version")
    state: dict[str, Any] = found["state"]
    while version != VERSION:
        if version not in MIGRATIONS:
            raise SnapshotError(
                f"the snapshot is of version {version!r}; this correlator reads versions"
                f" {min(MIGRATIONS)} to {VERSION}"
            )
        try:
            state = MIGRATIONS[version](state)
        except (KeyError, TypeError, AttributeError) as error:
            raise SnapshotError(f"damaged snapshot of version {version}: {error!r}") from error
        version += 1
    return state
