"""Writing: every message gets its own answer."""

import time
from collections.abc import Iterator, Sequence

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError
from kafka.producer.future import FutureRecordMetadata

from correlator.adapters.kafka.settings import KafkaSettings, open_client, require_extensions
from correlator.ports import OutMessage, ServerUnreachableError

log = structlog.get_logger(__name__)

# How long a message gathers company; the client sends it then without being flushed.
_LINGER_MS = 5
# Past its own limits the client still needs a moment to fail its batches.
_GRACE_S = 2.0


class KafkaPublisher:
    """A `Publisher` over an idempotent producer, acknowledged by all replicas in sync.

    Delivery is at least once: a message that is reported as failed may have arrived all the same,
    so its repetition carries the same `version` and readers drop it. After a failure the producer
    is thrown away with whatever it still holds, so that no stale message is sent later and an
    error state of the producer cannot outlive one call.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        require_extensions()
        self._settings = settings
        self._producer: KafkaProducer | None = self._build()

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        """Send and wait; the answer has one entry per message, None where it is safely stored.

        Takes at most the delivery timeout plus one request timeout and two seconds; while no
        broker answers and the producer has to be built again, the connect timeout.
        """
        limit_ms = self._settings.delivery_timeout_ms + self._settings.request_timeout_ms
        deadline = time.monotonic() + limit_ms / 1000 + _GRACE_S
        try:
            if self._producer is None:
                self._producer = self._build()
        except ServerUnreachableError as error:
            return [error] * len(messages)
        sent = list(_send_all(self._producer, messages))
        answers = [s if isinstance(s, Exception) else _outcome(s, deadline) for s in sent]
        failed = [error for error in answers if error is not None]
        if failed:
            log.warning(
                "kafka_publish_failed",
                failed=len(failed),
                published=len(answers) - len(failed),
                errors=sorted({f"{type(e).__name__}: {e}" for e in failed})[:3],
            )
            self.close()
        return answers

    def close(self) -> None:
        """Let go of the connection, and of what could not be sent."""
        producer, self._producer = self._producer, None
        if producer is not None:
            _close(producer)

    def _build(self) -> KafkaProducer:
        settings = self._settings
        return open_client(
            KafkaProducer,
            settings,
            enable_idempotence=True,
            acks="all",
            compression_type=None if settings.compression == "none" else settings.compression,
            linger_ms=_LINGER_MS,
            delivery_timeout_ms=settings.delivery_timeout_ms,
            # An unknown topic makes `send` itself wait this long.
            max_block_ms=settings.request_timeout_ms,
            allow_auto_create_topics=False,
        )


def _send_all(
    producer: KafkaProducer, messages: Sequence[OutMessage]
) -> Iterator[FutureRecordMetadata | Exception]:
    """Hand over every message; yields a future, or why there is none.

    A topic that could not be found once is not waited for again in the same call.
    """
    unknown: dict[str, Exception] = {}
    for message in messages:
        if message.topic in unknown:
            yield unknown[message.topic]
            continue
        try:
            yield producer.send(
                message.topic,
                key=message.key,
                value=message.value,
                headers=list(message.headers),
            )
        except KafkaTimeoutError as error:
            unknown[message.topic] = error
            yield error
        except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
            yield error


def _outcome(future: FutureRecordMetadata, deadline: float) -> Exception | None:
    try:
        future.get(timeout=max(0.0, deadline - time.monotonic()))
    except Exception as error:  # noqa: BLE001 - it is the answer
        return error
    return None


def _close(producer: KafkaProducer) -> None:
    """Close at once.

    `close` flushes first, and where that times out it raises and leaves the sender running;
    forced to stop, the sender fails what it holds and a second `close` finds nothing to flush.
    """
    try:
        producer.close(timeout=0.5)
    except KafkaTimeoutError:
        sender = producer._sender  # noqa: SLF001 - there is no public way, see above
        sender.force_close()
        sender.join(timeout=5)
        producer.close(timeout=0)
