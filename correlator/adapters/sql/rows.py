"""From the model's types to table rows, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from sqlalchemy import Table

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.columns import ordered
from correlator.adapters.sql.projected import PROJECTED, alarm_span
from correlator.adapters.sql.values import Row, Values, json_of
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
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

_Build: TypeAlias = Callable[[Any], Values]
"""What makes a row of an effect: in the order of the columns."""

_HEADERS: Final = msgspec.json.Decoder(tuple[tuple[str, bytes], ...])
_FIELDS = {"starts": "start", "ends": "end", "changed": "arrived"}
"""The fields of events whose columns are called otherwise."""


# ------------------------------------------------------------------------------ effects → rows


def values_by_table(effects: Iterable[Effect]) -> dict[Table, list[Values]]:
    """Return the rows that these effects ask for, in their order, table by table."""
    kinds: defaultdict[type[Effect], list[Any]] = defaultdict(list)
    for effect in effects:
        kinds[type(effect)].append(effect)
    found: dict[Table, list[Values]] = {}
    for kind, some in kinds.items():
        table, build = ROWS[kind]
        found[table] = list(map(build, some))
    spans = [alarm_span(kept) for kept in kinds.get(AlarmKept, ()) if kept.raised]
    if spans:
        found[console.alarm_spans] = spans
    return found


def _ticket(kept: TicketKept) -> Values:
    ticket = kept.ticket
    return (
        ticket.id,
        ticket.customer,
        ticket.place or None,
        kept.symptom,
        json_of(kept.shares) if kept.shares else None,
        ticket.symptom,
        kept.known,
        ticket.status,
        ticket.severity,
        ticket.channel,
        ticket.text,
        ticket.occurred,
        ticket.arrived,
        ticket.event_id,
    )


def _alarm(kept: AlarmKept) -> Values:
    alarm = kept.alarm
    return (
        alarm.id,
        alarm.managed_object,
        alarm.object_type,
        alarm.state.value,
        alarm.severity,
        alarm.cause,
        alarm.alarm_type,
        kept.known,
        alarm.occurred,
        alarm.arrived,
        alarm.event_id,
    )


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


def _incident(effect: IncidentChanged) -> Row:
    incident = effect.incident
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


def _link(effect: LinkChanged) -> Values:
    link = effect.link
    return (
        link.ticket,
        link.incident,
        link.version,
        link.state.value,
        float(link.probability),
        json_of(link.reason),
        link.time,
        link.actor,
    )


def _verdict(verdict: Verdict) -> Values:
    return (
        verdict.ticket,
        verdict.time,
        verdict.answer.value,
        verdict.incident,
        verdict.cause,
        float(verdict.probability),
        json_of(verdict.reason),
    )


def _suppression(effect: Suppressed) -> Row:
    return {
        "domain": effect.domain,
        "rule": effect.rule,
        "time": effect.time,
        "reason": json_of(effect.reason),
    }


def _change(effect: Journaled) -> Values:
    change = effect.change
    return (
        change.subject,
        change.subject_id,
        change.field,
        change.old,
        change.new,
        change.time,
        change.actor,
        change.reason,
        change.action,
    )


def _by_name(table: Table, build: Callable[[Any], Row]) -> tuple[Table, _Build]:
    """Return a table beside what makes its rows, for what is too rare for an order to pay."""
    return table, lambda effect: ordered(table, build(effect))


ROWS: Final[Mapping[type[Effect], tuple[Table, _Build]]] = MappingProxyType(
    {
        TicketKept: (schema.tickets, _ticket),
        AlarmKept: (schema.alarms, _alarm),
        ActionDone: _by_name(schema.actions, _action),
        IncidentChanged: _by_name(schema.incidents, _incident),
        LinkChanged: (schema.links, _link),
        Verdict: (schema.verdicts, _verdict),
        Suppressed: _by_name(schema.suppressions, _suppression),
        Journaled: (schema.journal, _change),
        **{kind: _by_name(table, _as_it_came) for kind, table in schema.KEPT.items()},
        **{kind: _by_name(table, build) for kind, (table, build) in PROJECTED.items()},
    }
)
"""The table of each kind of effect, none of two kinds, and what makes its rows."""


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


def message_row(message: OutMessage) -> Values:
    """Return the row of a message that waits."""
    return message.topic, message.key, message.value, json_of(message.headers)


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


def headers_from(headers: str) -> tuple[tuple[str, bytes], ...]:
    """Return the headers of a row of `outbox`; hardly a message has any."""
    return () if headers == "[]" else _HEADERS.decode(headers)


def position_from(row: RowMapping) -> tuple[Partition, Position]:
    """Return the partition and its position from a row of `positions`."""
    ahead = msgspec.json.decode(row["ahead"], type=tuple[int, ...])
    return Partition(row["topic"], row["partition"]), Position(row["next"], ahead)


def _reason(row: RowMapping) -> Reason:
    return msgspec.json.decode(row["reason"], type=Reason)
