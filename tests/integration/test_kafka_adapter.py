import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import CorruptRecordError, RetriableError
from kafka.net.inet import KafkaNetSocket
from kafka.net.transport import KafkaTCPTransport
from kafka.structs import TopicPartition
from structlog.testing import capture_logs

from correlator.adapters.kafka import (
    KafkaPublisher,
    KafkaSettings,
    KafkaSource,
    MissingExtensionError,
    PositionLostError,
    SecretMissingError,
    TopicSpec,
    UnknownTopicError,
    ensure_topics,
    standard_topics,
)
from correlator.adapters.kafka.settings import open_client
from correlator.ports import OutMessage, Partition, Record, ServerUnreachableError
from tests.harness.broker import PASSWORD, READER, Broker

pytestmark = pytest.mark.kafka

GARBAGE = (b"", b"\x00", b"\xff\xfe\x00\xd8", b'{"eventId":', b"\r\n\x1a" * 400, bytes(range(256)))


def settings_for(broker: Broker, **changes: object) -> KafkaSettings:
    return KafkaSettings(**{"bootstrap_servers": (broker.bootstrap,), **changes})  # type: ignore[arg-type]


def impatient(broker: Broker) -> KafkaSettings:
    return settings_for(
        broker, connect_timeout_ms=2_000, request_timeout_ms=2_000, delivery_timeout_ms=4_000
    )


@pytest.fixture
def topic(kafka_broker: Broker, topic_prefix: str) -> str:
    name = topic_prefix + "in"
    kafka_broker.create_topics({name: (3, {})})
    return name


@pytest.fixture
def publisher(kafka_broker: Broker) -> Iterator[KafkaPublisher]:
    with closing(KafkaPublisher(settings_for(kafka_broker))) as opened:
        yield opened


@pytest.fixture
def source(kafka_broker: Broker, topic: str) -> Iterator[KafkaSource]:
    with closing(KafkaSource(settings_for(kafka_broker), [topic])) as opened:
        yield opened


def numbered(topic: str, numbers: Sequence[int]) -> list[OutMessage]:
    return [OutMessage(topic, b"k%d" % n, b"v%d" % n) for n in numbers]


def read(source: KafkaSource, wanted: int, within_s: float = 20) -> list[Record]:
    records: list[Record] = []
    until(lambda: len(records) >= wanted, lambda: records.extend(source.poll(100, 500)), within_s)
    return records


def until(true: Callable[[], bool], step: Callable[[], object], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        step()


def values(records: Sequence[Record]) -> list[bytes]:
    return sorted(record.value for record in records)


def per_partition(records: Sequence[Record]) -> dict[int, list[int]]:
    return {
        number: [r.offset for r in records if r.partition == number]
        for number in {r.partition for r in records}
    }


def test_bytes_come_back_as_they_went_in(
    publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    good = b'{"eventId":"e1"}'
    sent = [OutMessage(topic, b"\xffkey", value) for value in (good, *GARBAGE, good)]
    sent.append(OutMessage(topic, None, b"no key", (("dlq.reason", b"\x00"),)))
    before_ms = time.time_ns() // 1_000_000 - 1

    assert publisher.publish(sent) == [None] * len(sent)
    got = read(source, len(sent))

    assert values(got) == sorted(message.value for message in sent if message.value is not None)
    assert {record.key for record in got} == {b"\xffkey", None}
    assert all(record.topic == topic and record.timestamp >= before_ms for record in got)
    in_order = [r.value for r in got if r.key is not None]
    assert in_order == [good, *GARBAGE, good], "one key, one partition, one order"


def test_a_tombstone_is_published_and_read_as_an_empty_value(
    publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    assert publisher.publish([OutMessage(topic, b"k", None)]) == [None]
    assert [(r.key, r.value) for r in read(source, 1)] == [(b"k", b"")]


def test_a_batch_has_at_most_the_records_asked_for(
    publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    publisher.publish(numbered(topic, range(50)))
    sizes: list[int] = []
    until(lambda: sum(sizes) == 50, lambda: sizes.append(len(source.poll(100, 7))))
    assert max(sizes) == 7


def test_another_source_goes_on_from_given_positions(
    kafka_broker: Broker, publisher: KafkaPublisher, topic: str
) -> None:
    publisher.publish(numbered(topic, range(60)))
    with closing(KafkaSource(settings_for(kafka_broker), [topic])) as first:
        everything = read(first, 60)
    offsets = per_partition(everything)
    positions = {Partition(topic, 0): offsets[0][4], Partition(topic, 1): len(offsets[1])}

    with closing(KafkaSource(settings_for(kafka_broker), [topic])) as second:
        second.seek(positions)
        wanted = len(offsets[0]) - 4 + len(offsets[2])
        got = per_partition(read(second, wanted))
        assert got == {0: offsets[0][4:], 2: offsets[2]}, "0 from there, 1 done, 2 from its first"
        assert second.poll(200, 10) == []
        second.seek({})
        assert values(read(second, 60)) == values(everything)


def test_caught_up_and_lag_follow_the_ends(
    publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    assert source.partitions() == {Partition(topic, n) for n in range(3)}
    assert source.caught_up() == source.partitions(), "empty partitions are caught up"

    publisher.publish(numbered(topic, range(30)))
    until(lambda: sum(source.lag().values()) == 30, lambda: time.sleep(0.05))
    assert source.caught_up() < source.partitions()
    assert sum(source.end_offsets().values()) == 30

    read(source, 30)
    assert source.caught_up() == source.partitions()
    assert set(source.lag().values()) == {0}


def test_a_paused_partition_keeps_its_records_until_resumed(
    publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    held = Partition(topic, 0)
    source.pause([held])
    publisher.publish(numbered(topic, range(60)))
    until(lambda: sum(source.lag().values()) == 60, lambda: time.sleep(0.05))
    others = 60 - source.lag()[held]

    got = read(source, others)
    assert {r.partition for r in got} == {1, 2}
    assert source.poll(200, 500) == []
    assert held not in source.caught_up()

    source.pause([Partition(topic, 1)])
    assert {r.partition for r in read(source, 60 - others)} == {0}
    publisher.publish(numbered(topic, range(60)))
    source.pause([])
    assert {r.partition for r in read(source, 60)} == {0, 1, 2}


def test_new_partitions_are_read_from_their_first_record(
    kafka_broker: Broker, source: KafkaSource, topic: str
) -> None:
    assert source.refresh() == frozenset()
    with kafka_broker.admin() as admin:
        admin.create_partitions({topic: 5})
    # Written before the source knows of the partition: nothing of it may be missed.
    with closing(open_client(KafkaProducer, settings_for(kafka_broker))) as producer:
        until(lambda: len(producer.partitions_for(topic)) == 5, lambda: None)
        producer.send(topic, b"early", partition=4).get(10)

    assert source.refresh() == {Partition(topic, 3), Partition(topic, 4)}
    assert [(r.partition, r.value) for r in read(source, 1)] == [(4, b"early")]
    assert source.partitions() == {Partition(topic, n) for n in range(5)}


def test_a_partition_that_was_not_listed_at_the_start_goes_on_where_it_was(
    kafka_broker: Broker, source: KafkaSource, topic: str
) -> None:
    source.seek({Partition(topic, 3): 1})
    with kafka_broker.admin() as admin:
        admin.create_partitions({topic: 4})
    with closing(open_client(KafkaProducer, settings_for(kafka_broker))) as producer:
        until(lambda: len(producer.partitions_for(topic)) == 4, lambda: None)
        for value in (b"applied", b"new"):
            producer.send(topic, value, partition=3).get(10)

    assert source.refresh() == {Partition(topic, 3)}
    assert [r.value for r in read(source, 1)] == [b"new"]


def test_looking_for_partitions_in_vain_is_no_error(kafka_broker: Broker, topic: str) -> None:
    with closing(KafkaSource(impatient(kafka_broker), [topic])) as source:
        with kafka_broker.outage(), capture_logs() as logs:
            assert source.refresh() == frozenset()
        assert "kafka_unreachable" in [entry["event"] for entry in logs]
        assert source.refresh() == frozenset()


def test_aborted_transactions_are_not_seen_and_do_not_hold_up_the_end(
    kafka_broker: Broker, source: KafkaSource, topic: str, topic_prefix: str
) -> None:
    settings = settings_for(kafka_broker)
    producer = open_client(KafkaProducer, settings, transactional_id=topic_prefix + "t")
    with closing(producer):
        producer.init_transactions()
        for value, finish in (
            (b"no", producer.abort_transaction),
            (b"yes", producer.commit_transaction),
        ):
            producer.begin_transaction()
            producer.send(topic, value, partition=0)
            finish()

    assert values(read(source, 1)) == [b"yes"]
    # The commit's marker takes an offset and is never returned.
    until(lambda: source.caught_up() == source.partitions(), lambda: source.poll(100, 10))


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_nothing_is_lost_while_the_broker_is_away(
    kafka_broker: Broker, topic: str, *, kill: bool
) -> None:
    settings = impatient(kafka_broker)
    numbers = count()
    waiting: list[OutMessage] = []
    got: list[Record] = []

    with (
        closing(KafkaPublisher(settings)) as publisher,
        closing(KafkaSource(settings, [topic])) as source,
    ):

        def work() -> None:
            """Publish what failed before what is new, as the outbox does, and read."""
            waiting.extend(numbered(topic, [next(numbers)]))
            answers = publisher.publish(waiting)
            waiting[:] = [m for m, error in zip(waiting, answers, strict=True) if error is not None]
            got.extend(source.poll(50, 500))

        until(lambda: len(got) >= 5, work)
        with kafka_broker.outage(kill=kill):
            work()
            work()
            assert len(waiting) == 2, "each failure is reported"
            assert source.caught_up() == frozenset(), "nobody knows what waits"
        until(lambda: not waiting, work)
        total = next(numbers)
        everything = {b"v%d" % n for n in range(total)}
        until(
            lambda: {r.value for r in got} == everything, lambda: got.extend(source.poll(50, 500))
        )
        until(lambda: source.caught_up() == source.partitions(), lambda: source.poll(50, 500))

    seen = [(r.partition, r.offset) for r in got]
    assert len(seen) == len(set(seen)), "no record was returned twice"


def test_each_message_has_its_own_answer(
    publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    answers = publisher.publish(
        [
            OutMessage(topic, b"a", b"1"),
            OutMessage(topic, b"b", b"x" * 2_000_000),
            OutMessage(topic, None, None),
            OutMessage("no such topic!", b"c", b"2"),
            OutMessage(topic, b"d", b"3"),
        ]
    )
    assert [type(a).__name__ for a in answers] == [
        "NoneType", "MessageSizeTooLargeError", "ValueError", "ValueError", "NoneType",
    ]  # fmt: skip
    assert values(read(source, 2)) == [b"1", b"3"]
    assert publisher.publish([OutMessage(topic, b"e", b"4")]) == [None], "and it goes on"
    assert publisher.publish([]) == []


def test_an_unknown_topic_fails_its_messages_once_and_in_time(
    kafka_broker: Broker, topic: str
) -> None:
    with closing(KafkaPublisher(impatient(kafka_broker))) as publisher:
        started = time.monotonic()
        answers = publisher.publish([*numbered("nowhere", range(20)), *numbered(topic, [1])])
        assert time.monotonic() - started < 6
    assert [answer is None for answer in answers] == [False] * 20 + [True]


def test_an_unexpected_error_rebuilds_the_consumer_and_loses_nothing(
    publisher: KafkaPublisher, source: KafkaSource, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(numbered(topic, range(40)))
    got = list(read(source, 1))
    source.pause([Partition(topic, 0)])
    broken = source._consumer
    assert broken is not None

    def fail(**_: object) -> None:
        raise CorruptRecordError("checksum")

    monkeypatch.setattr(broken, "poll", fail)
    with capture_logs() as logs:
        assert source.poll(100, 10) == []
        assert source._consumer is None
        until(lambda: source._consumer is not None, lambda: got.extend(source.poll(100, 10)))
    assert [entry["event"] for entry in logs] == [
        "kafka_consumer_discarded",
        "kafka_consumer_rebuilt",
    ]
    source.pause([])
    got += read(source, 40 - len(got))
    assert per_partition(got) == {n: list(range(len(o))) for n, o in per_partition(got).items()}


def test_closing_while_a_request_waits_to_be_sent_leaves_no_socket(
    kafka_broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets: list[socket.socket] = []
    make, send = KafkaNetSocket.socket, KafkaTCPTransport._write_to_sock

    def recorded(self: KafkaNetSocket, *arguments: int) -> socket.socket:
        sockets.append(make(self, *arguments))
        return sockets[-1]

    async def slow(self: KafkaTCPTransport) -> None:
        await self._net.sleep(0.002)
        await send(self)

    monkeypatch.setattr(KafkaNetSocket, "socket", recorded)
    monkeypatch.setattr(KafkaTCPTransport, "_write_to_sock", slow)
    for wait_ms in range(95, 115):  # the consumer's second connection is made after 100 ms
        source = KafkaSource(settings_for(kafka_broker), [topic])
        source.poll(wait_ms, 1)
        with capture_logs() as logs:
            source.close()
        assert logs == []
    assert len(sockets) >= 60
    assert [s for s in sockets if s.fileno() != -1] == []


def test_an_error_that_does_not_pass_is_raised_in_the_end(
    source: KafkaSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("disk gone")

    monkeypatch.setattr("kafka.KafkaConsumer.poll", fail)
    for _ in range(4):
        assert source.poll(10, 10) == []
    with pytest.raises(ValueError, match="disk gone"):
        source.poll(10, 10)


def test_records_that_retention_deleted_are_reported_and_passed_over(
    kafka_broker: Broker, publisher: KafkaPublisher, topic_prefix: str
) -> None:
    name = topic_prefix + "old"
    kafka_broker.create_topics({name: (1, {})})
    publisher.publish(numbered(name, range(10)))
    where = Partition(name, 0)
    with closing(KafkaSource(settings_for(kafka_broker), [name])) as source:
        with kafka_broker.admin() as admin:
            admin.delete_records({TopicPartition(*where): 6})
        with capture_logs() as logs:
            got = read(source, 4)
        assert [r.offset for r in got] == [6, 7, 8, 9]
        lost = [entry for entry in logs if entry["event"] == "kafka_records_lost"]
        assert [(e["wanted"], e["first"], e["lost"], e["log_level"]) for e in lost] == [
            (0, 6, 6, "error")
        ]

        with capture_logs() as logs:
            source.seek({where: 2})
        assert [e["lost"] for e in logs if e["event"] == "kafka_records_lost"] == [4]
        source.seek({where: 10})
        assert source.caught_up() == {where}


def test_a_position_beyond_the_end_is_refused(
    kafka_broker: Broker, publisher: KafkaPublisher, source: KafkaSource, topic: str
) -> None:
    with pytest.raises(
        PositionLostError, match=r"\[1\]: position 99 is beyond the end; Kafka holds 0 to 0"
    ):
        source.seek({Partition(topic, 1): 99})

    publisher.publish(numbered(topic, range(9)))
    read(source, 9)
    with kafka_broker.admin() as admin:
        admin.delete_topics([topic])
        until(lambda: topic not in admin.list_topics(), lambda: time.sleep(0.05))
    kafka_broker.create_topics({topic: (3, {})})
    with pytest.raises(PositionLostError) as caught:
        until(lambda: False, lambda: source.poll(100, 10))
    assert caught.value.partition.topic == topic
    assert (caught.value.first, caught.value.end) == (0, 0)


def test_missing_topics_and_brokers_are_named(kafka_broker: Broker, topic: str) -> None:
    with pytest.raises(UnknownTopicError, match=r"gi\.nowhere"):
        KafkaSource(settings_for(kafka_broker), [topic, "gi.nowhere"])
    nobody = KafkaSettings(
        bootstrap_servers=("127.0.0.1:9", "127.0.0.1:10"), connect_timeout_ms=500
    )
    for start in (lambda: KafkaSource(nobody, [topic]), lambda: KafkaPublisher(nobody)):
        started = time.monotonic()
        with pytest.raises(
            ServerUnreachableError, match=r"127\.0\.0\.1:9,127\.0\.0\.1:10 within 0.5 s"
        ):
            start()
        assert time.monotonic() - started < 5


def test_topics_are_created_once_with_their_retention(
    kafka_broker: Broker, topic_prefix: str
) -> None:
    specs = [
        TopicSpec(topic_prefix + spec.name, spec.partitions, spec.replication, spec.config)
        for spec in standard_topics(partitions=2)
    ]
    settings = settings_for(kafka_broker)
    kafka_broker.create_topics({specs[0].name: (7, {"retention.ms": "1000"})})

    assert ensure_topics(settings, specs) == tuple(spec.name for spec in specs[1:])
    assert ensure_topics(settings, specs) == ()

    with kafka_broker.admin() as admin:
        sizes = {
            t["name"]: len(t["partitions"]) for t in admin.describe_topics([s.name for s in specs])
        }
        resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
        configs = admin.describe_configs(resources)["topic"]
    found = {name.removeprefix(topic_prefix): config for name, config in configs.items()}
    policies = {
        name: config.get("cleanup.policy", {}).get("value") for name, config in found.items()
    }
    assert policies == {
        "gi.tickets": None,
        "gi.alarms": "delete",
        "gi.maintenance": "delete",
        "gi.actions": "delete",
        "gi.incidents": "compact",
        "gi.ticket-links": "compact",
        "gi.network-incidents": "compact",
        "gi.texts": "compact",
        "gi.dead-letters": "delete",
    }
    assert found["gi.tickets"]["retention.ms"]["value"] == "1000", "an existing topic is left alone"
    assert sizes[specs[0].name] == 7
    assert sizes[topic_prefix + "gi.incidents"] == 2
    assert sizes[topic_prefix + "gi.dead-letters"] == 1


def test_positions_are_shown_to_lag_monitors(
    kafka_broker: Broker, publisher: KafkaPublisher, topic: str, topic_prefix: str
) -> None:
    group = topic_prefix + "group"
    publisher.publish(numbered(topic, range(9)))
    where = Partition(topic, 0)
    settings = settings_for(kafka_broker, group_id=group)
    with closing(KafkaSource(settings, [topic])) as source, kafka_broker.admin() as admin:

        def shown() -> dict[Partition, int]:
            try:
                found = admin.list_group_offsets({group: None})[group]
            except RetriableError:  # Kafka is still making its own topic for positions
                return {}
            return {Partition(*tp): answer.offset for tp, answer in found.items()}

        until(lambda: shown() == {where: 1}, lambda: source.commit({where: 1}))


@pytest.mark.parametrize("given", ["literal", "file", "env"])
def test_a_password_opens_the_connection_and_never_shows(
    kafka_broker: Broker,
    topic: str,
    *,
    given: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "secret").write_text(PASSWORD + "\n")
    monkeypatch.setenv("GI_TEST_PASSWORD", PASSWORD)
    reference = {
        "literal": PASSWORD,
        "file": f"file:{tmp_path}/secret",
        "env": "env:GI_TEST_PASSWORD",
    }
    settings = _with_password(kafka_broker, reference[given])
    caplog.set_level(logging.DEBUG)

    with capture_logs() as logs, closing(KafkaPublisher(settings)) as publisher:
        assert publisher.publish(numbered(topic, [1])) == [None]
        with closing(KafkaSource(settings, [topic])) as source:
            assert values(read(source, 1)) == [b"v1"]
            clients = f"{source._consumer.config} {publisher._producer.config}"  # type: ignore[union-attr]
        assert ensure_topics(settings, [TopicSpec(topic)]) == ()

    for shown in (repr(settings), str(settings), caplog.text, str(logs), clients):
        assert PASSWORD not in shown
    assert (reference[given] in repr(settings)) == (given != "literal"), "a reference may show"


def test_a_wrong_password_is_reported_without_showing_it(
    kafka_broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = msgspec.structs.replace(
        _with_password(kafka_broker, "wrong-4711"), connect_timeout_ms=1_500
    )
    with pytest.raises(ServerUnreachableError, match="SASL_PLAINTEXT") as caught:
        KafkaPublisher(settings)
    assert "wrong-4711" not in f"{caplog.text} {caught.value}"


def _with_password(broker: Broker, reference: str) -> KafkaSettings:
    return KafkaSettings(
        bootstrap_servers=(broker.sasl_bootstrap,),
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_plain_username=READER,
        sasl_plain_password=reference,
    )


def test_unknown_settings_and_missing_secrets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match="sasl_plain_passwrd"):
        msgspec.convert({"sasl_plain_passwrd": "x"}, KafkaSettings)
    with pytest.raises(msgspec.ValidationError, match="delivery_timeout_ms must exceed"):
        msgspec.convert({"delivery_timeout_ms": 10_000}, KafkaSettings)
    decoded = msgspec.json.decode(b'{"ssl_password":"hush"}', type=KafkaSettings)
    assert "hush" not in repr(decoded)
    for reference, named in (("env:GI_NOT_SET", "GI_NOT_SET"), (f"file:{tmp_path}/no", "no")):
        settings = KafkaSettings(ssl_password=reference)
        with pytest.raises(SecretMissingError, match=rf"kafka\.ssl_password.*{named}"):
            settings.security()


def test_the_start_fails_without_the_compiled_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crc32c", None)
    with pytest.raises(MissingExtensionError, match=r"crc32c.*kafka-python\[crc32c,lz4,zstd\]"):
        KafkaSource(KafkaSettings(), ["any"])
    with pytest.raises(MissingExtensionError, match="crc32c"):
        KafkaPublisher(KafkaSettings())
