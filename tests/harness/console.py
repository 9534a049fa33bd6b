"""The console as people meet it: the daemon's own loop here, the web as a process of its own.

The feeds are in memory and event time is the test's: it says who calls, and when. Between two
tests time goes on, so that what one began is over before it is in another's way; each takes cards
that nobody has used, and looks at the queue through a filter.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from functools import cache, cached_property
from http.client import HTTPException
from itertools import count, product
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

import topology
from correlator.adapters.files import FilePublisher
from correlator.adapters.host import wall_clock
from correlator.adapters.joined import JoinedSource
from correlator.adapters.sql import (
    ConsoleReads,
    DeadLetters,
    IngestSource,
    RuleDesk,
    Sessions,
    SqlStore,
    alarm_reads,
    keep_backtest,
    open_store,
    ticket_reads,
)
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import INGESTED
from correlator.formats.times import to_rfc3339
from correlator.model import (
    ANNOUNCED,
    DAY,
    MINUTE,
    BacktestReport,
    Draft,
    Incident,
    Millis,
    TrainingReport,
)
from correlator.ports import ENGINE, Batch, Partition, Record
from correlator.service.daemon import Services
from correlator.web import hours
from correlator.web.settings import WebSettings
from correlator.workshop import FollowedRules, Workshop
from tests.builders import START, catalog, ordinary, step, write_inventory
from tests.harness.daemons import running
from tests.harness.http import get, post
from tests.harness.waiting import until
from tests.payloads import MAINTENANCE, TICKET, but

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from playwright.sync_api import BrowserContext

    from tests.harness.browser import Contexts
    from topology import Topology

DISTRICTS = 90
TOWNS = "ABC"  # of each district
CARDS = 2  # of the one DSLAM of each town
LINES = 40  # of each card
REGIONS = ("Provence", "Alsace", "Nord", "Bretagne")
TOPICS = ("gi.tickets", "gi.alarms", "gi.maintenance")
SETTINGS = DaemonSettings(idle_after=1, lateness=0, wall_clock=True, reload_every=500)

_ZONE = ZoneInfo("Europe/Paris")
SECOND: Millis = 1_000
_APART: Millis = 20 * SECOND
"""Between two calls of a burst."""
_PAUSE: Millis = 3 * MINUTE
"""Before a burst, so that it is not taken for one with the last."""


# -------------------------------------------------------------------------------- the operator


class Rows(NamedTuple):
    """The inventory, as rows of its three files."""

    equipment: list[tuple[str, str, str]]
    dependencies: list[tuple[str, str, str]]
    customers: list[tuple[str, str, str]]


def card_of(town: str, card: int = 1) -> str:
    """Return a card of the DSLAM of a town such as `07A`."""
    return f"DSL-{town}/C{card}"


def customer_of(card: str, line: int) -> str:
    """Return a customer of a card, by the number of the line."""
    return f"C{card[4:7]}{card[-1]}{line:02}"


@cache
def rows() -> Rows:
    """Towns of one switch and one DSLAM each: what fails in one is no matter of another's."""
    found = Rows([], [], [])
    for district, letter in product(range(1, DISTRICTS + 1), TOWNS):
        town, region = f"{district:02}{letter}", REGIONS[district % len(REGIONS)]
        switch, node = f"AGG-{town}", f"DSL-{town}"
        found.equipment.append((switch, "aggregation-switch", region))
        found.equipment.append((node, "dslam", region))
        found.dependencies.append((node, switch, ""))
        for number in range(1, CARDS + 1):
            card = card_of(town, number)
            found.equipment.append((card, "line-card", region))
            found.dependencies.append((card, node, ""))
            lines = range(LINES)
            found.customers.extend((customer_of(card, n), card, "5.1.0") for n in lines)
    return found


@cache
def towns() -> Topology:
    with TemporaryDirectory() as folder:
        return topology.load(write_towns(Path(folder) / "inventory"))


def write_towns(folder: Path) -> Path:
    folder.mkdir()
    files: dict[str, Iterable[Sequence[str]]] = {
        "equipment": [("id", "type", "region"), *rows().equipment],
        "dependencies": [("id", "depends_on", "redundancy_group"), *rows().dependencies],
        "customers": [("customer_id", "depends_on", "cpe_firmware"), *rows().customers],
    }
    return write_inventory(folder, files)


@cache
def warmed() -> bytes:
    """Return the snapshot of an engine after two ordinary days."""
    engine = Engine(towns(), catalog(), EngineSettings())
    everyone = [customer for customer, _, _ in rows().customers]
    for event in ordinary(-2 * DAY // MINUTE, 0, everyone):
        step(engine, event)
    return engine.snapshot()


class Feeds:
    """Topics in memory, of one partition each: what is pushed can be read at once."""

    def __init__(self, topics: Iterable[str]) -> None:
        self._records: dict[Partition, list[Record]] = {Partition(name, 0): [] for name in topics}
        self._next = dict.fromkeys(self._records, 0)
        self._came = Condition()

    def push(self, topic: str, values: Iterable[bytes]) -> None:
        """Add records, all at once."""
        with self._came:
            records = self._records[Partition(topic, 0)]
            for value in values:
                records.append(Record(topic, 0, len(records), None, value, 0))
            self._came.notify()

    def seek(self, positions: Mapping[Partition, int]) -> None:
        self._next = {partition: positions.get(partition, 0) for partition in self._records}

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:
        """Wait a moment only: the inbox is looked at in between."""
        with self._came:
            self._came.wait_for(lambda: any(self.lag().values()), min(timeout_ms, 25) / 1000)
            found: list[Record] = []
            for partition, records in self._records.items():
                first = self._next[partition]
                some = records[first : first + max_records - len(found)]
                self._next[partition] += len(some)
                found += some
            return found

    def partitions(self) -> frozenset[Partition]:
        return frozenset(self._records)

    def refresh(self) -> frozenset[Partition]:
        return frozenset()

    def caught_up(self) -> frozenset[Partition]:
        return frozenset(partition for partition, lag in self.lag().items() if not lag)

    @property
    def reachable(self) -> bool:
        return True

    def lag(self) -> Mapping[Partition, int]:
        return {p: len(records) - self._next[p] for p, records in self._records.items()}

    def pause(self, partitions: Iterable[Partition]) -> None:
        pass

    def close(self) -> None:
        pass


# --------------------------------------------------------------------------------- the process


class Web:
    """`python -m correlator.web` as a child: started, killed and started again on one port."""

    def __init__(self, folder: Path, settings: WebSettings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = folder / "web.log"
        known = msgspec.structs.replace(settings, port=self.port)
        self.url = settings.url or f"http://127.0.0.1:{self.port}"
        if settings.oidc is not None:
            known = msgspec.structs.replace(known, url=self.url)
        self.settings = known
        given = json.dumps(msgspec.to_builtins(known, enc_hook=str))
        self._command = [sys.executable, "-m", "correlator.web", "--settings", given]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until(self._answers, 60)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            return get(self.port, "/api/v1/health").status == 200
        except (OSError, HTTPException):
            return False

    def kill(self) -> None:
        """End it at once, as a machine that goes away."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Console:
    """A running console: what a test lets happen, and where it looks."""

    def __init__(self, store: SqlStore, feeds: Feeds, web: Web, comparison: Path) -> None:
        self._store = self.store = store
        self._comparison = comparison
        self._reads = ConsoleReads(store.engine)
        self.alarms, self.tickets = alarm_reads(store.engine), ticket_reads(store.engine)
        self._feeds = feeds
        self._numbers = count(1)
        self._districts = iter(range(1, DISTRICTS + 1))
        self.web = web
        self.now: Millis = START
        self.url = web.url
        self._cookies: dict[str, str] = {}

    def come_in(self) -> None:
        """Look at the console as somebody who has logged in, where one has to."""
        _, secret = Sessions(self._store.engine).open("harness", "cell", wall_clock())
        self._cookies = {"s": secret}

    # ------------------------------------------------------------------------ what happens

    def district(self) -> str:
        """Return a district in which nothing has happened: `07`, with the towns `07A` to `07C`."""
        return f"{next(self._districts):02}"

    def call(self, customer: str, symptom: str = "no-sync", text: str = "") -> str:
        """Have a customer call now; returns the ticket, when the engine has answered it."""
        (ticket,) = self._call([customer], symptom, text)
        return ticket

    def burst(self, card: str = "", callers: int = 5, symptom: str = "no-sync") -> str:
        """Have neighbours call, of a fresh card unless named; returns the incident, on display."""
        card = card or card_of(f"{self.district()}A")
        self.now += _PAUSE
        self._call([customer_of(card, line) for line in range(callers)], symptom)
        return until(lambda: self._shown(card))

    def more(self, incident: str, callers: int) -> list[str]:
        """Have others call about an incident; returns their tickets."""
        card, linked = self.incident(incident).domain, self.incident(incident).linked
        return self._call([customer_of(card, linked + n) for n in range(callers)])

    def garbage(self, value: bytes) -> None:
        """Have the ticketing send a record that nobody can read."""
        self._feeds.push("gi.tickets", [value])
        letters = DeadLetters(self.store.engine)
        until(lambda: any(one.size == len(value) for one in letters.newest(10)))

    def works(self, where: str, minutes: int) -> None:
        """Have somebody plan works that begin now."""
        begin, end = self.now, self.now + minutes * MINUTE
        changes = {"id": f"M-{where}", "objects": [where]}
        when = {"start": to_rfc3339(begin), "end": to_rfc3339(end)}
        self._push("gi.maintenance", MAINTENANCE, "maintenance", [{**changes, **when}])

    def wait(self, minutes: float) -> None:
        """Let event time pass without anything happening; returns when the console knows."""
        self.now += round(minutes * MINUTE)
        until(lambda: self._engine_time() >= self.now // MINUTE * MINUTE)

    def _call(
        self, customers: Sequence[str], symptom: str = "no-sync", text: str = ""
    ) -> list[str]:
        tickets, changes = [f"T{next(self._numbers):05}" for _ in customers], []
        for ticket, customer in zip(tickets, customers, strict=True):
            self.now += _APART
            named = {"id": ticket, "relatedParty__0__id": customer, "ticketType": symptom}
            when = {"creationDate": to_rfc3339(self.now), "eventTime": to_rfc3339(self.now)}
            changes.append({**named, **when, "description": text or "plus de synchro"})
        self._push("gi.tickets", TICKET, "troubleTicket", changes)
        until(lambda: self._store.queries.verdict_of(tickets[-1]))
        return tickets

    def _push(
        self, topic: str, record: dict[str, Any], kind: str, many: Iterable[dict[str, Any]]
    ) -> None:
        records = []
        for one in many:
            when = one.pop("eventTime", to_rfc3339(self.now))
            inside = {f"event__{kind}__{key}": value for key, value in one.items()}
            name = f"e{next(self._numbers)}"
            records.append(but(record, eventId=name, eventTime=when, **inside))
        self._feeds.push(topic, records)

    def act(self, incident: str, verb: str, **fields: str) -> None:
        """Do something to an incident as somebody without a browser, m.durand."""
        body = {"verb": verb, "ids": [incident], **fields}
        done = post(self.web.port, "/do", body, self._cookies or {"who": "m.durand"})
        assert [outcome["status"] for outcome in done["outcomes"]] == [200], done

    def clock(self, ahead: float = 0) -> str:
        """Return what people's clocks show so many minutes from now: `20:15`."""
        return hours.clock(self.now + round(ahead * MINUTE), _ZONE)

    # --------------------------------------------------------------------------- what there is

    def incident(self, incident: str) -> Incident:
        """Return an incident as it is stored."""
        found = self._store.queries.incident(incident)
        assert found is not None
        return found

    def keep_backtest(self, report: BacktestReport) -> None:
        """Keep a backtest, as the command does."""
        keep_backtest(self._store.engine, report)

    def keep_training(self, report: TrainingReport) -> None:
        """Keep the comparison of somebody who learns, as their daemon does."""
        self._comparison.write_bytes(msgspec.json.encode(report))

    @cached_property
    def workshop(self) -> Workshop:
        """The rule workshop over the same database."""
        desk = RuleDesk(self._store.engine)
        return Workshop(desk, self._reads.backtests_of, lambda: self.now, 2.0)

    def rules_in_force(self) -> str:
        """Return the version of the rules that the engine decides by, as it is stored."""
        return self._reads.in_force().get("rules", "")

    def draft(self, hours: int, reason: str) -> Draft:
        """Begin a draft: of incidents about access equipment that close so many hours later."""
        now = self.workshop.desk.in_force()
        ruleset = self.workshop.desk.ruleset(now.ruleset) if now is not None else None
        assert ruleset is not None
        text = re.sub(r"close_after: \d+h", f"close_after: {hours}h", ruleset.files["access.yaml"])
        files = ruleset.files | {"access.yaml": text}
        return self.workshop.begin(files, ruleset.id, "p.roux", reason)

    def linked(self, incident: str) -> list[str]:
        """Return the tickets that are linked to an incident, in their order."""
        links = self._store.queries.links_of_incident(incident)
        return sorted(link.ticket for link in links if link.state == "linked")

    def journal(self, incident: str) -> list[tuple[str, str, str, str]]:
        """Return who changed what of an incident to what, and why."""
        changes = self._store.queries.journal_of("incident", incident)
        return [(one.actor, one.field, one.new, one.reason) for one in changes]

    def on(self, card: str) -> Incident | None:
        """Return the announced incident on a card, the latest of several."""
        found = [one for one in self._store.queries.incidents(ANNOUNCED) if one.domain == card]
        return max(found, key=lambda one: one.created, default=None)

    def _shown(self, card: str) -> str:
        """Return the incident on a card, once the console knows it as it is stored."""
        found = self.on(card)
        if found is None:
            return ""
        row = get(self.web.port, f"/f/rows?ids={found.id}", self._cookies).body
        return found.id if f"data-version={found.version} " in row else ""

    def _engine_time(self) -> Millis:
        feeds, _ = self._reads.status()
        return max((feed.latest for feed in feeds if feed.topic == ENGINE), default=0)

    # ------------------------------------------------------------------------------ who looks

    def visitor(
        self,
        new_context: Contexts,
        who: str = "l.petit",
        role: str = "cell",
        choices: Mapping[str, str] | None = None,
        **options: Any,
    ) -> BrowserContext:
        """Return the browser of somebody; `choices`: of language and theme, as cookies."""
        context = new_context(base_url=self.url, **options)
        cookies = {"who": who, "role": role, "lang": "fr", **(choices or {})}
        context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in cookies.items()]
        )
        return context


@contextmanager
def running_console(folder: Path, store_url: str = "", **settings: Any) -> Iterator[Console]:
    """Run a daemon and a console over a fresh store; `settings`: of the console.

    `store_url`: of an empty database; a file of SQLite where none is named.
    """
    url = store_url or f"sqlite:///{folder / 'correlator.db'}"
    store, feeds = open_store(url), Feeds(TOPICS)
    comparison = folder / "comparison.json"
    known = WebSettings(
        topology=write_towns(folder / "inventory"),
        store_url=url,
        training=str(comparison),
        **{"replayed": True, **settings},
    )
    web = Web(folder, known)
    console = Console(store, feeds, web, comparison)
    if known.oidc is not None:
        console.come_in()
    _begin_warm(store)
    followed = FollowedRules(RuleDesk(store.engine), None, lambda: console.now)
    services = Services(
        store=store,
        sources=lambda: JoinedSource(IngestSource(store.engine, INGESTED), feeds),
        publisher=FilePublisher(folder),
        engines=lambda: Engine(towns(), followed.current(), EngineSettings()),
        watched=(followed,),
        feed_time=lambda _clock: console.now,
    )
    try:
        with running(services, SETTINGS):
            web.start()
            yield console
    finally:
        web.kill()
        followed.close()
        store.close()


def _begin_warm(store: SqlStore) -> None:
    """Leave a predecessor's snapshot, so that the daemon knows what is usual here."""
    lease = store.acquire(SETTINGS.name, "before", 1, SETTINGS.lease)
    assert lease is not None
    store.commit(lease, Batch(b"", (), (), {}, snapshot=warmed()), 1, SETTINGS.lease)
    store.release(lease)
