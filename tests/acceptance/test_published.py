"""What the demo's evening and people publish is of the shapes that the document of topics says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from correlator.formats.asyncapi import OUTPUTS, document
from correlator.formats.published import CHARACTERISTICS
from correlator.formats.samples import published
from correlator.formats.wire import DEAD_LETTERS, INCIDENTS, LINKS, NETWORK, TEXTS, network_message
from correlator.model import (
    Audience,
    Incident,
    IncidentChanged,
    Phase,
    Promise,
    Restore,
    State,
    Wording,
)
from correlator.ports import OutMessage
from correlator.service.hand import Hand
from tests.builders import Desk, alarm, at, calls, customers_of, spread
from tests.harness.topics import message, validator

if TYPE_CHECKING:
    from tests.harness.worlds import Evening

DETECTED = Wording(Audience.SMS, Phase.DETECTED, "Panne en cours.", "A fault.")
TIMED = Wording(Audience.SMS, Phase.TIMED, "Retour à 11 h.")
SOON = Restore(at(60), "terrain", "sûre")
FAULT = calls(spread(customers_of("DSL-1/C1"), 7), 1, 4)


@pytest.fixture(scope="module")
def handled() -> tuple[OutMessage, ...]:
    """Return what is published while people handle incidents, from first alarm to last word."""
    desk = Desk().feed([alarm(f"DSL-3/C{n}", 0.5 + n / 6) for n in range(1, 5)])
    desk.feed(FAULT)
    (incident,) = desk.announced()
    told = [
        desk.act("acknowledge", incident, 30),
        desk.act("confirm", incident, 31),
        desk.act("promise", incident, 32, restore=SOON),
        desk.act("say", incident, 33, wording=DETECTED),
        desk.act("say", incident, 34, wording=TIMED),
        desk.act("unlink", incident, 35, tickets=desk.linked(incident)[:1]),
        desk.act("declare", "", 36, domain="DSL-4/C1", symptom="no-sync"),
    ]
    (other,) = (one for one in desk.announced() if one.id != incident.id)
    told += [
        desk.act("merge", other, 37, into=incident.id),
        desk.act("resolve", incident, 38, reason="carte changée"),
        desk.act("close", incident, 39),
    ]
    assert told == [""] * len(told)
    hand = Hand()
    hand.effects += [one.effect for one in desk.told]
    return hand.messages((), ())


def judged(topic: str, values: list[Any]) -> None:
    """Hold values to what the document says of a topic, which names every key."""
    judge = validator(message(topic)["payload"], closed=True)
    assert values
    for value in values:
        judge.validate(value)


@pytest.mark.parametrize("topic", [INCIDENTS, NETWORK, LINKS])
def test_all_of_an_evening_is_of_its_shape(evening: Evening, topic: str) -> None:
    lines = (evening.folder / f"{topic}.jsonl").read_bytes().splitlines()
    judged(topic, [msgspec.json.decode(line) for line in lines])


def test_an_evening_publishes_on_topics_of_the_document_alone(evening: Evening) -> None:
    topics = {path.stem for path in evening.folder.glob("gi.*.jsonl")}
    assert topics <= {sent.topic for sent in OUTPUTS}


@pytest.mark.parametrize("topic", [INCIDENTS, NETWORK, LINKS, TEXTS])
def test_what_comes_of_people_is_of_its_shape(handled: tuple[OutMessage, ...], topic: str) -> None:
    sent = [one for one in handled if one.topic == topic]
    judged(topic, [msgspec.json.decode(one.value or b"") for one in sent])
    key = validator(message(topic)["bindings"]["kafka"]["key"])
    for one in sent:
        assert one.key is not None
        key.validate(one.key.decode())
    assert not any(one.headers for one in sent)


def test_versions_rise_and_there_are_no_tombstones(handled: tuple[OutMessage, ...]) -> None:
    latest: dict[tuple[str, bytes | None], int] = {}
    for one in handled:
        value = msgspec.json.decode(one.value or b"")
        value = value["event"]["serviceProblem"] if "event" in value else value
        assert value["version"] > latest.get((one.topic, one.key), -1)
        latest[one.topic, one.key] = value["version"]


def test_nothing_is_in_the_shapes_that_is_never_published(handled: tuple[OutMessage, ...]) -> None:
    whole = [*handled, *published(), everything()]
    for sent in OUTPUTS:
        if sent.topic == DEAD_LETTERS:
            continue  # of any shape; its headers have a test of their own
        values = [msgspec.json.decode(one.value or b"") for one in whole if one.topic == sent.topic]
        assert named(message(sent.topic)["payload"], values) == set()
    told = msgspec.json.decode(everything().value or b"")["event"]["serviceProblem"]
    assert [one["name"] for one in told["characteristic"]] == list(CHARACTERISTICS)


def everything() -> OutMessage:
    """Return an incident that leaves out nothing that an incident can have."""
    (first, *_) = (one for one in Desk().feed(FAULT).announced())
    whole: Incident = replace(
        first,
        state=State.MERGED,
        parent="GI-20261122-7f3a91c2",
        resolved=at(60),
        equivalents=("DSL-9",),
        healthy=1,
        siblings=2,
        owner="nord",
        confirmed_by="anna",
        procedure="https://procedures.example/1",
        catalog="7",
        promise=Promise(1, SOON, "anna", at(32)),
    )
    return network_message(IncidentChanged(whole, "state"))


def named(schema: dict[str, Any], values: list[Any]) -> set[str]:
    """Return the keys that a schema names and none of the values has."""
    for one in schema.get("allOf", ()):
        return named(one, values)
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return named(document()["components"]["schemas"][name], values)
    if "items" in schema:
        return named(schema["items"], [one for value in values for one in value])
    missing: set[str] = set()
    for key, inner in schema.get("properties", {}).items():
        there = [value[key] for value in values if key in value]
        missing |= named(inner, there) if there else {key}
    return missing
