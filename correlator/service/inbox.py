"""What people do at the console: from rows of the inbox to actions at the engine's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from correlator.formats.decode.record import BadRecordError, decoded
from correlator.model import Action, Millis
from correlator.ports import UNUSABLE, DeadLetter, InboxRow, Record
from correlator.service.quarantine import Place

TOPIC = "inbox"
"""In the place of a topic, in the dead letter of an action that cannot be read."""

_DECODER = msgspec.json.Decoder(Action)


class Arrivals(msgspec.Struct, frozen=True):
    """The actions of some rows, in order; what could not be read; the ids of all."""

    actions: tuple[Action, ...]
    letters: tuple[DeadLetter, ...]
    taken: tuple[str, ...]


def arrivals(
    rows: Sequence[InboxRow],
    at: Millis,
    now: Millis,
    aside: Mapping[Place, str] = MappingProxyType({}),
) -> Arrivals:
    """Return what waits in the inbox as actions that arrive at `at`, the engine's time.

    Not the clock's (`now`), which would throw a replayed evening months ahead; and not through the
    watermark, which would have a person wait for the lateness of the feeds. A row that is no action
    (another version of the console wrote it) becomes a dead letter, and so does one that is set
    `aside` (why, by its id).
    """
    actions, letters = [], []
    for row in rows:
        if row.id in aside:
            letters.append(_letter(row, UNUSABLE, aside[row.id], now))
            continue
        try:
            action = decoded(_DECODER, row.body.encode())
        except BadRecordError as error:
            letters.append(_letter(row, error.reason, str(error), now))
            continue
        actions.append(msgspec.structs.replace(action, arrived=at))
    return Arrivals(tuple(actions), tuple(letters), tuple(row.id for row in rows))


def _letter(row: InboxRow, reason: str, error: str, now: Millis) -> DeadLetter:
    record = Record(TOPIC, 0, row.seq, row.id.encode(), row.body.encode(), row.at)
    return DeadLetter(record, reason, error, now)
