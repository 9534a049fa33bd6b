"""What the decoders of all inputs share: the envelope's types, and the error of a bad record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from correlator.model import Event

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class BadRecordError(ValueError):
    """A record that cannot be used. `reason` is a short code, the message names the key."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Wire(msgspec.Struct, rename="camel", gc=False):
    """Base of the formats."""


class Input(msgspec.Struct, frozen=True):
    """A kind of event that comes in, under the name of its files and options.

    `kept_days` and `spread`, over as many partitions as the broker gives, are for a topic that the
    correlator creates.
    """

    name: str
    decode: Callable[[bytes], Event]
    kept_days: int
    spread: bool = False

    @property
    def topic(self) -> str:
        """The topic that brings it."""
        return f"gi.{self.name}"


def decoded(decoder: msgspec.json.Decoder[Any], value: bytes) -> Any:
    """Return what the decoder makes of a record; raises `BadRecordError`."""
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        raise BadRecordError("invalid", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError("not-json", str(error)) from None
