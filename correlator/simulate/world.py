"""A made-up operator, from settings to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from correlator.simulate.alarms import alarm_events, alarm_rows, all_faults
from correlator.simulate.contacts import all_contacts
from correlator.simulate.network import Network, build_network
from correlator.simulate.outages import Script, plan
from correlator.simulate.rhythm import Rhythm
from correlator.simulate.settings import WorldSettings, to_text
from correlator.simulate.shape_alarms import shape_faults
from correlator.simulate.shapes import with_shapes
from correlator.simulate.tickets import changes, ticket_events, write_down
from correlator.simulate.truth import tell_truth
from correlator.simulate.write import (
    maintenance_events,
    write_events,
    write_json,
    write_topology,
)

if TYPE_CHECKING:
    from pathlib import Path


class WorldSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a world that was written."""

    customers: int
    equipment: int
    start: str
    end: str
    """RFC 3339, the first instant after the last possible event."""
    tickets: int
    ticket_events: int
    alarm_events: int
    maintenance_events: int
    outages: int
    due: int
    planned: int
    external: int
    """Tickets of surges from outside."""


def simulate(settings: WorldSettings, out: Path) -> WorldSummary:
    """Write a world: topology, the three streams and the truth.

    The same settings give the same bytes.
    """
    network = build_network(settings)
    rhythm = Rhythm(settings)
    script = with_shapes(settings, network, plan(settings, network, rhythm))
    return play(settings, network, script, out)


def play(
    settings: WorldSettings, network: Network, script: Script, out: Path, last: int | None = None
) -> WorldSummary:
    """Write the world of a script; nothing arrives at or after ``last`` (ms, default the end)."""
    until = settings.end_ms if last is None else last
    rhythm = Rhythm(settings)
    tickets = write_down(settings, all_contacts(settings, network, rhythm, script), rhythm, until)
    faults = all_faults(settings, network, script) + shape_faults(settings, network, script)
    rows = alarm_rows(settings, faults, until)
    truth = tell_truth(settings, network, script, (tickets, rows))
    later = changes(settings, tickets, script, until)
    write_topology(network, out / "topology")
    write_events(out / "tickets.jsonl", ticket_events(settings, network, tickets, later))
    write_events(out / "alarms.jsonl", alarm_events(rows))
    works = write_events(out / "maintenance.jsonl", maintenance_events(script, until))
    write_json(out / "truth.json", truth)
    return WorldSummary(
        customers=network.customers,
        equipment=len(network.equipment.ids),
        start=to_text(settings.start_ms),
        end=to_text(until),
        tickets=len(tickets),
        ticket_events=len(tickets) + len(later),
        alarm_events=len(rows),
        maintenance_events=works,
        outages=len(truth["outages"]),
        due=sum(outage["due"] for outage in truth["outages"]),
        planned=sum(outage["planned"] for outage in truth["outages"]),
        external=len(truth["external"]),
    )
