"""Samples of what the engine hands to the store."""

from __future__ import annotations

from typing import Any

from correlator.model import (
    Action,
    ActionDone,
    Alarm,
    AlarmEvidence,
    AlarmKept,
    AlarmState,
    Answer,
    ApprovedText,
    Audience,
    Change,
    Closing,
    CustomerTold,
    Effect,
    Evidence,
    External,
    ExternalMoved,
    ExternalState,
    Figures,
    FiguresChanged,
    Incident,
    IncidentChanged,
    Journaled,
    Level,
    Link,
    LinkChanged,
    LinkState,
    Maintenance,
    MaintenanceKept,
    MinuteCount,
    Neighbour,
    Neighbourhood,
    NeighboursSeen,
    Phase,
    Promise,
    Promised,
    RateCounted,
    Reason,
    ReasonCode,
    Relation,
    Restore,
    Rival,
    State,
    Suppressed,
    SymptomRate,
    TextApproved,
    Ticket,
    TicketKept,
    Told,
    Verb,
    Verdict,
    Window,
    Wording,
)
from correlator.ports import (
    ArchiveNote,
    Batch,
    DeadLetter,
    FeedStatus,
    OutMessage,
    Partition,
    Position,
    Record,
)

TICKETS_0 = Partition("gi.tickets", 0)
EVIDENCE = Evidence(
    time=1_000_000,
    domain="DSL-00001",
    dial=2.0,
    dial_share=0.16,
    windows=(Window(5, 3, 0.0126), Window(15, 5, 0.04)),
    level=Level("DSL-00001", "dslam-down", 2.277e7, 154_000.0),
    alert=Level("AGG-0012", "aggregation", 1e300, 0.5),
    gain=21.04,
    gain_needed=3.0,
    alarm_gain=7.67,
    call_rate=0.07,
    callers=5,
    silent=407,
    alarms=(AlarmEvidence("A5512", "DSL-00001", "lossOfSignal é", "critical", 990_000, 7.67),),
    alarm_count=9,
)
BURST = Reason(ReasonCode.BURST, {"callers": 5, "expected": 0.04, "minutes": 18})


def ticket(number: int, **fields: Any) -> TicketKept:
    kept = {
        "id": f"T{number:08}",
        "arrived": 1_000_000 + number,
        "occurred": 999_000 + number,
        "event_id": f"e{number}",
        "customer": f"C{number:07}",
        "symptom": "no-sync",
        "text": "plus de synchro depuis ce matin, voyant DSL éteint",
        "channel": "phone",
        **fields,
    }
    return TicketKept(Ticket(**kept), "no-sync", known=True)


def incident(number: int, *, version: int = 1, **fields: Any) -> IncidentChanged:
    values = {
        "id": f"GI-20261122-{number:08x}",
        "version": version,
        "rule": "dslam-down",
        "state": State.OPEN,
        "symptom": "no-sync",
        "domain": f"DSL-{number:05}",
        "domain_type": "dslam",
        "first_domain": f"DSL-{number:05}",
        "created": 1_000_000 + number,
        "onset": 990_000,
        "changed": 1_000_500,
        "reason": BURST,
        "announced": 1_000_000 + number,
        "customers": 412,
        "expected": 0.04,
        "alarms": ("A5512",),
        "rivals": (Rival(f"DSL-{number:05}", "dslam", 31.5, 5, 412, 407, 2.5),),
        "evidence": EVIDENCE,
        "names": {"fr": f"Perte de synchro — DSL-{number:05}"},
        **fields,
    }
    return IncidentChanged(Incident(**values), "created")


def link(
    ticket_number: int, incident_number: int, *, version: int = 1, **fields: Any
) -> LinkChanged:
    values = {
        "ticket": f"T{ticket_number:08}",
        "incident": f"GI-20261122-{incident_number:08x}",
        "state": LinkState.LINKED,
        "probability": 0.97,
        "reason": BURST,
        "version": version,
        "time": 1_000_400,
        **fields,
    }
    return LinkChanged(Link(**values))


def alarm(state: AlarmState = AlarmState.RAISED, *, known: bool = True) -> AlarmKept:
    told = Alarm("A1", 20, 10, "e20", "DSL-00001/C07", state, "line-card")
    return AlarmKept(told, known, raised=10, cause="lossOfSignal", severity="critical")


def change(number: int) -> Journaled:
    return Journaled(Change("incident", "GI-1", "state", str(number), str(number + 1), number))


def one_of_each() -> tuple[Effect, ...]:
    """Return an effect of every kind."""
    works = Maintenance("M17", 5, "e5", ("AGG-0012", "AGG-0013"), 100, 200, "travaux programmés")
    order = Action("a1", 30, "e30", "zoé", Verb.CONFIRM, "GI-20261122-00000001")
    return (
        ticket(1),
        alarm(),
        MaintenanceKept(works),
        ActionDone(order, "unknown incident"),
        incident(1),
        link(1, 1),
        Verdict("T00000001", 1_000_001, Answer.YES, BURST, "GI-20261122-00000001", "DSL-1", 0.97),
        Suppressed("DSL-00002", "dslam-down", 1_000_002, Reason(ReasonCode.IN_MAINTENANCE)),
        change(1),
        *projections(),
    )


def projections() -> tuple[Effect, ...]:
    """Return one of each that only the console shows."""
    shown = incident(1).incident
    wording = Wording(Audience.N1, Phase.TIMED, "« Retour à 20:15 »", "Back at 20:15")
    near = Neighbour("DSL-00002", "dslam", Relation.SIBLING, 400, 0, 0.02)
    closing = Closing(0.1, 0.5, ("A5512",), tickets_alive=True)
    rate = SymptomRate(0.07, 0.0001)
    return (
        Promised(shown.id, Promise(1, Restore(2_000_000, "wholesale", "sure"), "zoé", 1_000_600)),
        TextApproved(shown, ApprovedText(1, wording, "zoé", 1_000_700, 1)),
        ExternalMoved(shown.id, 1, External("nord", "4471", ExternalState.SENT), "zoé", 1_000_800),
        CustomerTold(shown.id, Told("C0000001", "T00000001", "phone", 1), "luc", 1_000_900),
        FiguresChanged(Figures(shown.id, 1_001_000, 5, 0.04, {"no-sync": rate}, closing)),
        RateCounted(MinuteCount(shown.id, 960_000, 3, 0.002)),
        NeighboursSeen(Neighbourhood(shown.id, 1_001_000, (near,), 12, 3)),
    )


def dead_letter(value: bytes, *, key: bytes | None = None, time: int = 77) -> DeadLetter:
    record = Record("gi.tickets", 3, 1234, key, value, 1_763_800_000_000)
    return DeadLetter(record, "not-json", "unexpected end of input at byte 7", time)


def message(number: int) -> OutMessage:
    return OutMessage("gi.incidents", f"k{number}".encode(), b'{"version":3}' * 20)


def batch(inputs: bytes = b"inputs", **fields: Any) -> Batch:
    values: dict[str, Any] = {"effects": (), "messages": (), "positions": {}, **fields}
    return Batch(inputs=inputs, **values)


def full_batch() -> Batch:
    """Return a batch that writes to every table of the daemon but `snapshot`."""
    return batch(
        effects=one_of_each(),
        messages=(message(1), message(2)),
        positions={TICKETS_0: Position(7, (9, 12))},
        dead_letters=(dead_letter(b"\x00\xff{"),),
        feeds=(FeedStatus("gi.tickets", 0, 1_000_000, 1_000_400, 7, silent=True),),
        in_force={"topology": "t1", "rules": "r1"},
        archived=ArchiveNote("t1", "r1", b"decisions"),
    )
