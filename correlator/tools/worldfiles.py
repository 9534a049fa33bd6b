"""What an evaluation reads: truth, incidents and verdicts; errors name file and line."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = TypeVar("T")


class EvaluationError(Exception):
    """A file is missing or broken; the message begins with the file and, if known, the line."""


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """An outage of truth.json. Times are RFC 3339."""

    id: str
    kind: str
    level: str
    cause: str
    start: str
    end: str
    silent: bool
    planned: bool
    customers: int
    tickets: tuple[str, ...]
    alarms: tuple[str, ...]
    callers: int
    within2h: int
    fourth: str | None
    due: bool
    equivalent: tuple[str, ...]
    near: tuple[str, ...]

    @property
    def right(self) -> frozenset[str]:
        """The causes that are right."""
        return frozenset({self.cause, *self.equivalent})


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """A place that brings tickets each weekday at an hour (local), and nothing is wrong."""

    place: str
    hour: int
    tickets: tuple[str, ...]


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """truth.json."""

    start: str
    days: float
    customers: int
    external: tuple[str, ...]
    outages: tuple[Outage, ...]
    habits: tuple[Habit, ...] = ()


class Named(msgspec.Struct, frozen=True):
    """Anything with an id."""

    id: str


class Characteristic(msgspec.Struct, frozen=True):
    """A named value of an incident."""

    name: str
    value: object = None


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The final state of an announced incident, as far as the measures need it."""

    id: str
    creation_date: str = msgspec.field(name="creationDate")
    status: str = ""
    root_cause: tuple[Named, ...] = msgspec.field(name="rootCauseResource", default=())
    tickets: tuple[Named, ...] = msgspec.field(name="troubleTicket", default=())
    alarms: tuple[Named, ...] = msgspec.field(name="underlyingAlarm", default=())
    characteristic: tuple[Characteristic, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it was neither rejected nor merged into another one."""
        return self.status not in {"rejected", "cancelled"}

    @property
    def ticket_ids(self) -> frozenset[str]:
        """Linked tickets."""
        return frozenset(ticket.id for ticket in self.tickets)

    @property
    def alarm_ids(self) -> frozenset[str]:
        """Alarms it gathers."""
        return frozenset(alarm.id for alarm in self.alarms)

    @property
    def cause(self) -> str | None:
        """The cause that is named, as the truth writes it: several objects joined with ``+``."""
        return "+".join(sorted(resource.id for resource in self.root_cause)) or None

    @property
    def first_cause(self) -> str | None:
        """The cause named first: the characteristic ``firstCause``, else the one named now."""
        for one in self.characteristic:
            if one.name == "firstCause" and isinstance(one.value, str) and one.value:
                return one.value
        return self.cause


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent would have read when a ticket arrived."""

    ticket: str = msgspec.field(name="ticketId")
    verdict: str
    incident: str | None = msgspec.field(name="incidentId", default=None)
    cause: str | None = None
    probability: float | None = None


def seconds(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with an offset; ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return moment.timestamp()


def read_truth(world: Path) -> Truth:
    """Read the truth of a world."""
    path = world / "truth.json"
    try:
        truth = msgspec.json.decode(_content(path), type=Truth)
        for outage in truth.outages:
            for time in (outage.start, outage.end, outage.fourth or outage.end):
                seconds(time)
    except ValueError as error:
        raise EvaluationError(f"{path}: {error}") from None
    return truth


def read_incidents(path: Path) -> list[Incident]:
    """Read incidents.jsonl, in the order of the file."""
    found: dict[str, int] = {}
    incidents = []
    for number, incident in read_lines(path, Incident):
        try:
            seconds(incident.creation_date)
        except ValueError as error:
            raise EvaluationError(f"{path}:{number}: creationDate: {error}") from None
        if incident.id in found:
            raise EvaluationError(
                f"{path}:{number}: incident {incident.id} is already in line {found[incident.id]}"
            )
        found[incident.id] = number
        incidents.append(incident)
    return incidents


def read_lines(path: Path, kind: type[T]) -> Iterator[tuple[int, T]]:
    """Yield line number and record of every line of a .jsonl file that is not empty."""
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(_content(path).splitlines(), 1):
        if line.strip():
            try:
                yield number, decoder.decode(line)
            except ValueError as error:
                raise EvaluationError(f"{path}:{number}: {error}") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from None


def table(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the wanted columns of a CSV file, row by row."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            if not set(columns) <= set(header):
                raise EvaluationError(f"{path}:1: columns {', '.join(columns)} are needed")
            places = [header.index(column) for column in columns]
            for row in reader:
                if len(row) != len(header):
                    raise EvaluationError(
                        f"{path}:{reader.line_num}: {len(row)} cells under {len(header)} columns"
                    )
                yield tuple(row[place] for place in places)
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from None


class Party(msgspec.Struct, frozen=True):
    """Somebody related to a ticket."""

    id: str = ""
    role: str = ""


class Ticket(msgspec.Struct, frozen=True):
    """A ticket, as far as counting needs it."""

    id: str
    created: str = msgspec.field(name="creationDate")
    parties: tuple[Party, ...] = msgspec.field(name="relatedParty", default=())

    @property
    def customer(self) -> str:
        """The customer's id, "" if the ticket is anonymous."""
        return next((party.id for party in self.parties if party.role == "customer"), "")


class _Body(msgspec.Struct, frozen=True):
    ticket: Ticket = msgspec.field(name="troubleTicket")


class _TicketLine(msgspec.Struct, frozen=True):
    time: str = msgspec.field(name="eventTime")
    event: _Body


def first_arrivals(world: Path) -> Iterator[tuple[str, Ticket]]:
    """Yield arrival (RFC 3339) and content of each ticket's first event, by arrival."""
    path = world / "tickets.jsonl"
    seen = set()
    for number, line in read_lines(path, _TicketLine):
        ticket = line.event.ticket
        try:
            for time in (line.time, ticket.created):
                seconds(time)
        except ValueError as error:
            raise EvaluationError(f"{path}:{number}: {error}") from None
        if ticket.id not in seen:
            seen.add(ticket.id)
            yield line.time, ticket
