"""The write-back to a small tracker, with a clock that stands still between two turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from correlator.adapters.sql import ToolDesk
from correlator.adapters.sql.console import ingest_inbox
from correlator.adapters.ticket_tools import RequestTracker, ToolSettings
from correlator.model import (
    ApprovedText,
    Audience,
    Incident,
    IncidentChanged,
    Link,
    LinkChanged,
    LinkState,
    Phase,
    Promise,
    Reason,
    ReasonCode,
    Restore,
    State,
    TextApproved,
    Wording,
)
from correlator.writeback import Messages, Pace, Worker, Writer
from tests.harness.tracker import TOKEN, Tracker
from tests.integration.store_samples import batch

if TYPE_CHECKING:
    from correlator.adapters.sql import SqlStore
    from correlator.model import Effect

INCIDENT = "GI-20260303-da0aca0b"
PREFIX = "RT-"
CLOCK = 1_772_528_400_000  # 2026-03-03 09:00 UTC
WHY = Reason(ReasonCode.EXPLAINED, {"probability": 0.9})


def settings(url: str, **changes: Any) -> ToolSettings:
    """Return the settings for the tracker at an address."""
    made = ToolSettings(
        kind="rt", url=url, token=TOKEN, queue="Incidents", customers=("Hotline",), prefix=PREFIX,
        symptom="Symptom", rate=1_000.0, burst=1_000, timeout=5_000,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


class Evening:
    """An incident in a store, a tracker with its customers' tickets, and who writes from one to
    the other.
    """

    def __init__(self, store: SqlStore, tracker: Tracker, url: str, **changes: Any) -> None:
        self.tracker, self.settings = tracker, settings(url, **changes)
        self._store, self._read = store, 0
        lease = store.acquire("engine", "one", CLOCK, 10**12)
        assert lease is not None
        self._lease = lease
        self.incident = Incident(
            id=INCIDENT, version=1, rule="card-down", state=State.OPEN, symptom="no-sync",
            domain="DSL-01A/C1", domain_type="line-card", first_domain="DSL-01A/C1",
            created=CLOCK, onset=CLOCK - 600_000, changed=CLOCK, announced=CLOCK, reason=WHY,
            customers=48, names={"fr": "Perte de synchronisation"},
            wordings={"fr": "une carte du central est en panne, nos équipes sont prévenues"},
        )  # fmt: skip
        self.now = 0.0
        """Seconds of the monotonic clock."""
        self.tool: RequestTracker | None = None
        self.begin()

    @staticmethod
    def settings_for(url: str, token: str) -> ToolSettings:
        """Return the settings for whoever shows a token."""
        return settings(url, token=token)

    def begin(self) -> None:
        """Start the worker anew, as after its death."""
        of = self.settings
        self.close()
        self.tool = RequestTracker(of)
        desk = ToolDesk(self._store.engine, of.kind, of.prefix)
        writer = Writer(
            self.tool, desk, of.queue, of.customers, of.prefix, lambda: CLOCK, public=of.public
        )
        messages = Messages(of.lang, ZoneInfo("Europe/Paris"))
        pace = Pace(of.rate, of.burst)
        self.worker = Worker(desk, writer, messages, pace, of.most, lambda: CLOCK, self._seconds)
        self.desk, self.writer = desk, writer

    def close(self) -> None:
        """Let go of the connections to the tracker."""
        if self.tool is not None:
            self.tool.close()

    def _seconds(self) -> float:
        return self.now

    # ------------------------------------------------------------------------ what is committed

    def change(self, **changes: Any) -> None:
        """Commit another version of the incident."""
        version = self.incident.version + 1
        self.incident = msgspec.structs.replace(self.incident, version=version, **changes)
        self._commit(IncidentChanged(self.incident, "attributes"))

    def link(self, *tickets: str, state: LinkState = LinkState.LINKED) -> None:
        """Commit links of the tracker's tickets; the incident counts them."""
        self.incident = msgspec.structs.replace(self.incident, version=self.incident.version + 1)
        links = [
            Link(f"{PREFIX}{number}", INCIDENT, state, 0.9, WHY, self.incident.version, CLOCK)
            for number in tickets
        ]
        self._commit(*map(LinkChanged, links), IncidentChanged(self.incident, "attributes"))

    def promise(self, n: int) -> None:
        """Commit the `n`th restore time: so many hours from now."""
        self.change(promise=Promise(n, Restore(CLOCK + n * 3_600_000), "l.petit", CLOCK))

    def approve(self, n: int, text: str) -> None:
        """Commit the `n`th text for agents."""
        wording = Wording(Audience.AGENT, Phase.CONFIRMED, text)
        self.incident = msgspec.structs.replace(self.incident, version=self.incident.version + 1)
        approved = ApprovedText(n, wording, "l.petit", CLOCK)
        self._commit(
            TextApproved(self.incident, approved), IncidentChanged(self.incident, "attributes")
        )

    def _commit(self, *effects: Effect) -> None:
        self._store.commit(self._lease, batch(effects=effects), CLOCK, 10**12)

    # ----------------------------------------------------------------------------------- turns

    def posted(self) -> list[bytes]:
        """Return the records that were posted since the last time."""
        query = select(ingest_inbox).where(ingest_inbox.c.seq > self._read)
        with self._store.engine.connect() as connection:
            rows = connection.execute(query.order_by(ingest_inbox.c.seq)).all()
        self._read = rows[-1].seq if rows else self._read
        return [bytes(row.value) for row in rows]

    def calls(self, count: int) -> list[str]:
        """Have customers call; returns the numbers of their tickets."""
        known = len(self.tracker.tickets)
        return [
            self.tracker.open("Hotline", "plus de synchro", {"Customer": f"C{known + n:04}"})
            for n in range(count)
        ]

    def settle(self, seconds: float = 3_600.0) -> float:
        """Let the worker write until nothing is left; returns how many seconds went by."""
        begin = self.now
        self.worker.turn()
        while not self.worker.settled:
            assert self.now - begin < seconds, "it does not come to an end"
            self.now += self.worker.turn()
        return self.now - begin

    def parents(self) -> list[str]:
        """Return the incident's own tickets that have not been given up."""
        return [
            number
            for number, ticket in self.tracker.tickets.items()
            if ticket["queue"] == "Incidents" and ticket["status"] != "rejected"
        ]

    def linked(self) -> set[str]:
        """Return the customers' tickets that are linked below an incident's own."""
        return {number for number, one in self.tracker.tickets.items() if one["parents"]}
