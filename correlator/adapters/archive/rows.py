"""One input of the engine as one row: columns for whoever asks, and the whole of it in `body`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from correlator.adapters.archive.columns import TIME, WORD
from correlator.model import (
    DAY,
    Action,
    Alarm,
    Event,
    Maintenance,
    Millis,
    RulesChanged,
    Ticket,
    TopologyChanged,
)
from correlator.ports import Input

TICK = "tick"
_KINDS: dict[type[Event], str] = {
    Ticket: "ticket",
    Alarm: "alarm",
    Maintenance: "maintenance",
    Action: "action",
    TopologyChanged: "topology",
    RulesChanged: "rules",
}
SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("taken", TIME),
        ("kind", WORD),
        ("id", pa.string()),
        ("arrived", TIME),
        ("occurred", TIME),
        ("customer", pa.string()),
        ("symptom", WORD),
        ("text", pa.string()),
        ("status", WORD),
        ("severity", WORD),
        ("channel", WORD),
        ("place", pa.string()),
        ("object", pa.string()),
        ("cause", WORD),
        ("state", WORD),
        ("actor", pa.string()),
        ("verb", WORD),
        ("incident", pa.string()),
        ("inventory", WORD),
        ("catalog", WORD),
        ("body", pa.string()),
    ]
)
"""The columns; `docs/archive.md` explains each."""

_NOBODY = (None, None, None)  # actor, verb, incident
_NOTHING = (None,) * 14  # from `occurred` to `incident`
_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(
    Ticket | Alarm | Maintenance | Action | TopologyChanged | RulesChanged
)


class Kept(NamedTuple):
    """An input, its place in the whole order from 1 on, and what was in force when it was taken.

    `taken`: the latest time (ms) at which the engine was by then.
    """

    number: int
    taken: Millis
    inventory: str
    catalog: str
    input: Input


def table_of(kept: Sequence[Kept]) -> pa.Table:
    """Return inputs as a table."""
    rows = zip(*map(_row, kept), strict=True) if kept else ([] for _ in SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(rows, SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _row(one: Kept) -> tuple[Any, ...]:
    """Return the columns of an input; what it does not have is None."""
    number, taken, inventory, catalog, event = one
    if isinstance(event, int):
        return (number, taken, TICK, None, event, *_NOTHING, inventory, catalog, "")
    head = number, taken, _KINDS[type(event)], event.id, event.arrived
    tail = inventory, catalog, _ENCODER.encode(event).decode()
    match event:
        case Ticket():
            said = event.customer, event.symptom, event.text or None, event.status or None
            more = event.severity or None, event.channel or None, event.place or None
            return (*head, event.occurred, *said, *more, None, None, None, *_NOBODY, *tail)
        case Alarm():
            about = event.managed_object, event.cause, str(event.state)
            words = None, None, None, None, event.severity, None, None
            return (*head, event.occurred, *words, *about, *_NOBODY, *tail)
        case Action():
            done = event.actor, str(event.verb), event.incident or None
            return (*head, *_NOTHING[:-3], *done, *tail)
        case _:
            return (*head, *_NOTHING, *tail)


def kept_of(table: pa.Table) -> list[Kept]:
    """Return the inputs of a table; raises `msgspec.DecodeError` where one cannot be read."""
    names = ("number", "inventory", "catalog", "body")
    columns = [table.column(name).to_pylist() for name in names]
    taken = table.column("taken").cast(pa.int64()).to_pylist()
    arrived = table.column("arrived").cast(pa.int64()).to_pylist()
    return [
        Kept(number, time, inventory, catalog, _DECODER.decode(body) if body else tick)
        for (number, inventory, catalog, body), time, tick in zip(
            zip(*columns, strict=True), taken, arrived, strict=True
        )
    ]


def hash_of(table: pa.Table) -> str:
    """Return 64 hexadecimal digits over numbers, times and bodies, in order."""
    digest = sha256()
    time = "arrived" if "arrived" in table.column_names else "time"
    columns = (
        table.column("number"),
        table.column(time).cast(pa.int64()),
        table.column("body"),
    )
    for number, at, body in zip(*(column.to_pylist() for column in columns), strict=True):
        digest.update(f"{number} {at} {body}\n".encode())
    return digest.hexdigest()


def by_day(kept: Iterable[Kept]) -> dict[int, list[Kept]]:
    """Return inputs by the day (UTC, since 1970) at which they were taken."""
    found: dict[int, list[Kept]] = {}
    for one in kept:
        found.setdefault(one.taken // DAY, []).append(one)
    return found
