"""What the decoders of all inputs share: the envelope, ids, words, times, and a bad record's error.

Limits keep every record storable: PostgreSQL indexes no value above 2,700 bytes and stores no NUL.
An id that breaks them would name something else once it were mended, so its record is refused.
Words and texts are mended: a ticket counts without the end of its description.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec

from correlator.formats.times import to_millis
from correlator.model import DAY, Event, Millis

MOST_OF_AN_ID = 512
"""Characters; at most 2,048 bytes."""
MOST_OF_A_WORD = 512
MOST_OF_A_TEXT = 10_000

MOST_LEVELS = 100
"""Of objects and lists within each other."""

# Strings, which may hold brackets, and brackets. No string is looked at twice, whatever its end.
_TOKENS = re.compile(
    rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL
)
_CUT = "…"
"""Says that there was more."""
WITHOUT_NUL = r"^[^\x00]*$"

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Name: TypeAlias = Annotated[
    str, msgspec.Meta(min_length=1, max_length=MOST_OF_AN_ID, pattern=WITHOUT_NUL)
]
"""An id that must be there."""
MaybeName: TypeAlias = (
    Annotated[str, msgspec.Meta(max_length=MOST_OF_AN_ID, pattern=WITHOUT_NUL)] | None
)
"""An id that may be missing or empty."""

T = TypeVar("T")


class BadRecordError(ValueError):
    """A record that cannot be used. `reason` is a short code, the message names the key."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(_shown(message))
        self.reason = reason


def _shown(message: str) -> str:
    """Return a message without the middle of a long value that it quotes; the place is its end."""
    return message if len(message) <= 1_000 else f"{message[:500]} … {message[-400:]}"


class Wire(msgspec.Struct, rename="camel", gc=False):
    """Base of the formats."""


class Envelope(Wire, Generic[T]):
    """What is around every payload.

    `eventTime` is when it arrived, from 1970 on. `eventId` shows in ids of incidents; without it
    the payload's own id stands in.
    """

    event_time: Moment
    event: T
    event_id: MaybeName = None

    def arrived(self) -> Millis:
        """Return the time of arrival; raises `BadRecordError` for one that cannot be meant."""
        arrived = to_millis(self.event_time)
        if arrived < 0:
            raise BadRecordError("invalid", "`eventTime` is before 1970 - at `$.eventTime`")
        return arrived


class Input(msgspec.Struct, frozen=True):
    """A kind of event that comes in, under the name of its files and options.

    `record` is the type of a record, `says` what it tells, `event_types` what such events are
    called, `example` a record: they make the description of the topic. What a decoder checks beside
    the type is said there as JSON Schema (`Meta(extra_json_schema=…)`). `kept_days` and `spread`,
    over as many partitions as the broker gives, are for a topic that the correlator creates.
    """

    name: str
    decode: Callable[[bytes], Event]
    record: Any
    says: str
    event_types: tuple[str, ...]
    example: str
    kept_days: int
    spread: bool = False

    @property
    def topic(self) -> str:
        """The topic that brings it."""
        return f"gi.{self.name}"


def decoded(decoder: msgspec.json.Decoder[Any], value: bytes) -> Any:
    """Return what the decoder makes of a record; raises `BadRecordError`."""
    _check_levels(value)
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        raise BadRecordError("invalid", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError("not-json", str(error)) from None


def _check_levels(value: bytes) -> None:
    """Raise `BadRecordError` for a record that is nested too deeply.

    The decoder would give up somewhere between a thousand levels and ten thousand, depending on
    the version of Python and on who calls it. Hardly a record has brackets enough to be looked at.
    """
    if value.count(b"[") + value.count(b"{") <= MOST_LEVELS:
        return
    level = 0
    for token in _TOKENS.finditer(value):
        kind = token.lastgroup
        level += (kind == "open") - (kind == "close")
        if level > MOST_LEVELS:
            raise BadRecordError("invalid", f"nested more than {MOST_LEVELS} levels deep")


def name(value: str, place: str) -> str:
    """Return an id that is read from among others; raises `BadRecordError` with its place."""
    if len(value) > MOST_OF_AN_ID or "\0" in value:
        wanted = f"Expected at most {MOST_OF_AN_ID} characters without NUL"
        raise BadRecordError("invalid", f"{wanted} - at `{place}`")
    return value


def word(value: str | None) -> str:
    """Return a short text as it can be stored, cut where it is none; empty for None."""
    return _storable(value or "", MOST_OF_A_WORD)


def text(value: str | None) -> str:
    """Return what somebody wrote as it can be stored, cut where it is very long."""
    return _storable(value or "", MOST_OF_A_TEXT)


def _storable(value: str, most: int) -> str:
    if len(value) > most:
        value = value[: most - 1] + _CUT
    return value.replace("\0", "\ufffd")


def given(time: datetime | None) -> Millis | None:
    """Return a time, None where a system says that it has none.

    Many write their zero for it: year 1 (.NET, Go), 1899-12-30, 1900, 1970-01-01, in some zone.
    """
    if time is None:
        return None
    millis = to_millis(time)
    return millis if millis >= DAY else None


def occurrence(time: datetime | None, arrived: Millis) -> Millis:
    """Return when something occurred: not after its arrival, and then unless a time is given."""
    found = given(time)
    return arrived if found is None else min(found, arrived)
