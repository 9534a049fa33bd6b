"""The document of the topics is what the code does, and what AsyncAPI asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft7Validator

from correlator.formats import published
from correlator.formats.asyncapi import OUTPUTS, document
from correlator.formats.decode import DECODERS, INPUTS, BadRecordError
from correlator.formats.decode.record import MOST_OF_AN_ID
from correlator.formats.samples import published as samples
from correlator.formats.topics import standard_topics
from correlator.formats.wire import DEAD_LETTERS, dead_letter_message
from correlator.model import State
from correlator.ports import DeadLetter, OutMessage, Record
from tests.harness.topics import message, validator
from tests.payloads import IDS, RECORDS, but

SENT = {sent.topic: sent for sent in samples()}
KEYS = {
    "": {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"},
    "channels": {"address", "description", "messages", "bindings"},
    "operations": {"action", "channel", "messages"},
    "messages": {"name", "summary", "contentType", "payload", "headers", "bindings", "examples"},
}
"""Those of AsyncAPI's that are used."""


def inside(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from inside(one)


def found(reference: str) -> Any:
    here: Any = document()
    for name in reference.removeprefix("#/").split("/"):
        here = here[name]
    return here


# ---------------------------------------------------------------------------- as AsyncAPI has it


def test_the_document_has_the_keys_that_asyncapi_knows() -> None:
    whole = document()
    assert whole["asyncapi"] == "3.0.0"
    assert set(whole) == KEYS[""]
    for kind in ("channels", "operations"):
        for name, one in whole[kind].items():
            assert re.fullmatch(r"[A-Za-z0-9_-]+", name)
            assert set(one) == KEYS[kind]
    for name, one in whole["components"]["messages"].items():
        assert one["name"] == name
        assert KEYS["messages"] - {"headers"} <= set(one) <= KEYS["messages"]


def test_every_reference_leads_somewhere_and_stands_alone() -> None:
    references = [node for node in inside(document()) if isinstance(node.get("$ref"), str)]
    assert references
    for node in references:
        assert set(node) == {"$ref"}  # draft 7 takes no notice of what is beside it
        assert found(node["$ref"])


def test_everything_in_it_is_used() -> None:
    used = {node["$ref"] for node in inside(document()) if isinstance(node.get("$ref"), str)}
    for kind, named in document()["components"].items():
        assert {f"#/components/{kind}/{name}" for name in named} <= used


def test_every_schema_is_one() -> None:
    for schema in document()["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


# --------------------------------------------------------------------------------------- topics


def test_the_channels_are_the_topics_as_they_are_created() -> None:
    told = {one["address"]: one["bindings"]["kafka"] for one in document()["channels"].values()}
    assert told.keys() == {spec.name for spec in standard_topics()}
    for spec in standard_topics(partitions=-1):
        config = told[spec.name]["topicConfiguration"]
        assert {k: v if isinstance(v, int) else ",".join(v) for k, v in config.items()} == {
            k: int(v) if v.isdigit() else v for k, v in spec.config.items()
        }
        assert told[spec.name].get("partitions", -1) == spec.partitions


def test_what_is_received_is_what_is_decoded_and_all_else_is_sent() -> None:
    ways: dict[str, set[str]] = {"receive": set(), "send": set()}
    for operation in document()["operations"].values():
        channel = found(operation["channel"]["$ref"])
        ways[operation["action"]].add(channel["address"])
        (told,) = operation["messages"]
        assert found(found(told["$ref"])["$ref"]) == message(channel["address"])
    assert ways == {"receive": set(DECODERS), "send": {sent.topic for sent in OUTPUTS}}


# ------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize("topic", [spec.name for spec in standard_topics()])
def test_every_message_has_an_example_that_is_one(topic: str) -> None:
    said = message(topic)
    (example,) = said["examples"]
    validator(said["payload"], closed=True).validate(example["payload"])
    assert set(example) == {"payload", "headers"} & set(said)
    if "headers" in said:
        validator(said["headers"], closed=True).validate(example["headers"])


@pytest.mark.parametrize("topic", DECODERS)
def test_the_example_of_an_input_is_decoded(topic: str) -> None:
    (example,) = message(topic)["examples"]
    assert DECODERS[topic](json.dumps(example["payload"]).encode()).event_id


def test_the_example_of_an_output_is_what_is_sent() -> None:
    assert SENT.keys() == {sent.topic for sent in OUTPUTS}
    for topic, sent in SENT.items():
        (example,) = message(topic)["examples"]
        assert msgspec.json.decode(sent.value or b"") == (
            json.loads(example["payload"]) if topic == DEAD_LETTERS else example["payload"]
        )
        assert sent.key is not None
        validator(message(topic)["bindings"]["kafka"]["key"]).validate(sent.key.decode())


def test_the_example_of_a_dead_letter_is_what_the_decoder_says() -> None:
    sent = SENT[DEAD_LETTERS]
    with pytest.raises(BadRecordError) as error:
        DECODERS["gi.tickets"](sent.value or b"")
    headers = dict(sent.headers)
    assert headers["dlq.error"].decode() == str(error.value)
    assert headers["dlq.reason"].decode() == error.value.reason


# ------------------------------------------------------------------------------------ the shapes


def places(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every key of a record, in lists too."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        yield (*here, key)
        if isinstance(value, dict | list):
            yield from places(value, (*here, key))


@pytest.mark.parametrize("given", INPUTS, ids=lambda given: given.name)
def test_without_a_key_schema_and_decoder_say_the_same(given: Any) -> None:
    judge = validator(message(given.topic)["payload"])
    example = json.loads(given.example)
    refused = 0
    for *above, last in places(example):
        record = deepcopy(example)
        inner = record
        for key in above:
            inner = inner[key]
        del inner[last]
        accepted = judge.is_valid(record)
        refused += not accepted
        assert accepted is decoded(given.topic, record), (*above, last)
    assert refused >= 4  # eventTime, event, what is in it, its id


def decoded(topic: str, record: Any) -> bool:
    try:
        DECODERS[topic](json.dumps(record).encode())
    except BadRecordError:
        return False
    return True


@pytest.mark.parametrize(("topic", "path"), IDS)
@pytest.mark.parametrize("odd", ["x" * (MOST_OF_AN_ID + 1), "a\0b", 7])
def test_an_id_that_is_none_is_refused_by_both(topic: str, path: str, odd: object) -> None:
    record = json.loads(but(RECORDS[topic], **{path.replace(".", "__"): odd}))
    judge = validator(message(topic)["payload"])
    assert judge.is_valid(json.loads(but(RECORDS[topic], **{path.replace(".", "__"): "x"})))
    assert not judge.is_valid(record)
    assert not decoded(topic, record)


@pytest.mark.parametrize("odd", ["x" * (MOST_OF_AN_ID + 1), "a\0b"])
def test_who_is_not_the_customer_may_be_called_anything(odd: str) -> None:
    parties = [{"id": odd, "role": "agent"}]
    record = json.loads(but(RECORDS["gi.tickets"], event__troubleTicket__relatedParty=parties))
    assert validator(message("gi.tickets")["payload"]).is_valid(record)
    assert decoded("gi.tickets", record)


def test_works_are_cancelled_by_their_id_alone() -> None:
    record = {
        "eventType": "MaintenanceCancelEvent",
        "eventTime": "2026-11-20T16:00:00Z",
        "event": {"maintenance": {"id": "M17"}},
    }
    judge = validator(message("gi.maintenance")["payload"])
    assert judge.is_valid(record)
    assert decoded("gi.maintenance", record)
    assert not judge.is_valid({**record, "eventType": "MaintenanceCreateEvent"})


def test_only_a_declaration_needs_no_incident() -> None:
    judge = validator(message("gi.actions")["payload"])
    for verb, fine in (("declare", True), ("confirm", False)):
        action = {"id": "X1", "actor": "anna", "verb": verb, "domain": "DSL-1"}
        record = {"eventTime": "2026-11-20T16:00:00Z", "event": {"action": action}}
        assert judge.is_valid(record) is decoded("gi.actions", record) is fine


def test_the_headers_of_a_letter_that_was_cut_are_of_their_shape() -> None:
    record = Record("gi.tickets", 0, 0, None, b"x" * 1_000_001, 0)
    sent: OutMessage = dead_letter_message(DeadLetter(record, "invalid", "x", 0))
    headers = {name: said.decode() for name, said in sent.headers}
    schema = message(DEAD_LETTERS)["headers"]
    validator(schema, closed=True).validate(headers)
    assert found(schema["$ref"])["properties"].keys() == headers.keys()


def test_the_states_are_the_states() -> None:
    assert set(get_args(published.State)) == {str(state) for state in State}
