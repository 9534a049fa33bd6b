"""Kafka behind the ports: `KafkaSource` reads, `KafkaPublisher` writes, bytes in and bytes out."""

from correlator.adapters.kafka.publisher import KafkaPublisher
from correlator.adapters.kafka.settings import (
    KafkaSettings,
    MissingExtensionError,
    SecretMissingError,
)
from correlator.adapters.kafka.source import KafkaSource, PositionLostError
from correlator.adapters.kafka.topics import UnknownTopicError, ensure_topics
from correlator.formats.topics import TopicSpec, standard_topics

__all__ = [
    "KafkaPublisher",
    "KafkaSettings",
    "KafkaSource",
    "MissingExtensionError",
    "PositionLostError",
    "SecretMissingError",
    "TopicSpec",
    "UnknownTopicError",
    "ensure_topics",
    "standard_topics",
]
