"""Bytes → events: the formats that come in, decoded and validated in one pass.

Unknown keys are ignored. A record that lacks a mandatory key, or is no JSON, raises
`BadRecordError` with the key; it becomes a dead letter.

A new input is a file of its own here and a line in `INPUTS`: the topics that are created and read,
the feeds of a replay and those of the demo follow from it.
"""

from correlator.formats.decode.actions import ACTIONS, decode_action
from correlator.formats.decode.alarms import ALARMS, decode_alarm
from correlator.formats.decode.maintenance import MAINTENANCE, decode_maintenance
from correlator.formats.decode.record import BadRecordError, Input
from correlator.formats.decode.tickets import TICKETS, decode_ticket

INPUTS = (TICKETS, ALARMS, MAINTENANCE, ACTIONS)
"""Everything that comes in."""

DECODERS = {source.topic: source.decode for source in INPUTS}
"""How the records of each input topic are read."""

INGESTED = (TICKETS.topic, ALARMS.topic)
"""What systems may also post by the API."""

__all__ = [
    "ACTIONS",
    "ALARMS",
    "DECODERS",
    "INGESTED",
    "INPUTS",
    "MAINTENANCE",
    "TICKETS",
    "BadRecordError",
    "Input",
    "decode_action",
    "decode_alarm",
    "decode_maintenance",
    "decode_ticket",
]
