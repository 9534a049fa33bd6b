"""What really happened, and which outages a correlator ought to find."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from correlator.simulate.alarms import AlarmRow, alarm_name
from correlator.simulate.contacts import OUTSIDE, habit_code
from correlator.simulate.domains import equivalent, near, written_under
from correlator.simulate.habits import Habit, habits_of
from correlator.simulate.settings import HOUR, WorldSettings, to_text
from correlator.simulate.tickets import Tickets, ticket_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from correlator.simulate.network import Network
    from correlator.simulate.outages import Outage, Script

ENOUGH: Final = 4
"""Callers below which nobody can be expected to see an outage."""


class Callers(NamedTuple):
    """Distinct callers of an outage, named and rightly placed in the inventory."""

    distinct: int
    within2h: int
    """Within two hours of the first, by occurrence."""
    fourth: int | None
    """Arrival (ms) of the fourth one's ticket."""


def due_threshold(hit: int, rate: float) -> float:
    """Callers within two hours that make an outage due.

    ``hit`` customers hit, ``rate`` the world's mean tickets per customer and hour; the number to
    expect by chance in two hours is ``hit · rate · 2``.
    """
    return ENOUGH + 5 * float(np.sqrt(hit * rate * 2))


def tell_truth(
    settings: WorldSettings,
    network: Network,
    script: Script,
    seen: tuple[Tickets, list[AlarmRow]],
) -> dict[str, Any]:
    """Return the content of truth.json."""
    tickets, rows = seen
    alarms: dict[int, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row.fault.outage >= 0:
            alarms[row.fault.outage][alarm_name(row.number)] = None
    rate = len(tickets) / (network.customers * settings.days * 24)
    outage_of = tickets.contacts.outage
    by_outage = np.argsort(outage_of, kind="stable")
    low = np.searchsorted(outage_of[by_outage], np.arange(len(script.outages)), "left")
    high = np.searchsorted(outage_of[by_outage], np.arange(len(script.outages)), "right")
    outages = []
    for place, outage in enumerate(script.outages):
        own = by_outage[low[place] : high[place]]
        entry = _entry(network, outage, tickets, own)
        wide = outage.planned or _inside_wider(script, outage)
        enough = entry["within2h"] >= due_threshold(len(outage.hits), rate)
        entry |= {"id": f"O{place + 1:04d}", "alarms": list(alarms[place])}
        entry["due"] = bool(enough and not wide)
        outages.append(entry)
    told: dict[str, Any] = {} if not settings.habit_places else {"habits": []}
    for place, habit in enumerate(habits_of(settings, network)):
        own = np.flatnonzero(outage_of == habit_code(place))
        told["habits"].append(_habit_entry(network, habit, own))
    return {
        "start": to_text(settings.start_ms),
        "days": settings.days,
        "customers": network.customers,
        "external": [ticket_name(int(place)) for place in np.flatnonzero(outage_of == OUTSIDE)],
        "outages": outages,
        **told,
    }


def _habit_entry(network: Network, habit: Habit, own: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "place": network.equipment.ids[habit.node],
        "hour": habit.hour,
        "tickets": [ticket_name(int(place)) for place in own],
    }


def _entry(
    network: Network, outage: Outage, tickets: Tickets, own: NDArray[np.int64]
) -> dict[str, Any]:
    callers = _callers(network, outage, tickets, own)
    return {
        "id": "",
        "kind": outage.kind,
        "level": outage.level,
        "cause": outage.cause,
        "start": to_text(outage.start),
        "end": to_text(outage.end),
        "silent": outage.silent,
        "planned": outage.planned,
        "customers": len(outage.hits),
        "tickets": [ticket_name(int(place)) for place in own],
        "alarms": [],
        "callers": callers.distinct,
        "within2h": callers.within2h,
        "fourth": None if callers.fourth is None else to_text(callers.fourth),
        "due": False,
        "near": near(network, outage.cause),
        "equivalent": equivalent(network, outage.cause),
    }


def _callers(network: Network, outage: Outage, tickets: Tickets, own: NDArray[np.int64]) -> Callers:
    """Count the callers of an outage; ``own`` are its tickets in the order of arrival."""
    customers = tickets.contacts.customer[own]
    counted = own[tickets.named[own] & written_under(network, outage.cause, customers)]
    created: dict[int, int] = {}
    arrived: dict[int, int] = {}
    for place in counted.tolist():
        customer = int(tickets.contacts.customer[place])
        when = int(tickets.contacts.created[place])
        created[customer] = min(created.get(customer, when), when)
        arrived.setdefault(customer, int(tickets.arrival[place]))
    first = min(created.values(), default=0)
    within = sum(when <= first + 2 * HOUR for when in created.values())
    arrivals = list(arrived.values())
    return Callers(len(created), within, arrivals[3] if len(arrivals) >= ENOUGH else None)


def _inside_wider(script: Script, outage: Outage) -> bool:
    """Whether it began inside another one of the network that hits (nearly) all of its own."""
    return any(
        other.start <= outage.start < other.end
        and len(other.hits) > len(outage.hits)
        and other.kind in {"equipment", "cable"}
        and len(outage.hits) > 0
        and np.isin(outage.hits, other.hits).mean() > 0.9
        for other in script.outages
        if other is not outage
    )
