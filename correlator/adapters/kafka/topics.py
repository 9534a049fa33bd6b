"""Topics: creating what is missing, and looking at what is there."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from enum import Enum

import structlog
from kafka import KafkaAdminClient
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from kafka.structs import OffsetAndMetadata, TopicPartition

from correlator.adapters.kafka.settings import KafkaSettings, open_client
from correlator.formats.topics import TopicSpec
from correlator.ports import Partition, ServerUnreachableError

log = structlog.get_logger(__name__)


class UnknownTopicError(Exception):
    """A topic that should be read does not exist."""


def ensure_topics(settings: KafkaSettings, specs: Iterable[TopicSpec]) -> tuple[str, ...]:
    """Create the topics that do not exist and return their names; existing ones stay as they are.

    Two daemons that start together may both create: whoever is second sees the topic as existing.
    """
    with closing(open_client(KafkaAdminClient, settings)) as admin:
        there = set(admin.list_topics())
        missing = [spec for spec in specs if spec.name not in there]
        if not missing:
            return ()
        answer = admin.create_topics(
            {
                spec.name: {
                    "num_partitions": spec.partitions,
                    "replication_factor": spec.replication,
                    "configs": dict(spec.config),
                }
                for spec in missing
            },
            raise_errors=False,
        )
        created = [topic["name"] for topic in answer["topics"] if _created(topic)]
        admin.wait_for_topics([spec.name for spec in missing])
    log.info("kafka_topics_created", topics=created)
    return tuple(created)


def _created(answer: Mapping[str, object]) -> bool:
    code = answer["error_code"]
    if code == 0:
        return True
    error = for_code(code)
    if error is TopicAlreadyExistsError:
        return False
    raise error(f"{answer['name']}: {answer.get('error_message')}")


class End(Enum):
    """An end of a partition's log. With open transactions the last end is where they start."""

    FIRST = OffsetSpec.EARLIEST
    LAST = OffsetSpec.LATEST


class Cluster:
    """Questions about topics, asked over a connection of their own.

    Asked over the consumer's connection, they would wait behind its long poll. Every answer comes
    within the request timeout or the call raises `ServerUnreachableError`; the connection is
    opened when it is needed and thrown away after an error.
    """

    def __init__(self, settings: KafkaSettings, request_timeout_ms: int) -> None:
        self._settings = settings
        self._timeout_ms = request_timeout_ms
        self._admin: KafkaAdminClient | None = None

    def partitions(self, topics: Sequence[str]) -> frozenset[Partition]:
        """Return all partitions of the topics; `UnknownTopicError` names those that do not exist.

        A topic whose creation is under way may be listed without partitions: it does not exist
        yet either.
        """
        try:
            described = self._open().describe_topics(list(topics))
        except KafkaError as error:
            raise self._unreachable(error) from error
        found = frozenset(
            Partition(topic["name"], partition["partition_index"])
            for topic in described
            for partition in topic["partitions"]
        )
        missing = sorted(set(topics) - {partition.topic for partition in found})
        if missing:
            raise UnknownTopicError(
                f"{', '.join(missing)}: no such topic at {self._settings.servers}, "
                f"or no permission to see it"
            )
        return found

    def offsets(self, partitions: Iterable[Partition], end: End) -> dict[Partition, int]:
        """Return one end of each partition's log, in one request per broker."""
        specs = {TopicPartition(*partition): end.value for partition in partitions}
        try:
            answer = self._open().list_partition_offsets(
                specs, isolation_level="read_committed", timeout_ms=self._timeout_ms
            )
        except KafkaError as error:
            raise self._unreachable(error) from error
        return {Partition(*partition): found.offset for partition, found in answer.items()}

    def commit(self, group: str, positions: Mapping[Partition, int]) -> None:
        """Show positions under a group's name, for lag monitors."""
        offsets = {
            TopicPartition(*partition): OffsetAndMetadata(offset, "", -1)
            for partition, offset in positions.items()
        }
        try:
            answer = self._open().alter_group_offsets(group, offsets)
        except KafkaError as error:
            raise self._unreachable(error) from error
        refused = {str(tuple(tp)): error.__name__ for tp, error in answer.items() if error.errno}
        if refused:
            log.warning("kafka_commit_refused", group=group, refused=refused)

    def close(self) -> None:
        """Let go of the connection."""
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def _open(self) -> KafkaAdminClient:
        if self._admin is None:
            self._admin = open_client(
                KafkaAdminClient,
                self._settings,
                timeout_ms=self._timeout_ms,
                request_timeout_ms=self._timeout_ms,
            )
        return self._admin

    def _unreachable(self, error: KafkaError) -> ServerUnreachableError:
        self.close()
        return ServerUnreachableError(f"Kafka at {self._settings.servers}: {error}")
