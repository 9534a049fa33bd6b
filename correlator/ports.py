"""The doors of the shell: what the daemon needs from Kafka and from a database.

The real adapters are in `correlator.adapters`; whatever stands in for one in a test implements the
same protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from correlator.model import (
    ActionDone,
    Effect,
    Event,
    Forgotten,
    IncidentChanged,
    LinkChanged,
    Millis,
    Verdict,
)

Input: TypeAlias = Event | Millis
"""What the engine takes: an event, or a tick as its time."""


Decision: TypeAlias = IncidentChanged | LinkChanged | Verdict | ActionDone
"""What of the effects is archived."""


API_PARTITION = -1
"""The partition of a topic that the API writes: a table of the store, no partition of Kafka.

A row is there as soon as it is posted, so nothing has to be waited for once all are read.
"""


class Partition(NamedTuple):
    """One partition of one input topic."""

    topic: str
    number: int


class Record(NamedTuple):
    """A record as it came in, not yet decoded. `timestamp` is Kafka's, in ms."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    timestamp: int


class OutMessage(NamedTuple):
    """A record to publish. A `value` of None is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Position(msgspec.Struct, frozen=True):
    """How far a partition has been applied.

    Every offset below `next` is applied, and so is every offset in `ahead` (records are applied in
    the order of their event time, not of their offset).
    """

    next: int
    ahead: tuple[int, ...] = ()


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that could not be used, whole, with the reason."""

    record: Record
    reason: str
    error: str
    time: Millis


UNUSABLE = "unusable"
"""The reason of dead letters that can be decoded, but not applied."""

ENGINE = "engine"
"""In the place of a topic, in the status of the engine itself."""


class FeedStatus(msgspec.Struct, frozen=True):
    """How a partition stands, or (topic `engine`) the engine itself.

    `latest`: event time of its latest record; `heard`: clock time of it; `lag`: records not read
    yet; `silent`: for longer than is usual here.
    """

    topic: str
    partition: int
    latest: Millis
    heard: Millis
    lag: int = 0
    silent: bool = False


class Lease(NamedTuple):
    """The right to write. Every commit checks that `epoch` is still the current one."""

    name: str
    owner: str
    epoch: int


class ArchiveNote(msgspec.Struct, frozen=True):
    """What goes into the archive with a batch: the versions in force when it was taken.

    `decisions`: what of the effects is archived, encoded; `time`: the engine's. `snapshot`: that
    of the batch as well, with the versions `after` it, the `settings` of the
    engine (JSON); `restart`: a daemon begins with it.
    """

    inventory: str
    catalog: str
    decisions: bytes = b""
    snapshot: bool = False
    after: tuple[str, str] = ("", "")
    settings: bytes = b"{}"
    time: Millis = 0
    restart: bool = False


class ArchivePlan(NamedTuple):
    """Which queued batches become part `number` of the archive: those up to row `last`.

    `begins`: number of its first input, from 1 on. `mark`: which content of the rows; another one
    where a customer has been forgotten since, and the part is written again.
    """

    number: int
    last: int
    begins: int
    mark: str = ""


class QueuedBatch(NamedTuple):
    """A batch that waits to be archived; `note` is that of its snapshot, if there is one."""

    seq: int
    note: ArchiveNote
    inputs: bytes
    decisions: bytes
    snapshot: bytes | None


class QueueTail(NamedTuple):
    """What of the queue is new to a reader.

    `archived`: the last row that is in a written part; `begins`: number of the first input after
    those parts; `batches`: the rows after `archived` that the reader does not know.
    """

    archived: int
    begins: int
    batches: Sequence[QueuedBatch]


class ArchiveQueue(Protocol):
    """What has been committed and is in no file of the archive yet.

    A plan stays until it is `done`, whoever carries it out, so that the same batches become the
    same part however often somebody dies.
    """

    def plan(self, now: Millis, every: Millis, most_bytes: int) -> ArchivePlan | None:
        """Return the plan that is open; else of what has waited for `every` ms, or is much."""

    def batches(self, plan: ArchivePlan) -> Sequence[QueuedBatch]:
        """Return the batches of a plan, in order."""

    def done(self, plan: ArchivePlan, count: int, sha256: str) -> None:
        """Record that a part is written, with so many inputs, and forget its batches."""

    def tail(self, after: int) -> QueueTail:
        """Return the batches after a row, and how far the written parts go, at one moment."""

    def last_part(self) -> int:
        """Return the number of the last part that is planned or written, 0 before the first."""


class ForgetRequest(NamedTuple):
    """A customer who is to be forgotten, and the id that is to stand for them."""

    seq: int
    customer: str
    stand_in: str


class Forgetting(msgspec.Struct, frozen=True):
    """What a commit takes out of the database: a customer, as request `seq` asks.

    `states`: makes another of a snapshot's bytes.
    """

    seq: int
    who: Forgotten
    states: Callable[[bytes], bytes]


class Batch(msgspec.Struct, frozen=True):
    """Everything that one commit makes durable, all or nothing.

    `inputs` is what recovery hands to the engine again: the events and ticks of this batch,
    encoded. `snapshot`, where given, is the engine's whole state *after* this batch; it replaces
    every earlier snapshot and batch. `taken`: ids of the actions that came from the inbox. `feeds`
    and `in_force` (what → version, where it changed) are for people to see. `archived`: the inputs
    go into the archive's queue as well. `forgets`: a customer is taken out of all that the
    database holds; then `snapshot` is the state without them, and there are no inputs.
    """

    inputs: bytes
    effects: tuple[Effect, ...]
    messages: tuple[OutMessage, ...]
    positions: Mapping[Partition, Position]
    dead_letters: tuple[DeadLetter, ...] = ()
    snapshot: bytes | None = None
    taken: tuple[str, ...] = ()
    feeds: tuple[FeedStatus, ...] = ()
    in_force: Mapping[str, str] = {}
    archived: ArchiveNote | None = None
    forgets: Forgetting | None = None


class Recovered(msgspec.Struct, frozen=True):
    """What a daemon starts from: the last snapshot, the inputs since, and the positions."""

    snapshot: bytes | None
    inputs: tuple[bytes, ...]
    positions: Mapping[Partition, Position]


class OutboxRow(NamedTuple):
    """A message that waits to be published."""

    seq: int
    message: OutMessage


class InboxRow(NamedTuple):
    """An action of the console that waits to be carried out, as JSON."""

    seq: int
    id: str
    at: Millis
    body: str


class LeaseLostError(Exception):
    """Another daemon holds the lease: roll back and stand down."""


class ServerUnreachableError(Exception):
    """A server did not answer within the time that the configuration allows."""


class EventSource(Protocol):
    """Where records come from."""

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Start each partition at the given offset; one that is not named starts at its first."""

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:
        """Return the next records, at most `max_records`, waiting at most `timeout_ms`."""

    def partitions(self) -> frozenset[Partition]:
        """Return all partitions that are assigned."""

    def refresh(self) -> frozenset[Partition]:
        """Take up partitions that came since, from their first record; returns them.

        To be called now and then. A server that does not answer just now is no error.
        """

    @property
    def reachable(self) -> bool:
        """Whether the servers answered when they were last asked."""

    def caught_up(self) -> frozenset[Partition]:
        """Return the partitions of which every record has been returned by `poll`."""

    def lag(self) -> Mapping[Partition, int]:
        """Return how many records of each partition `poll` has not returned yet."""

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Stop returning records of these partitions and resume all others."""

    def close(self) -> None:
        """Let go of the connection."""


class Publisher(Protocol):
    """Where messages go."""

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        """Send and wait; the answer has one entry per message, None where it is safely stored."""

    def close(self) -> None:
        """Let go of the connection."""


class Store(Protocol):
    """The database. One `commit` is one transaction."""

    def acquire(self, name: str, owner: str, now: Millis, ttl: Millis) -> Lease | None:
        """Take the lease if it is free or ran out; None while someone else holds it."""

    def resume(self, lease: Lease, now: Millis, ttl: Millis) -> Lease | None:
        """Take a lease that is still ours anew, under the next epoch; None if it is not ours."""

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""

    def recover(self) -> Recovered:
        """Return what the engine needs to stand where the last commit left it."""

    def commit(self, lease: Lease, batch: Batch, now: Millis, ttl: Millis) -> None:
        """Make a batch durable and extend the lease; raises `LeaseLostError`."""

    def inbox(self, now: Millis, limit: int) -> Sequence[InboxRow]:
        """Return the actions of the console that are due, in their order, at most `limit`.

        Those that a commit has `taken` are gone.
        """

    def forget_request(self) -> ForgetRequest | None:
        """Return the oldest request to forget a customer that nobody has carried out."""

    def known_of(self, request: ForgetRequest) -> Forgotten:
        """Return the customer of a request with the tickets and words that the database has."""

    def refuse_forget(self, request: ForgetRequest) -> None:
        """Record that a request could not be carried out."""

    def outbox(self, limit: int) -> Sequence[OutboxRow]:
        """Return the oldest messages that wait."""

    def published(self, done: Sequence[OutboxRow]) -> int:
        """Forget messages that have been published; returns how many were still there.

        Where another leader has published some of them, what stands now waits to be published once
        more under their keys.
        """

    def outbox_depth(self) -> int:
        """Count the messages that wait."""

    def archive_depth(self) -> int:
        """Count the batches that wait to be archived."""

    def close(self) -> None:
        """Let go of the connections."""
