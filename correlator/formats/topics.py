"""The topics that the correlator reads and writes, as it creates them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from correlator.formats.decode import INPUTS
from correlator.formats.wire import DEAD_LETTERS, INCIDENTS, LINKS, NETWORK, TEXTS
from correlator.model import DAY


class TopicSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic to create; -1 leaves a count to the broker's default."""

    name: str
    partitions: int = -1
    replication: int = -1
    config: Mapping[str, str] = {}


def standard_topics(partitions: int = -1, replication: int = -1) -> tuple[TopicSpec, ...]:
    """Return the contract's topics; `partitions` is for those that are spread; others have one.

    What the correlator publishes about an incident or a link is kept for ever, latest version
    only, and a tombstone stays long enough for a reader that was down for a week.
    """
    compacted = {"cleanup.policy": "compact", "delete.retention.ms": str(7 * DAY)}

    def kept(days: int) -> dict[str, str]:
        return {"cleanup.policy": "delete", "retention.ms": str(days * DAY)}

    return (
        *(
            TopicSpec(
                read.topic, partitions if read.spread else 1, replication, kept(read.kept_days)
            )
            for read in INPUTS
        ),
        TopicSpec(INCIDENTS, partitions, replication, compacted),
        TopicSpec(NETWORK, partitions, replication, compacted),
        TopicSpec(LINKS, partitions, replication, compacted),
        TopicSpec(TEXTS, partitions, replication, compacted),
        TopicSpec(DEAD_LETTERS, 1, replication, kept(90)),
    )
