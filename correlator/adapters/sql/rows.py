"""From the model's types to table rows, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.projected import Projected, alarm_span, projected_row
from correlator.adapters.sql.values import Row, json_of
from correlator.model import (
    ActionDone,
    AlarmKept,
    Answer,
    Change,
    Effect,
    Incident,
    IncidentChanged,
    Journaled,
    Kept,
    Link,
    LinkChanged,
    LinkState,
    Reason,
    Shares,
    Suppressed,
    Ticket,
    TicketKept,
    Verdict,
)
from correlator.ports import DeadLetter, OutMessage, Partition, Position, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import RowMapping, Table

Decided: TypeAlias = (
    TicketKept
    | AlarmKept
    | Kept
    | ActionDone
    | IncidentChanged
    | LinkChanged
    | Verdict
    | Suppressed
    | Journaled
)
"""Effects that have one row each, in the tables of `schema`."""

_FIELDS = {"starts": "start", "ends": "end", "changed": "arrived"}
"""The fields of events whose columns are called otherwise."""


# ------------------------------------------------------------------------------ effects → rows


def rows_by_table(effects: Iterable[Effect]) -> dict[Table, list[Row]]:
    """Return the rows that these effects ask for, in their order, table by table."""
    found: dict[Table, list[Row]] = {}
    for effect in effects:
        for table, row in _rows_of(effect):
            found.setdefault(table, []).append(row)
    return found


def _rows_of(effect: Effect) -> list[tuple[Table, Row]]:
    if isinstance(effect, Projected):
        return [projected_row(effect)]
    rows = [_row_of(effect)]
    if isinstance(effect, AlarmKept) and effect.raised:
        rows.append((console.alarm_spans, alarm_span(effect)))
    return rows


def _row_of(effect: Decided) -> tuple[Table, Row]:  # noqa: PLR0911 -- one line for each kind
    if isinstance(effect, Kept):
        return schema.KEPT[type(effect)], _as_it_came(effect)
    match effect:
        case TicketKept():
            return schema.tickets, _ticket(effect)
        case AlarmKept():
            return schema.alarms, _alarm(effect)
        case ActionDone():
            return schema.actions, _action(effect)
        case IncidentChanged():
            return schema.incidents, _incident(effect.incident)
        case LinkChanged():
            return schema.links, _link(effect.link)
        case Verdict():
            return schema.verdicts, _verdict(effect)
        case Suppressed():
            return schema.suppressions, _suppression(effect)
        case Journaled():
            return schema.journal, _change(effect.change)
        case _:
            assert_never(effect)


def _ticket(kept: TicketKept) -> Row:
    ticket = kept.ticket
    return {
        "id": ticket.id,
        "customer": ticket.customer,
        "place": ticket.place or None,
        "symptom": kept.symptom,
        "shares": json_of(kept.shares) if kept.shares else None,
        "stated": ticket.symptom,
        "known": kept.known,
        "status": ticket.status,
        "severity": ticket.severity,
        "channel": ticket.channel,
        "text": ticket.text,
        "occurred": ticket.occurred,
        "changed": ticket.arrived,
        "event_id": ticket.event_id,
    }


def _alarm(kept: AlarmKept) -> Row:
    alarm = kept.alarm
    return {
        "id": alarm.id,
        "managed_object": alarm.managed_object,
        "object_type": alarm.object_type,
        "state": alarm.state.value,
        "severity": alarm.severity,
        "cause": alarm.cause,
        "alarm_type": alarm.alarm_type,
        "known": kept.known,
        "occurred": alarm.occurred,
        "changed": alarm.arrived,
        "event_id": alarm.event_id,
    }


def _as_it_came(kept: Kept) -> Row:
    (event,) = msgspec.structs.astuple(kept)
    names = schema.KEPT[type(kept)].columns.keys()
    row = {name: getattr(event, _FIELDS.get(name, name)) for name in names}
    return {name: json_of(v) if isinstance(v, tuple) else v for name, v in row.items()}


def _action(done: ActionDone) -> Row:
    action = done.action
    return {
        "id": action.id,
        "incident": action.incident,
        "actor": action.actor,
        "verb": action.verb.value,
        "error": done.error,
        "outcome": done.outcome.value,
        "made": done.incident,
        "rev": done.rev,
        "changed": action.arrived,
        "body": json_of(action),
    }


def _incident(incident: Incident) -> Row:
    return {
        "id": incident.id,
        "version": incident.version,
        "rule": incident.rule,
        "state": incident.state.value,
        "symptom": incident.symptom,
        "domain": incident.domain,
        "domain_type": incident.domain_type,
        "priority": incident.priority,
        "severity": incident.severity,
        "customers": incident.customers,
        "linked": incident.linked,
        "parent": incident.parent,
        "owner": incident.owner,
        "created": incident.created,
        "onset": incident.onset,
        "changed": incident.changed,
        "announced": incident.announced,
        "resolved": incident.resolved,
        "rev": incident.rev,
        "catalog": incident.catalog,
        "code": incident.code,
        "confirmed": bool(incident.confirmed_by),
        "body": json_of(incident),
    }


def _link(link: Link) -> Row:
    return {
        "ticket": link.ticket,
        "incident": link.incident,
        "version": link.version,
        "state": link.state.value,
        "probability": float(link.probability),
        "reason": json_of(link.reason),
        "time": link.time,
        "actor": link.actor,
    }


def _verdict(verdict: Verdict) -> Row:
    return {
        "ticket": verdict.ticket,
        "time": verdict.time,
        "answer": verdict.answer.value,
        "incident": verdict.incident,
        "cause": verdict.cause,
        "probability": float(verdict.probability),
        "reason": json_of(verdict.reason),
    }


def _suppression(effect: Suppressed) -> Row:
    return {
        "domain": effect.domain,
        "rule": effect.rule,
        "time": effect.time,
        "reason": json_of(effect.reason),
    }


def _change(change: Change) -> Row:
    return msgspec.structs.asdict(change)


# ---------------------------------------------------------------------- the rest of a batch → rows


def dead_letter_row(letter: DeadLetter) -> Row:
    """Return the row of a record that could not be used."""
    return {
        **letter.record._asdict(),
        "reason": letter.reason,
        "error": letter.error,
        "time": letter.time,
        "replayed": None,
    }


def message_row(message: OutMessage) -> Row:
    """Return the row of a message that waits."""
    return {**message._asdict(), "headers": json_of(message.headers)}


def position_rows(positions: Mapping[Partition, Position]) -> list[Row]:
    """Return a row per partition."""
    return [
        {
            "topic": partition.topic,
            "partition": partition.number,
            "next": position.next,
            "ahead": json_of(position.ahead),
        }
        for partition, position in positions.items()
    ]


# ------------------------------------------------------------------------------- rows → model


def incident_from(row: RowMapping) -> Incident:
    """Return the incident of a row of `incidents`."""
    return msgspec.json.decode(row["body"], type=Incident)


def link_from(row: RowMapping) -> Link:
    """Return the link of a row of `links`."""
    return Link(**{**row, "state": LinkState(row["state"]), "reason": _reason(row)})


def verdict_from(row: RowMapping) -> Verdict:
    """Return the verdict of a row of `verdicts`."""
    return Verdict(**{**row, "answer": Answer(row["answer"]), "reason": _reason(row)})


def suppression_from(row: RowMapping) -> Suppressed:
    """Return the suppression of a row of `suppressions`."""
    return Suppressed(row["domain"], row["rule"], row["time"], _reason(row))


def ticket_from(row: RowMapping) -> TicketKept:
    """Return the ticket of a row of `tickets`; `arrived` is that of its latest record."""
    ticket = Ticket(
        id=row["id"],
        arrived=row["changed"],
        occurred=row["occurred"],
        event_id=row["event_id"],
        customer=row["customer"],
        symptom=row["stated"],
        text=row["text"],
        status=row["status"],
        severity=row["severity"],
        channel=row["channel"],
        place=row["place"] or "",
    )
    shares = msgspec.json.decode(row["shares"] or "[]", type=Shares)
    return TicketKept(ticket, row["symptom"], row["known"], shares)


def change_from(row: RowMapping) -> Change:
    """Return the change of a row of `journal`."""
    return Change(**{name: row[name] for name in Change.__struct_fields__})


def dead_letter_from(row: RowMapping) -> DeadLetter:
    """Return the record and its reason from a row of `dead_letters`."""
    record = Record(**{name: row[name] for name in Record._fields})
    return DeadLetter(record, row["reason"], row["error"], row["time"])


def message_from(row: RowMapping) -> OutMessage:
    """Return the message of a row of `outbox`."""
    headers = msgspec.json.decode(row["headers"], type=tuple[tuple[str, bytes], ...])
    return OutMessage(row["topic"], row["key"], row["value"], headers)


def position_from(row: RowMapping) -> tuple[Partition, Position]:
    """Return the partition and its position from a row of `positions`."""
    ahead = msgspec.json.decode(row["ahead"], type=tuple[int, ...])
    return Partition(row["topic"], row["partition"]), Position(row["next"], ahead)


def _reason(row: RowMapping) -> Reason:
    return msgspec.json.decode(row["reason"], type=Reason)
