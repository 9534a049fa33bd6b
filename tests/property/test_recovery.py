"""Whatever comes, however odd: an engine that was recovered goes on as one that never stopped.

Records are made as JSON and read by the decoders, so that all that may reach the engine is among
them; what comes of them is committed to a real store. `CORRELATOR_RECORDS` sets how many records
are tried on each database.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from correlator.adapters.sql import SqlStore, open_store
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.formats.decode import DECODERS, BadRecordError
from correlator.formats.times import to_rfc3339
from correlator.model import HOUR, MINUTE, Effect, Event, IncidentChanged, Verb
from correlator.ports import Batch, Input, Lease, Partition, Position
from correlator.service.recovery import encode_inputs, recover
from tests.builders import START, catalog, customers_of, network, warmed
from tests.harness.loop import copied
from tests.payloads import RECORDS, but

if TYPE_CHECKING:
    from pathlib import Path


RECORDS_TRIED = int(os.environ.get("CORRELATOR_RECORDS", "1200"))
STEPS = 60
FOREVER = 2**50

PLACES = ("DSL-1/C1", "DSL-3/C4", "DSL-1", "AGG-1", "nowhere")
CUSTOMERS = [*customers_of("DSL-1/C1")[:9], *customers_of("DSL-3/C4")[:4], "stranger"]

odd_characters = st.characters(codec="utf-8")
odd = st.one_of(
    st.text(odd_characters, max_size=12),
    st.sampled_from(
        ["\0", "a\0", "\0a", "\ufffd", "é" * 511, "x" * 513, "☎" * 600, " ", "no-sync\0"]
    ),
)
whole_numbers = st.one_of(st.integers(), st.floats(allow_nan=False), st.none(), st.booleans())
customers = st.one_of(st.sampled_from(CUSTOMERS), odd, st.none())
symptoms = st.one_of(
    st.sampled_from(["no-sync", "no-internet", "tv", "wifi", None, "billing"]), odd, whole_numbers
)
words = st.one_of(
    st.sampled_from(["plus de synchro", "internet coupé depuis ce matin", "facture", None]), odd
)
names = st.one_of(st.sampled_from([f"N{n}" for n in range(30)]), odd)
steps = st.one_of(
    st.sampled_from([0, 1, 500, MINUTE, 3 * MINUTE]),
    st.sampled_from([0, 1, 500, MINUTE, 3 * MINUTE]),
    st.sampled_from([-MINUTE, -3 * HOUR, MINUTE, HOUR, HOUR, 80 * HOUR]),
)
occurrences = st.one_of(
    st.just(0), st.sampled_from([-MINUTE, -40 * MINUTE, -100 * HOUR, HOUR]), st.none()
)


class Recovered(RuleBasedStateMachine):
    """Two engines told the same; one of them is thrown away now and then."""

    store: ClassVar[SqlStore]
    tried: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.undisturbed, self.heir = _engine(), _engine()
        self.now = START
        self.offset = 0
        self.inputs: list[Input] = []  # since the snapshot
        self.waiting: list[Input] = []  # not committed yet
        self.effects: list[Effect] = []
        self.incidents: list[str] = []
        self.snapshot: bytes = self.undisturbed.snapshot()
        Recovered.lease = self._take_over()

    lease: ClassVar[Lease]

    def _take_over(self) -> Lease:
        lease = self.store.acquire("engine", "one", FOREVER * 2, 0)
        assert lease is not None
        return lease

    @initialize(warm=st.booleans())
    def begin(self, *, warm: bool) -> None:
        if warm:
            for engine in (self.undisturbed, self.heir):
                engine.restore(warmed(EngineSettings()))
        self.snapshot = self.undisturbed.snapshot()
        self._commit(self.snapshot)

    # ------------------------------------------------------------------------------- what comes

    @rule(
        name=names, customer=customers, symptom=symptoms, description=words, step=steps,
        occurred=occurrences, status=odd, severity=words, channel=words,
    )  # fmt: skip
    def ticket(self, step: int, occurred: int | None, customer: Any, **given: Any) -> None:
        given["ticketType"], given["id"] = given.pop("symptom"), given.pop("name")
        given["channel"] = {"name": given["channel"]}
        party = [{"id": customer, "role": "customer"}]
        created = "0001-01-01T00:00:00Z" if occurred is None else self._time(step + occurred)
        self._record(
            "gi.tickets", step, "troubleTicket", relatedParty=party, creationDate=created, **given
        )

    @rule(count=st.integers(2, 8), every=st.sampled_from([1_000, MINUTE, 4 * MINUTE]))
    def calls(self, count: int, every: int) -> None:
        """Let a card's customers call, so that there is something to go on with."""
        for n in range(count):
            self.ticket(
                every, 0, CUSTOMERS[n], name=f"C{self.offset}", symptom="no-sync",
                description=None, status="new", severity=None, channel=None,
            )  # fmt: skip

    @rule(
        name=names, place=st.one_of(st.sampled_from(PLACES), odd), cause=words, severity=words,
        raised=st.booleans(), step=steps, kind=words,
    )  # fmt: skip
    def alarm(self, step: int, place: str, *, raised: bool, **given: Any) -> None:
        self._record(
            "gi.alarms", step, "alarm", id=given["name"], alarmedObject={"id": place},
            state="raised" if raised else "cleared", probableCause=given["cause"],
            perceivedSeverity=given["severity"], alarmType=given["kind"],
            alarmRaisedTime=self._time(step), alarmClearedTime=self._time(step),
        )  # fmt: skip

    @rule(
        name=names, place=st.one_of(st.sampled_from(PLACES), odd), step=steps, title=words,
        begins=st.sampled_from([-HOUR, 0, HOUR]), lasts=st.sampled_from([1, HOUR, 400 * HOUR]),
    )  # fmt: skip
    def works(self, step: int, place: str, begins: int, lasts: int, **given: Any) -> None:
        start = step + begins
        self._record(
            "gi.maintenance", step, "maintenance", id=given["name"], objects=[place],
            start=self._time(start), end=self._time(start + lasts), title=given["title"],
        )  # fmt: skip

    @rule(
        name=names, verb=st.sampled_from(list(Verb)), which=st.integers(0, 3), text=words,
        ticket=names, domain=st.one_of(st.sampled_from(PLACES), odd), symptom=symptoms,
    )  # fmt: skip
    def action(self, verb: Verb, which: int, ticket: str, **given: Any) -> None:
        about = self.incidents[-1 - which % len(self.incidents)] if self.incidents else "GI-none"
        self._record(
            "gi.actions", 0, "action", id=f"{given['name']}{self.offset}", verb=verb.value,
            incidentId=about, tickets=[ticket], text=given["text"], domain=given["domain"],
            symptom=given["symptom"], into=self.incidents[0] if self.incidents else None,
            restore={"time": self._time(HOUR)}, to=given["text"],
            wording={"audience": "agent", "phase": "detected", "fr": given["text"] or "x"},
            told={"customer": ticket}, external={"owner": "a", "number": ticket, "state": "sent"},
        )  # fmt: skip

    @rule(minutes=st.sampled_from([1, 30, 300]))
    def silence(self, minutes: int) -> None:
        until = self.now + minutes * MINUTE
        for tick in ticks_between(self.undisturbed.last_tick, until):
            self._take(tick)
        self.now = max(self.now, until)

    # ------------------------------------------------------------------------------ what happens

    @rule()
    def crash(self) -> None:
        """Read the snapshot and the inputs since, as the store has them."""
        self._commit(None)
        heir = _engine()
        recover(heir, self.store.recover())
        assert heir.snapshot() == self.undisturbed.snapshot()
        self.heir = heir

    @rule()
    def take_a_snapshot(self) -> None:
        self._commit(self.heir.snapshot())

    def teardown(self) -> None:
        self.crash()

    # ----------------------------------------------------------------------------------- helpers

    def _time(self, step: int) -> str:
        return to_rfc3339(max(0, self.now + step))

    def _record(self, topic: str, step: int, what: str, **given: Any) -> None:
        Recovered.tried += 1
        self.offset += 1
        changes = {f"event__{what}__{key}": value for key, value in given.items()}
        changes |= {"eventTime": self._time(step), "eventId": f"e{self.offset}"}
        value = but(RECORDS[topic], **changes)
        try:
            event: Event = DECODERS[topic](value)
        except BadRecordError:
            return
        self.now = max(self.now, event.arrived)
        for tick in ticks_between(self.undisturbed.last_tick, event.arrived):
            self._take(tick)
        self._take(event)

    def _take(self, item: Input) -> None:
        told: list[list[Effect]] = []
        for engine in (self.undisturbed, self.heir):
            done = engine.tick(item) if isinstance(item, int) else engine.handle(item)
            told.append(done)
        assert told[0] == told[1]
        self.waiting.append(item)
        self.effects += told[0]
        self.incidents += [e.incident.id for e in told[0] if isinstance(e, IncidentChanged)]

    def _commit(self, snapshot: bytes | None) -> None:
        self.effects += self.heir.project(self.effects, self.now - HOUR)
        batch = Batch(
            inputs=encode_inputs(self.waiting),
            effects=tuple(self.effects),
            messages=(),
            positions={Partition("gi.tickets", 0): Position(self.offset, ())},
            snapshot=snapshot,
        )
        self.store.commit(self.lease, batch, FOREVER, FOREVER)
        self.waiting, self.effects = [], []


def _engine() -> Engine:
    return Engine(network(), catalog(), EngineSettings())


def run(store: SqlStore) -> None:
    Recovered.store = store
    Recovered.tried = 0
    examples = max(1, RECORDS_TRIED // STEPS)
    run_state_machine_as_test(
        Recovered,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_on_sqlite(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    template = tmp_path_factory.getbasetemp() / "recovery.db"
    with closing(open_store(copied(template, tmp_path / "store.db"))) as store:
        run(store)


def test_on_postgresql(fresh_postgres: str) -> None:
    with closing(open_store(fresh_postgres)) as store:
        run(store)
