"""Reading: all partitions of some topics, from given positions, without a consumer group."""

import time
from collections.abc import Iterable, Mapping, Sequence

import structlog
from kafka import KafkaConsumer
from kafka.errors import LogTruncationError, OffsetOutOfRangeError, RetriableError
from kafka.structs import TopicPartition

from correlator.adapters.kafka.settings import KafkaSettings, open_client, require_extensions
from correlator.adapters.kafka.topics import Cluster, End, UnknownTopicError
from correlator.ports import Partition, Record, ServerUnreachableError

log = structlog.get_logger(__name__)

# Known ends of the log are good for this long; asking costs about a millisecond.
_ENDS_AGE_S = 1.0
# A question that takes longer counts as unanswered: the loop must go on.
_QUESTION_MS = 3_000
# The same unexpected error this many times without a record in between is not a passing one.
_GIVE_UP_AFTER = 5


class PositionLostError(Exception):
    """A partition ends before the position that was applied: its records were taken back.

    The topic was created anew, or a broker lost what it had acknowledged. Going on would either
    skip or repeat records, so it is for a person to say where the partition goes on.
    """

    def __init__(self, partition: Partition, wanted: int, first: int, end: int) -> None:
        super().__init__(
            f"{partition.topic}[{partition.number}]: position {wanted} is beyond the end; "
            f"Kafka holds {first} to {end}"
        )
        self.partition, self.wanted, self.first, self.end = partition, wanted, first, end


class KafkaSource:
    """An `EventSource` over every partition of `topics`; for one thread.

    Partitions start at their first record until `seek` is called. The consumer is expendable:
    positions are kept here, and after an unexpected error it is thrown away and built again from
    them. While no broker answers, `poll` returns nothing and no partition counts as caught up.

    Records of aborted transactions are not returned. A record without a value has `b""`.
    """

    def __init__(self, settings: KafkaSettings, topics: Sequence[str]) -> None:
        require_extensions()
        self._settings = settings
        self._topics = tuple(topics)
        self._cluster = Cluster(settings, min(settings.request_timeout_ms, _QUESTION_MS))
        self._consumer: KafkaConsumer | None = None
        self._paused: frozenset[Partition] = frozenset()
        self._next: dict[Partition, int] = {}
        self._sought: Mapping[Partition, int] = {}
        self._ends: dict[Partition, int] = {}
        self._ends_until = 0.0
        self._reachable = True
        self._failures = 0
        self._deferred: Exception | None = None
        try:
            self._consumer = self._build(settings.connect_timeout_ms)
            self._take_up()
        except BaseException:
            self.close()
            raise

    def partitions(self) -> frozenset[Partition]:
        """Return all partitions that are assigned."""
        return frozenset(self._next)

    def refresh(self) -> frozenset[Partition]:
        """Take up partitions that were added to the topics, from their first record.

        Returns the new ones; none while no broker answers, or a topic is gone.
        """
        try:
            return self._take_up()
        except ServerUnreachableError as error:
            self._lost_sight(error)
        except UnknownTopicError as error:
            log.warning("kafka_topic_gone", error=str(error))
        return frozenset()

    def _take_up(self) -> frozenset[Partition]:
        new = self._cluster.partitions(self._topics) - self._next.keys()
        if not new:
            return frozenset()
        firsts = self._cluster.offsets(new, End.FIRST)
        # One that was not listed at the start may have been read before.
        wanted = {p: self._sought.get(p, first) for p, first in firsts.items()}
        self._move(wanted, firsts, self._cluster.offsets(new, End.LAST))
        self._ends_until = 0.0
        self._place()
        log.info("kafka_partitions_taken_up", partitions=sorted(map(_name, new)))
        return new

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Start each partition at the given offset; one that is not named starts at its first.

        Where retention has deleted the offset, the partition starts at its first record and the
        loss is logged; an offset beyond the end raises `PositionLostError`.
        """
        stray = positions.keys() - self._next.keys()
        if stray:
            log.warning("kafka_positions_unused", partitions=sorted(map(_name, stray)))
        firsts = self._cluster.offsets(self._next, End.FIRST)
        wanted = {p: positions.get(p, first) for p, first in firsts.items()}
        self._move(wanted, firsts, self.end_offsets())
        self._sought = dict(positions)
        self._place()

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:
        """Return the next records, at most `max_records`, waiting at most `timeout_ms`.

        Only while the consumer has to be built again may it take longer, up to three seconds.
        """
        try:
            self._raise_deferred()
            consumer = self._consumer or self._rebuild()
            fetched = consumer.poll(timeout_ms=timeout_ms, max_records=max_records)
        except ServerUnreachableError as error:
            self._lost_sight(error)
            return []
        except (OffsetOutOfRangeError, LogTruncationError) as error:
            self._out_of_range(error)
            return []
        except Exception as error:  # noqa: BLE001 - the consumer may spin for ever after any error
            self._unexpected(error)
            return []
        records: list[Record] = []
        for tp, batch in fetched.items():
            records += [
                Record(r.topic, r.partition, r.offset, r.key, r.value or b"", r.timestamp)
                for r in batch
            ]
            self._next[Partition(*tp)] = records[-1].offset + 1
        if records:
            self._failures = 0
        return records

    @property
    def reachable(self) -> bool:
        """Whether a broker answered when one was last asked, a second ago at most."""
        return self._reachable

    def caught_up(self) -> frozenset[Partition]:
        """Return the partitions of which every record has been returned by `poll`.

        That is as of a second ago at most; none is, while no broker answers.
        """
        ends = self._fresh_ends()
        if not self._reachable:
            return frozenset()
        return frozenset(p for p in self._next if p in ends and self._position(p) >= ends[p])

    def lag(self) -> Mapping[Partition, int]:
        """Return how many records of each partition `poll` has not returned yet.

        While no broker answers these are the last known numbers.
        """
        return {p: max(0, end - self._position(p)) for p, end in self._fresh_ends().items()}

    def end_offsets(self) -> Mapping[Partition, int]:
        """Ask for the end of every partition now; raises `ServerUnreachableError`."""
        self._ends = self._cluster.offsets(self._next, End.LAST)
        return dict(self._ends)

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Stop returning records of these partitions and resume all others."""
        wanted = frozenset(partitions) & self._next.keys()
        if self._consumer is not None:
            self._consumer.pause(*_client_names(wanted - self._paused))
            self._consumer.resume(*_client_names(self._paused - wanted))
        self._paused = wanted

    def commit(self, positions: Mapping[Partition, int]) -> None:
        """Show positions to lag monitors, if the settings name a group; may fail with a warning."""
        if self._settings.group_id is None or not positions:
            return
        try:
            self._cluster.commit(self._settings.group_id, positions)
        except ServerUnreachableError as error:
            log.warning("kafka_commit_failed", error=str(error))

    def close(self) -> None:
        """Let go of the connections."""
        self._discard()
        self._cluster.close()

    def _build(self, timeout_ms: int) -> KafkaConsumer:
        return open_client(
            KafkaConsumer,
            self._settings,
            timeout_ms=timeout_ms,
            group_id=None,
            enable_auto_commit=False,
            # An offset that Kafka does not have is handled here, never skipped by the client.
            auto_offset_reset="none",
            isolation_level="read_committed",
            allow_auto_create_topics=False,
            metadata_max_age_ms=60_000,
        )

    def _rebuild(self) -> KafkaConsumer:
        self._consumer = self._build(_QUESTION_MS)
        self._place()
        log.info("kafka_consumer_rebuilt", failures=self._failures)
        return self._consumer

    def _discard(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                consumer.close(autocommit=False, timeout_ms=0)
            except Exception as error:  # noqa: BLE001 - it is given up in any case
                log.warning("kafka_consumer_close_failed", error=f"{type(error).__name__}: {error}")

    def _place(self) -> None:
        """Tell the consumer what is assigned, where it stands and what is paused."""
        if self._consumer is None:
            return
        self._consumer.assign(_client_names(self._next))
        for partition, offset in self._next.items():
            self._consumer.seek(TopicPartition(*partition), offset)
        self._consumer.pause(*_client_names(self._paused))

    def _move(
        self,
        wanted: Mapping[Partition, int],
        firsts: Mapping[Partition, int],
        ends: Mapping[Partition, int],
    ) -> None:
        """Set positions that the log has, from its first offset to its end."""
        for partition, offset in wanted.items():
            first, end = firsts[partition], ends[partition]
            if offset > end:
                raise PositionLostError(partition, offset, first, end)
            if offset < first:
                log.error(
                    "kafka_records_lost",
                    partition=_name(partition),
                    wanted=offset,
                    first=first,
                    lost=first - offset,
                    hint="retention deleted them before they were read; going on at the first",
                )
            self._next[partition] = max(offset, first)

    def _out_of_range(self, error: OffsetOutOfRangeError | LogTruncationError) -> None:
        """Go on where the log starts, or raise `PositionLostError`."""
        self._discard()
        try:
            firsts = self._cluster.offsets(self._next, End.FIRST)
            if isinstance(error, LogTruncationError):
                self._truncated(error, firsts)
            self._move(dict(self._next), firsts, self.end_offsets())
        except ServerUnreachableError as unreachable:
            self._lost_sight(unreachable)

    def _truncated(self, error: LogTruncationError, firsts: Mapping[Partition, int]) -> None:
        for tp, found in error.divergent_offsets.items():
            partition = Partition(*tp)
            first = firsts[partition]
            end = first if found is None else found.offset
            raise PositionLostError(partition, self._next[partition], first, end) from error

    def _unexpected(self, error: Exception) -> None:
        self._discard()
        self._failures += 1
        log.warning(
            "kafka_consumer_discarded",
            error=f"{type(error).__name__}: {error}",
            failures=self._failures,
            positions={_name(p): offset for p, offset in self._next.items()},
        )
        if self._failures >= _GIVE_UP_AFTER and not isinstance(error, RetriableError):
            raise error

    def _fresh_ends(self) -> Mapping[Partition, int]:
        """Return the ends, asking again once they are a second old; in vain, the old ones stay."""
        now = time.monotonic()
        if now >= self._ends_until:
            try:
                self.end_offsets()
                if not self._reachable:
                    log.info("kafka_reachable_again")
                self._reachable = True
            except ServerUnreachableError as error:
                self._lost_sight(error)
            self._ends_until = time.monotonic() + _ENDS_AGE_S
        return self._ends

    def _raise_deferred(self) -> None:
        error, self._deferred = self._deferred, None
        if error is not None:
            raise error

    def _lost_sight(self, error: ServerUnreachableError) -> None:
        if self._reachable:
            log.warning("kafka_unreachable", error=str(error))
        self._reachable = False

    def _position(self, partition: Partition) -> int:
        """Return the offset after the last record, and after what is never returned.

        Markers of transactions and records that compaction removed use up offsets, too; only the
        consumer knows that it has passed them.
        """
        known = self._next[partition]
        if self._consumer is None:
            return known
        try:
            passed = self._consumer.position(TopicPartition(*partition), timeout_ms=0)
        except Exception as error:  # noqa: BLE001 - the client tells only once; `poll` deals with it
            self._deferred = error
            return known
        return known if passed is None else max(known, int(passed))


def _client_names(partitions: Iterable[Partition]) -> list[TopicPartition]:
    return [TopicPartition(*partition) for partition in partitions]


def _name(partition: Partition) -> str:
    return f"{partition.topic}[{partition.number}]"
