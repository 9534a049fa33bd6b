"""The store on SQLite or PostgreSQL: one batch, one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.archive_queue import SqlArchiveQueue, queue_row
from correlator.adapters.sql.bulk import BulkWriter
from correlator.adapters.sql.connect import connect, reading, writing
from correlator.adapters.sql.forgetting import ForgetDesk, erase
from correlator.adapters.sql.hubs import tell_hubs
from correlator.adapters.sql.ingest import forget_applied
from correlator.adapters.sql.migrate import migrate
from correlator.adapters.sql.projected import change_rows, feed_rows
from correlator.adapters.sql.queries import Queries
from correlator.adapters.sql.standing import standing_messages
from correlator.adapters.sql.thinning import THIN_EVERY, thin
from correlator.formats.wire import INCIDENTS
from correlator.ports import (
    Batch,
    ForgetRequest,
    InboxRow,
    Lease,
    LeaseLostError,
    OutboxRow,
    OutMessage,
    Recovered,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from correlator.model import Forgotten, Millis

DEFAULT_TIMEOUT: Final = 10.0
OUTBOX_BYTES: Final = 16 * 2**20
"""Messages that are read at once; a dead letter may have a megabyte."""
_READ_AT_ONCE: Final = 50  # so that a few large ones are not followed by hundreds in memory
_NOBODY: Final = ""
_LEAP: Final = 1_000_000  # where the clock went back as well


def open_store(url: str, *, timeout: float = DEFAULT_TIMEOUT) -> SqlStore:
    """Return a store whose database answers and has the tables of this program.

    Raises `ServerUnreachableError` (the host, never the password), `UnknownSchemaError` if a newer
    program made the tables, and ValueError if the URL names another kind of database.
    """
    store = SqlStore(url, timeout=timeout)
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store


class SqlStore:
    """What the correlator decided, durable. Safe to share between threads.

    Any method may raise `ServerUnreachableError`. After one from `commit` nobody knows whether the
    batch is in: `recover` before going on, never commit the same batch again.
    """

    def __init__(self, url: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        self._engine: Engine = connect(url, timeout)
        self.engine: Final = self._engine
        self._writer = BulkWriter(self._engine.dialect)
        self._until: dict[Lease, Millis] = {}  # how far we have extended each lease of ours
        self._thinned: Millis = 0
        self._summed: Millis = 0  # up to where the calls of minutes are summed
        self.queries: Final = Queries(self._engine)
        self.archive_queue: Final = SqlArchiveQueue(self._engine)
        self._desk = ForgetDesk(self._engine)

    def migrate(self) -> None:
        """Create or upgrade the tables."""
        migrate(self._engine)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    # ------------------------------------------------------------------------------- the lease

    def acquire(self, name: str, owner: str, now: Millis, ttl: Millis) -> Lease | None:
        """Take the lease for [now, now + ttl) if it is free or ran out; None while it is held.

        Not even its own holder gets it again before: two daemons may carry the same name.
        """
        table = schema.lease
        take_over = (
            update(table)
            .where(table.c.name == name, table.c.expires <= now)
            .values(epoch=table.c.epoch + 1, owner=owner, expires=now + ttl)
            .returning(table.c.epoch)
        )
        with writing(self._engine) as connection:
            self._create_lease(connection, name)
            epoch = connection.execute(take_over).scalar_one_or_none()
            if epoch is not None:
                _leap(connection, now)
        return None if epoch is None else self._taken(Lease(name, owner, epoch), now + ttl)

    def _taken(self, lease: Lease, until: Millis) -> Lease:
        self._until = {lease: until}
        return lease

    def resume(self, lease: Lease, now: Millis, ttl: Millis) -> Lease | None:
        """Take a lease that is still ours anew, for [now, now + ttl); None if it is not ours.

        Under the next epoch: a commit of before whose answer was lost may still be on its way, and
        must not arrive after the recovery that follows.
        """
        with writing(self._engine) as connection:
            still_ours = _change_own_lease(connection, lease, lease.owner, now + ttl, epochs=1)
            if still_ours:
                _leap(connection, now)
        taken = Lease(lease.name, lease.owner, lease.epoch + 1)
        return self._taken(taken, now + ttl) if still_ours else None

    def _create_lease(self, connection: Connection, name: str) -> None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        row = {"name": name, "owner": _NOBODY, "epoch": 0, "expires": 0}
        connection.execute(insert(schema.lease).values(row).on_conflict_do_nothing())

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours: whoever asks next gets it at once."""
        with writing(self._engine) as connection:
            _change_own_lease(connection, lease, _NOBODY, 0)

    # ------------------------------------------------------------------------------ the batches

    def commit(self, lease: Lease, batch: Batch, now: Millis, ttl: Millis) -> None:
        """Make a batch durable and extend the lease to [now, now + ttl).

        The rows are made before the transaction opens, so that it is short and an effect that
        cannot be written costs nothing. Then, in one transaction:

        1. *Lease*: extend it where the epoch is still ours, and from where we extended it last: a
           database that went back (a fail-over to a replica that lagged) has another end. No row:
           roll back and raise `LeaseLostError`. The row stays locked until the end, so that nobody
           can take over in the middle; a stalled predecessor that comes back waits here, then
           finds no row.
        2. *State and history*: tickets, alarms, maintenance, actions, incidents, links, verdicts,
           suppressions; the last state of each key only, and never over a higher version.
        3. *Journal*, and
        4. *dead letters*: added at the end.
           A customer whom it `forgets` is taken out of all that was there before.
        5. *Console*: what changed, how the feeds stand; actions that were taken leave the inbox.
        6. *Inputs*: added to the batches since the last snapshot. A snapshot, where there is one,
           already contains them: it takes the place of the last snapshot and of every batch. And,
           where there is an archive, to its queue.
        7. *Outbox*: what is to be published, in its order; and told to who subscribed.
        8. *Positions*: how far each partition has been applied; what the API took in is deleted up
           to there.
        9. *Commit*: all of this, or nothing.
        """
        effects = rows.values_by_table(batch.effects)
        journal = effects.pop(schema.journal, [])
        letters = [rows.dead_letter_row(letter) for letter in batch.dead_letters]
        messages = [rows.message_row(message) for message in batch.messages]
        to_archive = queue_row(batch, now)
        queued = [] if to_archive is None else [to_archive]
        write, write_values = self._writer.write, self._writer.write_values
        last, until = self._until.get(lease), now + ttl
        with writing(self._engine) as connection:
            if not _change_own_lease(connection, lease, lease.owner, until, last=last):  # 1
                raise LeaseLostError(f"{lease.owner} lost the lease {lease.name!r}")
            for table, states in effects.items():  # 2
                write_values(connection, table, states)
            write_values(connection, schema.journal, journal)  # 3
            write(connection, schema.dead_letters, letters)  # 4
            if batch.forgets is not None:
                erase(connection, batch.forgets, now, archived=batch.archived is not None)
            self._write_console(connection, batch, now)  # 5
            self._write_inputs(connection, batch, now)  # 6
            write(connection, schema.archive_queue, queued)
            write_values(connection, schema.outbox, messages)  # 7
            tell_hubs(connection, batch.messages, INCIDENTS, now)
            write(connection, schema.positions, rows.position_rows(batch.positions))  # 8
            forget_applied(connection, batch.positions)
        # 9: leaving the block commits
        self._until = {lease: until}

    def _write_console(self, connection: Connection, batch: Batch, now: Millis) -> None:
        write = self._writer.write
        write(connection, console.changes, change_rows(batch.effects, now))
        write(connection, console.feeds, feed_rows(batch.feeds))
        versions = [{"what": w, "version": v, "since": now} for w, v in batch.in_force.items()]
        write(connection, console.in_force, versions)
        if batch.taken:
            inbox = console.action_inbox
            connection.execute(delete(inbox).where(inbox.c.id.in_(batch.taken)))
        if now - self._thinned >= THIN_EVERY:
            self._thinned = now
            self._summed = thin(connection, now, self._summed)

    def _write_inputs(self, connection: Connection, batch: Batch, now: Millis) -> None:
        if batch.snapshot is not None:
            state = {"id": 1, "time": now, "state": batch.snapshot}
            self._writer.write(connection, schema.snapshot, [state])
            connection.execute(delete(schema.batches))
        elif batch.inputs:  # a commit that only extends the lease has none
            self._writer.write(connection, schema.batches, [{"time": now, "inputs": batch.inputs}])

    def recover(self) -> Recovered:
        """Return the last snapshot, the inputs since in their order, and all positions."""
        batches = schema.batches
        with reading(self._engine) as connection:
            snapshot = connection.execute(select(schema.snapshot.c.state)).scalar_one_or_none()
            inputs = connection.execute(select(batches.c.inputs).order_by(batches.c.seq)).scalars()
            positions = connection.execute(select(schema.positions)).mappings()
            return Recovered(
                snapshot=snapshot,
                inputs=tuple(inputs),
                positions=dict(map(rows.position_from, positions)),
            )

    # -------------------------------------------------------------------------------- the inbox

    def inbox(self, now: Millis, limit: int) -> Sequence[InboxRow]:
        """Return the actions of the console that are due, in their order, at most `limit`."""
        table = console.action_inbox
        due = select(table.c.seq, table.c.id, table.c.at, table.c.body)
        due = due.where(table.c.not_before <= now).order_by(table.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [InboxRow(*row) for row in connection.execute(due)]

    # ----------------------------------------------------------------------------- forgetting

    def forget_request(self) -> ForgetRequest | None:
        """Return the oldest request to forget a customer that nobody has carried out."""
        return self._desk.next()

    def known_of(self, request: ForgetRequest) -> Forgotten:
        """Return the customer of a request with the tickets and words that the database has."""
        return self._desk.known_of(request.customer, request.stand_in)

    def refuse_forget(self, request: ForgetRequest) -> None:
        """Record that a request could not be carried out."""
        self._desk.refuse(request.seq)

    # ------------------------------------------------------------------------------- the outbox

    def outbox(self, limit: int, most_bytes: int = OUTBOX_BYTES) -> Sequence[OutboxRow]:
        """Return the oldest messages that wait, until they are `most_bytes` long.

        Those that are there, never "those after the last one seen": a number that is given early
        may be committed late.
        """
        oldest = select(schema.outbox).order_by(schema.outbox.c.seq).limit(limit)
        found: list[OutboxRow] = []
        with reading(self._engine) as connection:
            reads = {"yield_per": _READ_AT_ONCE}
            with connection.execute(oldest, execution_options=reads) as waiting:
                for seq, topic, key, value, headers in waiting:
                    message = OutMessage(topic, key, value, rows.headers_from(headers))
                    found.append(OutboxRow(seq, message))
                    most_bytes -= len(value or b"")
                    if most_bytes <= 0:
                        break
        return found

    def published(self, done: Sequence[OutboxRow]) -> int:
        """Forget messages that have been published; returns how many were still there.

        What is gone has been published by another leader, while this one stalled with it in hand;
        newer messages may have gone out since, and ours stand last in their topics. Then what
        stands now is to be published once more under their keys. Nobody commits meanwhile: what is
        read here must not be older than what waits before it.
        """
        there = 0
        if not done:
            return there
        with writing(self._engine) as connection:
            for first, last in _runs([row.seq for row in done]):
                run = {"first": first, "last": last}
                there += connection.execute(_DELETE_RUN, run).rowcount
            if there < len(done):
                connection.execute(select(schema.lease).with_for_update())
                again = standing_messages(connection, [row.message for row in done])
                waiting = list(map(rows.message_row, again))
                self._writer.write_values(connection, schema.outbox, waiting)
        return there

    def outbox_depth(self) -> int:
        """Count the messages that wait."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(schema.outbox)).scalar_one()

    def archive_depth(self) -> int:
        """Count the batches that wait to be archived."""
        return self.archive_queue.waiting()


_DELETE_RUN: Final = delete(schema.outbox).where(
    schema.outbox.c.seq.between(bindparam("first"), bindparam("last"))
)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of numbers that follow each other without a gap.

    What is between two runs is not among them: a row whose number was given early may have been
    committed since.
    """
    rising = sorted(numbers)
    first = 0
    for place in range(1, len(rising) + 1):
        if place == len(rising) or rising[place] != rising[place - 1] + 1:
            yield rising[first], rising[place - 1]
            first = place


def _leap(connection: Connection, now: Millis) -> None:
    """Go on with numbers that nobody can have seen: those of the clock's microseconds.

    A replica that lagged when it was promoted gives numbers once more; but messages in hand are
    forgotten by number, and the console follows the changes by number. A file has no replica.
    """
    if connection.dialect.name != "postgresql":
        return
    for table in (schema.outbox, console.changes, console.hub_outbox, console.ingest_inbox):
        sequence = func.pg_get_serial_sequence(table.name, "seq")
        unseen = func.greatest(func.nextval(sequence) + _LEAP, now * 1_000)
        connection.execute(select(func.setval(sequence, unseen)))


_CHANGE: Final = (
    update(schema.lease)
    .where(
        schema.lease.c.name == bindparam("of"),
        schema.lease.c.epoch == bindparam("held"),
        schema.lease.c.owner == bindparam("by"),  # nobody's, once it is given back
        or_(schema.lease.c.expires == bindparam("last"), bindparam("last").is_(None)),
    )
    .values(owner=bindparam("to"), expires=bindparam("until"), epoch=bindparam("next"))
)


def _change_own_lease(  # noqa: PLR0913 - what is to stand in the row, and what must
    connection: Connection,
    lease: Lease,
    to: str,
    until: Millis,
    *,
    epochs: int = 0,
    last: Millis | None = None,
) -> bool:
    """Change the lease's row if it is still ours (and ends at `last`); tell whether it was."""
    held = {"of": lease.name, "held": lease.epoch, "by": lease.owner, "last": last}
    values = {"to": to, "until": until, "next": lease.epoch + epochs}
    return connection.execute(_CHANGE, {**held, **values}).rowcount == 1
