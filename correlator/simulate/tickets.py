"""Contacts become tickets: what the agent wrote down, and when it reached the feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from correlator.simulate.contacts import NO_OUTAGE, OUTSIDE, Contacts
from correlator.simulate.feeds import ticket_arrivals
from correlator.simulate.fresh_texts import fresh_text
from correlator.simulate.network import Network, customer_name
from correlator.simulate.rhythm import OPEN_HOURS, Rhythm
from correlator.simulate.settings import DAY, HOUR, MINUTE, WorldSettings, chance, to_text
from correlator.simulate.texts import NOTES, SYMPTOMS, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from correlator.simulate.outages import Script

CHANNELS: Final = ("phone", "web", "email", "chat", "social")
OPEN_SHARES: Final = (0.86, 0.03, 0.04, 0.04, 0.03)
CLOSED_SHARES: Final = (0.0, 0.25, 0.25, 0.25, 0.25)
NOT_TOLD: Final = -1


@dataclass(frozen=True, eq=False)
class Tickets:
    """Tickets in the order of their arrival; ticket *i* has the number *i* + 1."""

    contacts: Contacts
    arrival: NDArray[np.int64]
    """ms."""
    told: NDArray[np.int64]
    """Symptom index in the ticketType, NOT_TOLD = none."""
    named: NDArray[np.bool_]
    channel: NDArray[np.int64]
    vague: NDArray[np.bool_]
    major: NDArray[np.bool_]
    draws: NDArray[np.int64]
    """Three random numbers per ticket, for its text."""
    placed: NDArray[np.bool_]
    """Whether it names the caller's DSLAM or OLT, where it names no customer."""

    def __len__(self) -> int:
        return len(self.arrival)


class Change(NamedTuple):
    """A later event of a ticket."""

    time: int
    ticket: int
    status: str
    note: int
    """Index of the added note, -1 = none."""


def ticket_name(place: int) -> str:
    """Id of the ticket at a place."""
    return f"T{place + 1:08d}"


def write_down(settings: WorldSettings, contacts: Contacts, rhythm: Rhythm, last: int) -> Tickets:
    """Turn contacts into tickets, without those that would arrive at or after ``last`` (ms)."""
    rng = chance(settings.seed, "tickets")
    order = np.lexsort((contacts.customer, contacts.created))
    contacts = contacts.take(order)
    count = len(contacts)
    hour = rhythm.local_ms(contacts.created) / HOUR
    is_open = (hour >= OPEN_HOURS[0]) & (hour < OPEN_HOURS[1])
    channel = np.where(
        is_open,
        rng.choice(len(CHANNELS), count, p=OPEN_SHARES),
        rng.choice(len(CHANNELS), count, p=CLOSED_SHARES),
    )
    told = _told(settings, contacts, rng)
    named = rng.random(count) >= settings.anonymous_share
    vague = rng.random(count) < settings.vague_texts_share
    major = rng.random(count) < 0.3
    draws = rng.integers(0, 10_000, (count, 3))
    placed = chance(settings.seed, "places").random(count) < settings.placed_share
    mails = channel == CHANNELS.index("email")
    arrival = ticket_arrivals(settings, contacts.created, mails, rhythm)
    by_arrival = np.argsort(arrival, kind="stable")
    by_arrival = by_arrival[arrival[by_arrival] < last]
    return Tickets(
        contacts.take(by_arrival),
        arrival[by_arrival],
        told[by_arrival],
        named[by_arrival],
        channel[by_arrival],
        vague[by_arrival],
        major[by_arrival],
        draws[by_arrival],
        placed[by_arrival] & ~named[by_arrival],
    )


def _told(
    settings: WorldSettings, contacts: Contacts, rng: np.random.Generator
) -> NDArray[np.int64]:
    count = len(contacts)
    if settings.untyped:
        return np.full(count, NOT_TOLD)
    other = (contacts.symptom + rng.integers(1, len(SYMPTOMS), count)) % len(SYMPTOMS)
    # A wrong choice is rather the catch-all than anything.
    catch_all = rng.random(count) < 0.5
    other = np.where(catch_all & (contacts.symptom != 0), 0, other)
    told = np.where(rng.random(count) < settings.wrong_symptom_share, other, contacts.symptom)
    return np.where(rng.random(count) < settings.missing_symptom_share, NOT_TOLD, told)


def changes(settings: WorldSettings, tickets: Tickets, script: Script, last: int) -> list[Change]:
    """Draw what happens to tickets later: notes of agents, and the resolution."""
    rng = chance(settings.seed, "changes")
    found = []
    for place in np.flatnonzero(rng.random(len(tickets)) < settings.change_share):
        ticket = int(place)
        arrival = int(tickets.arrival[ticket])
        note = -1
        if rng.random() < 0.5:
            note = int(rng.integers(len(NOTES)))
            moment = arrival + int(rng.uniform(3, 90) * MINUTE)
            found.append(Change(moment, ticket, "inProgress", note))
        outage = int(tickets.contacts.outage[ticket])
        end = script.outages[outage].end if outage >= 0 else arrival + int(rng.exponential(DAY))
        moment = max(end, arrival + 2 * HOUR) + int(rng.exponential(2 * HOUR))
        found.append(Change(moment, ticket, "resolved", note))
        if rng.random() < 0.5:
            found.append(Change(moment + int(rng.exponential(DAY)) + 1, ticket, "closed", note))
    return [change for change in found if change.time < last]


def ticket_events(
    settings: WorldSettings, network: Network, tickets: Tickets, later: list[Change]
) -> Iterator[dict[str, Any]]:
    """Yield the events of the ticket feed, sorted by time and ticket id."""
    created = Change(0, 0, "acknowledged", -1)
    rows = [(int(time), place, created) for place, time in enumerate(tickets.arrival)]
    rows += [(change.time, change.ticket, change) for change in later]
    rows.sort(key=lambda row: (row[0], row[1]))
    for number, (time, place, change) in enumerate(rows, 1):
        yield {
            "eventId": f"ET{number:08d}",
            "eventType": _event_type(change),
            "eventTime": to_text(time),
            "event": {"troubleTicket": _ticket(settings, network, tickets, (place, change))},
        }


def _event_type(change: Change) -> str:
    if change.status == "acknowledged":
        return "TroubleTicketCreateEvent"
    if change.status == "inProgress":
        return "TroubleTicketAttributeValueChangeEvent"
    return "TroubleTicketStatusChangeEvent"


def _ticket(
    settings: WorldSettings, network: Network, tickets: Tickets, what: tuple[int, Change]
) -> dict[str, Any]:
    place, change = what
    contacts = tickets.contacts
    text = _text(settings, network, tickets, place)
    if change.note >= 0:
        text = f"{text}. {NOTES[change.note]}"
    ticket: dict[str, Any] = {
        "id": ticket_name(place),
        "creationDate": to_text(int(contacts.created[place])),
        "description": text,
        "status": change.status,
        "severity": "major" if tickets.major[place] else "minor",
        "channel": {"name": CHANNELS[int(tickets.channel[place])]},
    }
    told = int(tickets.told[place])
    if told != NOT_TOLD and not settings.untyped:
        ticket["ticketType"] = SYMPTOMS[told]
    if tickets.named[place]:
        number = int(network.numbers[contacts.customer[place]])
        ticket["relatedParty"] = [{"id": customer_name(number), "role": "customer"}]
    elif tickets.placed[place]:
        access = int(network.true.access[contacts.customer[place]])
        ticket["place"] = network.equipment.ids[network.equipment.home[access]]
    return ticket


def _text(settings: WorldSettings, network: Network, tickets: Tickets, place: int) -> str:
    contacts = tickets.contacts
    kind = "copper"
    if tickets.vague[place]:
        kind = "vague"
    elif contacts.outage[place] == OUTSIDE:
        kind = "outside"
    elif network.true.cable[contacts.customer[place]] < 0:
        kind = "fibre"
    first, second, third = (int(draw) for draw in tickets.draws[place])
    draws = (first, second, third)
    symptom = SYMPTOMS[int(contacts.symptom[place])]
    if settings.texts == "fresh":
        by_agent = CHANNELS[int(tickets.channel[place])] == "phone"
        return fresh_text(symptom, kind, draws, by_agent=by_agent)
    again = bool(contacts.again[place]) and contacts.outage[place] != NO_OUTAGE
    return describe(symptom, kind, draws, again=again)
