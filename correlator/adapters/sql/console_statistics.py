"""The reads of walls, rules and shifts: counts over a bounded time."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Engine, func, select

from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.console_rows import incidents_in
from correlator.adapters.sql.values import storable
from correlator.model import (
    CORRELATOR,
    HOUR,
    Answer,
    Change,
    Incident,
    Millis,
    Reason,
    State,
    Verb,
)

_READERS: Final = 10_000

LEAD_BEFORE: Final[Millis] = HOUR
LEAD_AFTER: Final[Millis] = 2 * HOUR
"""Alarms on a cause from so long (ms) before its onset to so long after its announcement count."""


class RuleCount(NamedTuple):
    """How many announced incidents of a rule ended (or stand) like this."""

    rule: str
    state: str
    confirmed: bool
    code: str
    n: int


class VersionCount(NamedTuple):
    """How many announced incidents of a rule ended like this under a version of the catalog."""

    catalog: str
    state: str
    confirmed: bool
    code: str
    n: int


class HandoverRow(NamedTuple):
    """A hand-over; `signed` is 0 for the draft of the shift that runs."""

    seq: int
    begins: Millis
    ends: Millis
    outgoing: str
    incoming: str
    notes: str
    body: str
    signed: Millis


class SilentAnswers(NamedTuple):
    """Answers that were *unknown* since a feed had been silent for so long: the first, the last."""

    code: str
    minutes: int
    first: Millis
    last: Millis


class StatisticsReads:
    """Counts, each over a bounded time. Safe to share between threads."""

    _engine: Engine

    # ----------------------------------------------------------------------- wall and flash

    def tickets_between(self, since: Millis, until: Millis) -> int:
        """Count the tickets that occurred in [since, until)."""
        table = schema.tickets
        query = select(func.count()).where(table.c.occurred >= since, table.c.occurred < until)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def readers(self, text: str) -> set[str]:
        """Return who has read a text of the flash, at most ten thousand."""
        table = console.flash_reads
        query = select(table.c.reader).where(table.c.text == storable(text)).limit(_READERS)
        with reading(self._engine) as connection:
            return set(connection.execute(query).scalars())

    # ------------------------------------------------------------------------------- rules

    def rule_counts(self, since: Millis) -> list[RuleCount]:
        """Count the incidents announced since, by rule and by what became of them."""
        table = schema.incidents
        columns = (table.c.rule, table.c.state, table.c.confirmed, table.c.code)
        query = select(*columns, func.count()).where(table.c.announced >= since).group_by(*columns)
        with reading(self._engine) as connection:
            return [RuleCount(*row) for row in connection.execute(query)]

    def version_counts(self, rule: str) -> list[VersionCount]:
        """Count the announced incidents of a rule by the catalog's version, and what became."""
        table = schema.incidents
        columns = (table.c.catalog, table.c.state, table.c.confirmed, table.c.code)
        own = select(*columns, func.count()).where(table.c.rule == storable(rule))
        query = own.where(table.c.announced.is_not(None)).group_by(*columns)
        with reading(self._engine) as connection:
            return [VersionCount(*row) for row in connection.execute(query)]

    def leads(self, since: Millis, limit: int) -> list[tuple[str, Millis]]:
        """Return by how much incidents announced since were before the first alarm on their cause.

        (rule, ms), negative for one that came after; newest first. Alarms from `LEAD_BEFORE` ahead
        of the onset to `LEAD_AFTER` behind the announcement count. Those of a cause that never
        alarmed are not there, nor are those that were rejected or merged.
        """
        table, spans = schema.incidents, console.alarm_spans
        on_cause = (
            (spans.c.managed_object == table.c.domain)
            & (spans.c.raised >= table.c.onset - LEAD_BEFORE)
            & (spans.c.raised < table.c.announced + LEAD_AFTER)
        )
        query = (
            select(table.c.rule, table.c.announced, func.min(spans.c.raised))
            .select_from(table.join(spans, on_cause))
            .where(
                table.c.announced >= since,
                table.c.state.not_in([State.REJECTED.value, State.MERGED.value]),
            )
            .group_by(table.c.id, table.c.rule, table.c.announced)
            .order_by(table.c.announced.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [(rule, first - told) for rule, told, first in connection.execute(query)]

    def of_rule(self, rule: str, since: Millis, limit: int) -> list[Incident]:
        """Return the announced incidents of a rule, newest first."""
        table = schema.incidents
        query = select(table.c.body).where(
            table.c.rule == storable(rule), table.c.announced >= since
        )
        with reading(self._engine) as connection:
            return incidents_in(connection, query.order_by(table.c.announced.desc()).limit(limit))

    def candidates_of(self, rule: str, since: Millis, limit: int) -> list[Incident]:
        """Return what a rule noticed and did not announce, newest first."""
        table = schema.incidents
        query = select(table.c.body).where(
            table.c.rule == storable(rule),
            table.c.announced.is_(None),
            table.c.created >= since,
        )
        with reading(self._engine) as connection:
            return incidents_in(connection, query.order_by(table.c.created.desc()).limit(limit))

    def not_this(self, rule: str, since: Millis) -> int:
        """Count how often people said that an incident of a rule does not explain a ticket."""
        table = schema.actions
        incidents = schema.incidents
        query = (
            select(func.count())
            .select_from(table.join(incidents, incidents.c.id == table.c.incident))
            .where(
                table.c.verb == Verb.NOT_THIS.value,
                table.c.changed >= since,
                incidents.c.rule == storable(rule),
            )
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    # ------------------------------------------------------------------------------ shifts

    def last_handover(self) -> HandoverRow | None:
        """Return the hand-over that was signed last."""
        table = console.handovers
        return self._handover(table.c.signed > 0)

    def handover_draft(self) -> HandoverRow | None:
        """Return the draft of the shift that runs."""
        table = console.handovers
        return self._handover(table.c.signed == 0)

    def handover(self, seq: int) -> HandoverRow | None:
        """Return a hand-over by its number."""
        return self._handover(console.handovers.c.seq == seq)

    def _handover(self, condition: object) -> HandoverRow | None:
        table = console.handovers
        query = select(*[table.c[name] for name in HandoverRow._fields]).where(condition)  # type: ignore[arg-type]
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
        return None if found is None else HandoverRow(*found)

    def handovers(self, limit: int) -> list[HandoverRow]:
        """Return the hand-overs that were signed, newest first."""
        table = console.handovers
        query = select(*[table.c[name] for name in HandoverRow._fields]).where(table.c.signed > 0)
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit))
            return [HandoverRow(*row) for row in found]

    def decisions(self, since: Millis, limit: int) -> list[Change]:
        """Return what people decided about incidents since, newest first."""
        table = schema.journal
        query = select(table).where(
            table.c.time >= since, table.c.subject == "incident", table.c.actor != CORRELATOR
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit)).mappings()
            return [rows.change_from(row) for row in found]

    def silent_answers(self, since: Millis, limit: int) -> list[SilentAnswers]:
        """Return the answers since that a silent feed has left *unknown*, by their reason."""
        table, tickets = schema.verdicts, schema.tickets
        query = (
            select(table.c.reason, func.min(table.c.time), func.max(table.c.time))
            .select_from(tickets.join(table, table.c.ticket == tickets.c.id))
            .where(
                tickets.c.occurred >= since,
                table.c.answer == Answer.UNKNOWN.value,
                table.c.reason.like('%-silent"%'),
            )
            .group_by(table.c.reason)
            .order_by(func.min(table.c.time))
            .limit(limit)
        )
        with reading(self._engine) as connection:
            found = [
                (msgspec.json.decode(reason, type=Reason), first, last)
                for reason, first, last in connection.execute(query)
            ]
        return [
            SilentAnswers(reason.code.value, int(reason.numbers.get("minutes", 0)), first, last)
            for reason, first, last in found
        ]

    def promise_outcomes(self, since: Millis) -> dict[str, int]:
        """Count the promises made since, by their outcome; "" for one that holds."""
        table = console.promises
        query = select(table.c.outcome, func.count()).where(table.c.at >= since)
        with reading(self._engine) as connection:
            found = connection.execute(query.group_by(table.c.outcome))
            return {row[0]: row[1] for row in found}

    def told_since(self, since: Millis) -> int:
        """Count the customers who were told something since."""
        table = console.told
        with reading(self._engine) as connection:
            query = select(func.count()).where(table.c.at >= since)
            return connection.execute(query).scalar_one()

    def saved_views(self, owner: str, limit: int) -> list[tuple[str, str]]:
        """Return the filters that a person saved: (name, query), by name."""
        table = console.saved_views
        query = select(table.c.name, table.c.query).where(table.c.owner == storable(owner))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.name).limit(limit))
            return [(row[0], row[1]) for row in found]
