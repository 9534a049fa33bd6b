"""One decision as one row: columns for whoever asks, and the whole of it in `body`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from correlator.adapters.archive.columns import TIME, WORD
from correlator.model import (
    ActionDone,
    IncidentChanged,
    LinkChanged,
    Millis,
    Verdict,
)
from correlator.ports import Decision

DECISIONS = pa.schema(
    [
        ("number", pa.int64()),
        ("time", TIME),
        ("kind", WORD),
        ("incident", pa.string()),
        ("ticket", pa.string()),
        ("state", WORD),
        ("domain", pa.string()),
        ("rule", WORD),
        ("symptom", WORD),
        ("probability", pa.float64()),
        ("actor", pa.string()),
        ("code", WORD),
        ("body", pa.string()),
    ]
)
"""The columns; `docs/archive.md` explains each."""

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)


class Decided(NamedTuple):
    """A decision, and the last input of the batch in which it was made."""

    number: int
    time: Millis
    decision: Decision


def decisions_table(decided: Sequence[Decided]) -> pa.Table:
    """Return decisions as a table."""
    return pa.Table.from_pylist([_row(one) for one in decided], schema=DECISIONS)


def _row(one: Decided) -> dict[str, Any]:
    row: dict[str, Any] = {"number": one.number, "time": one.time}
    row["body"] = _ENCODER.encode(one.decision).decode()
    match one.decision:
        case IncidentChanged(incident=incident):
            row.update(
                kind="incident",
                incident=incident.id,
                state=str(incident.state),
                domain=incident.domain,
                rule=incident.rule,
                symptom=incident.symptom,
                code=incident.code or None,
            )
        case LinkChanged(link=link):
            row.update(
                kind="link",
                incident=link.incident,
                ticket=link.ticket,
                state=str(link.state),
                probability=link.probability,
                actor=link.actor,
            )
        case Verdict() as verdict:
            row.update(
                kind="verdict",
                incident=verdict.incident or None,
                ticket=verdict.ticket,
                state=str(verdict.answer),
                domain=verdict.cause or None,
                probability=verdict.probability,
            )
        case ActionDone() as done:
            row.update(
                kind="action",
                incident=done.incident or None,
                state=str(done.outcome),
                actor=done.action.actor,
                code=str(done.action.verb),
            )
    return row


def decided_of(table: pa.Table) -> list[Decided]:
    """Return the decisions of a table; raises `msgspec.DecodeError` where one cannot be read."""
    times = table.column("time").cast(pa.int64()).to_pylist()
    numbers, bodies = (table.column(name).to_pylist() for name in ("number", "body"))
    return [
        Decided(number, time, _DECODER.decode(body))
        for number, time, body in zip(numbers, times, bodies, strict=True)
    ]
