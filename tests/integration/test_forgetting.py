"""A customer who is forgotten is nowhere, on either database, and the daemon goes on the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from correlator.adapters.archive import erase
from correlator.adapters.privacy import Fate, rule_of
from correlator.adapters.sql import (
    Document,
    Documents,
    ForgetDesk,
    Hubs,
    PostedRecord,
    Request,
    RequestState,
    schema,
)
from correlator.adapters.sql.columns import metadata
from correlator.adapters.sql.console import documents, hub_outbox, ingest_inbox
from correlator.adapters.sql.values import json_of
from correlator.engine import Engine, EngineSettings
from correlator.engine.state import load
from correlator.formats.wire import INCIDENTS, LINKS, TEXTS
from correlator.model import (
    ERASED,
    Action,
    Audience,
    Forgotten,
    Incident,
    Phase,
    State,
    Told,
    Verb,
    Wording,
)
from correlator.service.quarantine import BatchFailedError
from correlator.service.recovery import without
from correlator.tools.backtest import History
from tests.builders import catalog, network
from tests.harness.loop import contents, looping
from tests.harness.office import CARD, OTHER, Office, at
from tests.integration.test_archive import everything
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from correlator.service.archivist import Archivist

WHO = CARD[3]
NEIGHBOUR = f"{WHO}7"  # another customer, whose id begins alike
WORDS = "le zyzomys du salon clignote en mauve depuis Pentecôte"
BEFORE = "un ornithorynque bleu mange ma prise du couloir"
NOTED = f"rappeler {WHO.lower()} chez sa belle-mère axolotl"
TRACES = (WHO, WHO.lower(), "zyzomys", "ornithorynque", "axolotl", "rascasse")
LATER = 60_000


@pytest.fixture
def office(url: str, tmp_path: Path) -> Iterator[Office]:
    with looping(url, archives=True) as loop:
        yield Office(loop, tmp_path)


def incident(office: Office) -> Incident:
    (found,) = office.loop.store.queries.incidents([State.PROPOSED, State.OPEN])
    return found


def act(office: Office, name: str, verb: Verb, **more: Any) -> None:
    action = Action(name, 0, name, "zoé", verb, incident(office).id, **more)
    office.loop.send(action)
    office.loop.settle()


def live_through(office: Office) -> None:
    """Put the customer into every place that knows them."""
    office.burst([one for one in CARD if one != WHO])
    office.call(13, WHO, description=BEFORE)
    office.loop.settle()
    # The words change, in a record that does not repeat the customer.
    office.loop.put("gi.tickets", ticket_bytes("T13", at(14), description=WORDS))
    office.call(15, WHO, description=f"encore moi, {WHO}, {WORDS}")
    office.call(16, OTHER[0], description=f"mon voisin {WHO} dit pareil")
    office.call(17, NEIGHBOUR, description="une autre personne, un autre souci")
    office.loop.put("gi.tickets", b'{"id": "T99", "who": "' + WHO.encode() + b'", "rascasse": 1')
    office.loop.put("gi.tickets", b'{"ticket": {"id": "T13"}, "description": "rascasse rose"')
    office.loop.settle()
    act(office, "N1", Verb.NOTE, text=NOTED)
    act(office, "N2", Verb.TOLD, told=Told(WHO, "T13", "phone"))
    act(office, "N3", Verb.UNLINK, tickets=("T0",), reason=f"d'après {WHO}")
    say = Wording(Audience.AGENT, Phase.DETECTED, f"comme chez {WHO}", "as at theirs")
    act(office, "N4", Verb.SAY, wording=say)
    act(office, "N5", Verb.MESSAGE, text=f"voir {WHO}")
    office.loop.send(
        Action("N9", 0, "N9", "zoé", Verb.TOLD, incident(office).id, told=Told(WHO)), held=10**9
    )
    rows = [
        {"at": n, "actor": "zoé", "role": "agent", "what": "look", "subject": seen, "outcome": ""}
        for n, seen in enumerate([WHO, "T13", "T15", "T16", WHO])
    ]
    office.loop.write.audit(rows)
    office.loop.write.save_view("zoé", f"chez {WHO}", "q=1", 5)
    office.loop.write.keep_handover(
        {
            "begins": 1, "ends": 2, "outgoing": "zoé", "incoming": "max", "notes": NOTED,
            "body": json_of({"said": [NOTED, WORDS]}), "signed": 3,
        }
    )  # fmt: skip
    post(office)


def post(office: Office) -> None:
    """Have another system post a ticket of theirs, and be told of a problem that names them."""
    engine = office.loop.store.engine
    named = {"id": WHO, "role": "customer", "name": "Rascasse"}
    body = {"id": "TT-1", "description": "court", "relatedParty": [named]}
    ours = {"id": "TT-2", "description": "rien de spécial", "relatedParty": [{"id": OTHER[0]}]}
    for one in (body, ours):
        document = Document("troubleTicket", one["id"], 1, 5, 5, "crm", "", one)
        Documents(engine).post(document)
    problem = {"id": "SP-1", "description": f"chez {WHO}", "troubleTicket": [{"id": "T13"}]}
    Documents(engine).post(Document("serviceProblem", "SP-1", 1, 5, 5, "crm", "", problem))
    hub = Hubs(engine).add("serviceProblem", "https://noc.example/", "", "noc", 5)
    with engine.begin() as connection:
        for told in (f"chez {WHO}", "chez personne"):
            value = json_of({"event": {"reason": told}}).encode()
            row = {"hub": hub.id, "value": value, "at": 5, "tries": 0, "due": 0}
            connection.execute(hub_outbox.insert(), [row])


def forget(office: Office, customer: str = WHO) -> Request:
    """Ask for it, and let the daemon's loop come to it."""
    desk = ForgetDesk(office.loop.store.engine)
    asked = desk.ask(customer, "dpo", f"request of {customer}", office.loop.now)
    office.loop.now += LATER
    office.loop.settle()
    return desk.request(asked.seq)


def finish(office: Office, request: Request) -> int:
    changed = erase(office.archive, Forgotten(WHO, request.stand_in))
    desk = ForgetDesk(office.loop.store.engine)
    desk.done(request, WHO, office.loop.now)
    assert desk.clean()
    return changed


def traces(office: Office) -> dict[str, set[str]]:
    """Return in which column of which table a trace of the customer is, of all there are."""
    found: dict[str, set[str]] = {}
    with office.loop.store.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    seen = seen_in(value)
                    if seen:
                        found.setdefault(f"{table.name}.{name}", set()).update(seen)
    return found


def seen_in(value: object) -> set[str]:
    raw = value if isinstance(value, bytes) else str(value).encode()
    text = raw.replace(NEIGHBOUR.encode(), b"")
    return {trace for trace in TRACES if trace.encode() in text}


def state_of(office: Office) -> bytes:
    snapshot = office.loop.store.recover().snapshot
    assert snapshot is not None
    return snapshot


def test_the_customer_is_in_every_place_that_the_table_says(office: Office) -> None:
    """Without this the test of what is left might pass because nothing was there."""
    live_through(office)
    office.loop.session.end(office.loop.now)
    office.loop.restart()
    office.call(18, WHO, description=WORDS)
    office.loop.settle()
    names = {
        f"{column.table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if rule_of(column).fate not in {Fate.NOBODY, Fate.LEFT}
    }
    found = traces(office)
    assert not found.keys() - names
    expected = {
        "tickets.customer", "tickets.text", "told.customer", "audit.subject", "dead_letters.value",
        "journal.new", "journal.reason", "actions.body", "incidents.body", "links.reason",
        "snapshot.state", "batches.inputs", "archive_queue.inputs", "archive_queue.decisions",
        "archive_queue.snapshot", "outbox.value", "action_inbox.body", "handovers.notes",
        "handovers.body", "texts.fr", "saved_views.name",
    }  # fmt: skip
    assert expected <= found.keys()


def test_a_customer_who_is_forgotten_is_in_no_column(office: Office) -> None:
    live_through(office)
    office.write()  # some of it is in the archive, some in its queue
    office.call(18, WHO, description=WORDS)
    office.loop.settle()
    request = forget(office)
    assert request.state is RequestState.STORED
    assert traces(office) == {"forget_requests.customer": {WHO}}  # until the archive is done
    assert finish(office, request) > 2
    assert traces(office) == {}
    assert not seen_in(state_of(office))
    office.write()
    assert not seen_in(everything(office.folder / "archive"))
    assert list(office.archive.verify()) == []


def test_the_file_of_the_database_holds_nothing_of_them_either(
    tmp_path: Path,
) -> None:
    file = tmp_path / "store.db"
    with looping(f"sqlite:///{file}", archives=True) as loop:
        office = Office(loop, tmp_path)
        live_through(office)
        office.write()
        finish(office, forget(office))
        every = b"".join(one.read_bytes() for one in tmp_path.glob("store.db*"))
    assert len(every) > 100_000
    assert not seen_in(every)


def test_what_is_left_belongs_together_and_to_nobody(office: Office) -> None:
    live_through(office)
    request = forget(office)
    kept = contents(office.loop.store, "tickets", "told", "audit", "journal", "dead_letters")
    stand_in = request.stand_in
    own = {row["id"]: row["text"] for row in kept["tickets"] if row["customer"] == stand_in}
    assert own == {"T13": "", "T15": ""}
    assert [row["customer"] for row in kept["told"]] == [stand_in]
    looks = [row["subject"] for row in kept["audit"] if row["what"] == "look"]
    assert looks == [stand_in, stand_in, stand_in, "T16", stand_in]
    (told,) = [row for row in kept["audit"] if row["what"] == "forget"]
    assert (told["actor"], told["subject"], told["outcome"]) == ("dpo", stand_in, "done")
    assert ERASED in [row["new"] for row in kept["journal"] if row["field"] == "note"]
    assert kept["dead_letters"] == []
    others = {row["id"]: row["text"] for row in kept["tickets"] if row["customer"] != stand_in}
    assert others["T16"] == ERASED
    assert others["T17"] == "une autre personne, un autre souci"
    (asked,) = contents(office.loop.store, "forget_requests")["forget_requests"]
    assert (asked["actor"], asked["reason"]) == ("dpo", ERASED)


def test_to_forget_again_finds_nothing_and_changes_nothing(office: Office) -> None:
    live_through(office)
    office.write()
    finish(office, forget(office))
    without = ("seq", "at", "changed", "asked", "stand_in", "time", "version")
    tables = ("tickets", "told", "actions", "incidents", "links", "journal", "outbox")
    before = contents(office.loop.store, *tables, without=without)
    again = forget(office)
    assert again.found == {}
    assert finish(office, again) == 0
    assert contents(office.loop.store, *tables, without=without) == before


def test_one_that_is_under_way_is_asked_for_once(office: Office) -> None:
    desk = ForgetDesk(office.loop.store.engine)
    first = desk.ask(WHO, "dpo", "art. 17", 1)
    assert desk.ask(WHO, "somebody else", "again", 2) == first
    assert desk.ask(OTHER[0], "dpo", "art. 17", 3).seq != first.seq


def test_what_would_be_erased_is_counted_and_nothing_changes(office: Office) -> None:
    live_through(office)
    every = [table.name for table in metadata.sorted_tables]
    before = contents(office.loop.store, *every)
    desk = ForgetDesk(office.loop.store.engine)
    who = desk.known_of(WHO, "erased-dry-run")
    found = desk.count(who, lambda state: without(state, who))
    assert contents(office.loop.store, *every) == before
    assert found["tickets.customer"] == 2
    assert found["dead_letters.(rows)"] == 2
    # Until then the state has the hour's inputs apart; then it is all of it.
    done = forget(office).found
    assert {**done, "batches.inputs": 0, "snapshot.state": 0} == {
        **found, "batches.inputs": 0, "snapshot.state": 0,
    }  # fmt: skip


def test_an_incident_with_their_words_is_published_again(office: Office) -> None:
    """Under the next version, which the engine goes on from."""
    live_through(office)
    before = incident(office)
    assert WHO in before.message
    first = last_of(office)
    forget(office)
    after = incident(office)
    assert (after.message, after.version) == (ERASED, before.version + 1)
    sent = dict(published_of(office, first))
    assert {INCIDENTS, LINKS, TEXTS} <= sent.keys()
    assert sent[TEXTS] is None  # a tombstone
    said = msgspec.json.decode(sent[INCIDENTS] or b"")["event"]["serviceProblem"]
    assert said["version"] == after.changed + after.version
    act(office, "N7", Verb.ACKNOWLEDGE)
    assert incident(office).version == after.version + 1


def test_a_look_that_a_console_writes_a_moment_later_names_nobody(office: Office) -> None:
    live_through(office)
    request = forget(office)
    row = {"at": 9, "actor": "zoé", "role": "agent", "what": "look", "outcome": ""}
    office.loop.write.audit([{**row, "subject": WHO}, {**row, "subject": "T13"}])
    finish(office, request)
    kept = contents(office.loop.store, "audit")["audit"]
    assert [row["subject"] for row in kept[-2:]] == [request.stand_in] * 2


def test_one_that_cannot_be_carried_out_is_refused_and_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_through(office)
    desk = ForgetDesk(office.loop.store.engine)
    asked = desk.ask(WHO, "dpo", "art. 17", office.loop.now)
    monkeypatch.setattr(office.loop.engine, "forget", _breaks)
    office.loop.now += LATER
    with capture_logs() as logs, pytest.raises(BatchFailedError) as failure:
        office.loop.step()
    assert desk.request(asked.seq).state is RequestState.FAILED
    assert [one["event"] for one in logs] == ["forget_failed"]
    assert not seen_in(logs)
    assert not seen_in(failure.getrepr())
    assert "tickets.customer" in traces(office)
    office.loop.restart()
    office.loop.settle()


# ------------------------------------------------------------------------- the daemon goes on


def published_of(office: Office, first: int) -> list[tuple[str, bytes | None]]:
    with office.loop.store.engine.connect() as connection:
        rows = connection.execute(sa.select(schema.outbox).order_by(schema.outbox.c.seq))
        return [(row["topic"], row["value"]) for row in rows.mappings() if row["seq"] > first]


def last_of(office: Office) -> int:
    with office.loop.store.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(schema.outbox.c.seq))).scalar_one() or 0


def goes_on(office: Office, *, forgets: bool, killed: bool) -> tuple[list[Any], bytes]:
    """Return what is decided after the customer is forgotten, or not; and the state then."""
    office.burst(CARD)
    if forgets:
        forget(office, CARD[5])
    else:
        office.loop.now += LATER
        office.loop.settle()
    if killed:
        office.loop.restart()
    first = last_of(office)
    for n, customer in enumerate(OTHER[:3] + CARD[:2]):
        office.call(30 + n, customer)
    office.loop.settle()
    return published_of(office, first), office.loop.engine.snapshot()


@pytest.mark.parametrize("killed", [False, True])
def test_it_goes_on_as_if_nobody_had_been_forgotten(tmp_path: Path, *, killed: bool) -> None:
    found = {}
    for forgets in (False, True):
        folder = tmp_path / str(forgets)
        folder.mkdir()
        with looping(f"sqlite:///{folder / 'store.db'}", archives=True) as loop:
            found[forgets] = goes_on(Office(loop, folder), forgets=forgets, killed=killed)
    assert found[True][0] == found[False][0]
    assert found[True][0]
    one, other = (load(found[forgets][1]) for forgets in (True, False))
    for name in ("rates", "detector", "alarms", "ledger", "feeds"):
        assert repr(one[name]) == repr(other[name]), name


def test_a_state_that_forgot_is_the_one_that_is_recovered(office: Office) -> None:
    live_through(office)
    forget(office)
    here = office.loop.engine.snapshot()
    again = Engine(network(), catalog(), EngineSettings())
    assert again.restore(state_of(office))
    assert again.snapshot() == here
    office.loop.restart()
    assert not seen_in(office.loop.engine.snapshot())


def test_a_leader_that_dies_before_the_commit_leaves_it_to_the_next(office: Office) -> None:
    live_through(office)
    desk = ForgetDesk(office.loop.store.engine)
    asked = desk.ask(WHO, "dpo", "art. 17", office.loop.now)
    office.loop.restart()
    office.loop.now += LATER
    office.loop.settle()
    assert desk.request(asked.seq).state is RequestState.STORED


def test_a_ticket_that_comes_later_is_new_data(office: Office) -> None:
    live_through(office)
    finish(office, forget(office))
    office.call(60, WHO, description="me voici de nouveau")
    office.loop.settle()
    rows = contents(office.loop.store, "tickets")["tickets"]
    assert [row["id"] for row in rows if row["customer"] == WHO] == ["T60"]
    assert forget(office).found["tickets.customer"] == 1


# ------------------------------------------------------------------------------- the archive


def test_history_stays_what_it_was(office: Office) -> None:
    live_through(office)
    office.write()
    before = History(office.archive).replay(0, 10**14)
    finish(office, forget(office))
    office.write()
    after = History(office.archive).replay(0, 10**14)
    assert [(one.id, one.tickets) for one in after] == [(one.id, one.tickets) for one in before]


def test_a_part_that_is_being_written_meanwhile_is_written_again(office: Office) -> None:
    """The archivist has read its rows, the customer is forgotten, then it writes what it read."""
    live_through(office)
    queue = office.loop.store.archive_queue
    plan = queue.plan(office.loop.now, -1, 1 << 30)
    assert plan is not None
    archivist = office.archivist()
    kept, decided, snapshots = archivist._read(plan)
    request = forget(office)
    for note, state in snapshots:
        office.archive.write_snapshot(note, state)
    sha256 = office.archive.write_part(plan.number, kept, decided)
    queue.done(plan, len(kept), sha256)
    assert seen_in(everything(office.folder / "archive"))
    finish(office, request)
    office.write(archivist)
    assert not seen_in(everything(office.folder / "archive"))
    assert list(office.archive.verify()) == []


def test_an_erasure_that_was_interrupted_is_finished(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_through(office)
    office.write()
    request = forget(office)
    parts = office.archive.parts
    with monkeypatch.context() as patched:
        patched.setattr(office.archive, "snapshots", _breaks)
        with pytest.raises(OSError, match="full"):
            erase(office.archive, Forgotten(WHO, request.stand_in))
    assert parts()
    desk = ForgetDesk(office.loop.store.engine)
    again = desk.ask(WHO, "dpo", "art. 17", office.loop.now)
    assert (again.seq, again.stand_in) == (request.seq, request.stand_in)
    finish(office, again)
    office.write()
    assert not seen_in(everything(office.folder / "archive"))


def _breaks(*_: object) -> Sequence[Archivist]:
    raise OSError(f"full of {WHO}")


def test_of_what_systems_posted_only_theirs_goes(office: Office) -> None:
    live_through(office)
    finish(office, forget(office))
    engine = office.loop.store.engine
    Documents(engine).hand_over([PostedRecord("gi.tickets", "TT-9", WHO.encode())], 6)
    finish(office, forget(office))
    with engine.connect() as connection:
        kept = connection.execute(sa.select(documents.c.id)).scalars().all()
        waits = connection.execute(sa.select(ingest_inbox.c.key)).scalars().all()
        told = connection.execute(sa.select(hub_outbox.c.value)).scalars().all()
    assert set(kept) == {"TT-2", "SP-1"}, "a problem stays, without who"
    assert waits == ["TT-9"], "it waits to be applied: new data"
    assert any(b"chez personne" in bytes(one) for one in told)
