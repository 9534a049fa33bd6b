"""The AsyncAPI 3.0 document of the topics, made of the types of what goes in and comes out."""

from __future__ import annotations

import inspect
from functools import cache
from importlib.metadata import version
from typing import Any, Final

import msgspec

from correlator.formats.decode import DECODERS, INPUTS, Input
from correlator.formats.decode.record import MOST_LEVELS, MOST_OF_A_TEXT, MOST_OF_A_WORD
from correlator.formats.published import (
    DeadLetterHeaders,
    GenericIncidentRecord,
    NetworkIncidentRecord,
    TextRecord,
    TicketLinkRecord,
)
from correlator.formats.samples import published
from correlator.formats.topics import TopicSpec, standard_topics
from correlator.formats.wire import DEAD_LETTERS, INCIDENTS, LINKS, NETWORK, TEXTS
from correlator.model import DAY, Audience
from correlator.ports import OutMessage

_REF: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_BINDING: Final = "0.5.0"
"""The version of what is said of Kafka alone."""
_INCIDENT: Final = r"GI-\d{8}-[0-9a-f]{8}"
_ABOUT: Final = f"""\
Finds the one faulty equipment behind many customers' tickets. What is received here comes from
ticket tools, supervision, planning and the cell; what is sent is for all who work with incidents.

Times are RFC 3339 with an offset; what is sent is UTC. Unknown keys are ignored, and readers are
asked to ignore them. A record that lacks a mandatory key, or has one of a wrong type, becomes a
dead letter, and so does one that is nested more than {MOST_LEVELS} levels deep. `eventTime` is when
something arrived and orders events; before 1970 it is refused. Any other time before 2 January 1970
is an empty date and counts as missing. `eventId` shows in ids of incidents; without it the
payload's id. Words are cut to {MOST_OF_A_WORD} characters and texts to {MOST_OF_A_TEXT:,}; ids are
not, and longer ones refused.

Delivery is at least once: drop a `version` that is not higher than the one you have for the key.
Nothing is deleted from the compacted topics, and no tombstones are sent."""


class Output(msgspec.Struct, frozen=True):
    """What goes out on a topic; `payload` and `headers` are types, `key` a JSON Schema.

    Without a payload the value is bytes of any kind.
    """

    topic: str
    name: str
    payload: Any
    key: dict[str, Any]
    says: str
    headers: Any = None


def _key(pattern: str, says: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$", "description": says}


_OF_AN_INCIDENT: Final = _key(_INCIDENT, "The incident.")
OUTPUTS: Final = (
    Output(
        INCIDENTS,
        "GenericIncidentRecord",
        GenericIncidentRecord,
        _OF_AN_INCIDENT,
        "Every announced incident, whole, at each change, as TMF656 writes service problems.",
    ),
    Output(
        NETWORK,
        "NetworkIncidentRecord",
        NetworkIncidentRecord,
        _OF_AN_INCIDENT,
        "Alarms of one cause, for the NOC, whether anybody has called or not.",
    ),
    Output(
        LINKS,
        "TicketLinkRecord",
        TicketLinkRecord,
        _key(rf"[^\x00]+\|{_INCIDENT}", "`ticketId|incidentId`"),
        "One record per ticket and incident: linked, suggested, unlinked.",
    ),
    Output(
        TEXTS,
        "TextRecord",
        TextRecord,
        _key(rf"{_INCIDENT}\|({'|'.join(sorted(Audience))})", "`incidentId|audience`"),
        "Texts that the cell has approved. One per incident and audience is in force: the former "
        "one comes with its `withdrawnAt` before another, and when the incident is over.",
    ),
    Output(
        DEAD_LETTERS,
        "DeadLetter",
        None,
        {"description": "That of the record, if it had one."},
        "Records that cannot be used, byte by byte under their own key, at most a million bytes of "
        "a value and 10,000 of a key; the reason is in the headers.",
        DeadLetterHeaders,
    ),
)
"""Everything that goes out."""


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    messages = _messages()
    channels = {topic: _channel(topic) for topic in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "correlator",
            "version": version("correlator"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _JSON,
        "channels": {
            channels[spec.name]: _topic(spec, messages[spec.name]) for spec in standard_topics()
        },
        "operations": {
            _operation_name(way, channel): _operation(way, channel, messages[topic]["name"])
            for topic, channel in channels.items()
            for way in ["receive" if topic in DECODERS else "send"]
        },
        "components": {
            "messages": {message["name"]: message for message in messages.values()},
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Any]:
    """Return the schemas of all types. To what comes in belongs what it is called, unread."""
    given = [one.record for one in INPUTS]
    sent = [kind for one in OUTPUTS for kind in (one.payload, one.headers) if kind]
    roots, found = msgspec.json.schema_components([*given, *sent], ref_template=_REF)
    for one, root in zip(INPUTS, roots, strict=False):
        properties = found[_name(root)]["properties"]
        says = "What it is called. Only what cancels works is looked at."
        called = {"description": says, "examples": list(one.event_types)}
        properties["eventType"] = properties.get("eventType", {}) | called
    return {name: plain(schema) for name, schema in found.items()}


def _messages() -> dict[str, dict[str, Any]]:
    """Return the one message of each topic."""
    examples = {message.topic: message for message in published()}
    received = {given.topic: _received(given) for given in INPUTS}
    return received | {sent.topic: _sent(sent, examples[sent.topic]) for sent in OUTPUTS}


def _channel(topic: str) -> str:
    return topic.removeprefix("gi.")


def _topic(spec: TopicSpec, message: dict[str, Any]) -> dict[str, Any]:
    """Return a topic as it is created; a count that is left to the broker is left out."""
    days = int(spec.config.get("retention.ms", 0)) // DAY
    kept = f"for {days} days" if days else "for ever, the latest record of each key"
    spread = spec.partitions < 0
    over = "as many partitions as the broker gives" if spread else "one partition"
    config = {key: int(value) for key, value in spec.config.items() if value.isdigit()}
    return {
        "address": spec.name,
        "description": f"{message['summary']} Created over {over}, and kept {kept}.",
        "messages": {message["name"]: {"$ref": f"#/components/messages/{message['name']}"}},
        "bindings": {
            "kafka": {
                **({} if spread else {"partitions": spec.partitions}),
                "topicConfiguration": {"cleanup.policy": [spec.config["cleanup.policy"]], **config},
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation_name(way: str, channel: str) -> str:
    return way + channel.title().replace("-", "")


def _operation(way: str, channel: str, name: str) -> dict[str, Any]:
    return {
        "action": way,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"}],
    }


def _received(given: Input) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([given.record], ref_template=_REF)
    return {
        "name": _name(schema),
        "summary": given.says,
        "contentType": _JSON,
        "payload": plain(schema),
        "bindings": _bindings({"description": "Not used."}),
        "examples": [{"payload": msgspec.json.decode(given.example)}],
    }


def _sent(sent: Output, example: OutMessage) -> dict[str, Any]:
    """Return a message that goes out; one without a type is bytes of any kind."""
    value = example.value or b""
    found: dict[str, Any] = {"name": sent.name, "summary": sent.says, "contentType": _JSON}
    if sent.payload is None:
        says = "The value of the record as it came."
        found |= {"contentType": "application/octet-stream", "payload": {"description": says}}
        shown: dict[str, Any] = {"payload": value.decode()}
    else:
        found |= {"payload": _reference(sent.payload)}
        shown = {"payload": msgspec.json.decode(value)}
    if sent.headers is not None:
        found |= {"headers": _reference(sent.headers)}
        shown |= {"headers": {name: said.decode() for name, said in example.headers}}
    return {**found, "bindings": _bindings(sent.key), "examples": [shown]}


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _reference(kind: type) -> dict[str, Any]:
    return {"$ref": _REF.format(name=kind.__name__)}


def _bindings(key: dict[str, Any]) -> dict[str, Any]:
    return {"kafka": {"key": key, "bindingVersion": _BINDING}}


def plain(schema: Any) -> Any:
    """Return a schema of msgspec's as draft 7 of JSON Schema has it, on which AsyncAPI builds.

    There nothing counts that stands beside a reference. Descriptions are docstrings, unfolded.
    """
    if isinstance(schema, list | tuple):
        return [plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: plain(value) for key, value in schema.items()}
    if isinstance(found.get("description"), str):
        paragraphs = inspect.cleandoc(found["description"]).split("\n\n")
        found["description"] = "\n\n".join(one.replace("\n", " ") for one in paragraphs)
    if "$ref" in found and len(found) > 1:
        reference = {"$ref": found.pop("$ref")}
        found = {"allOf": [reference], **found}
    return found
