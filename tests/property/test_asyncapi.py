"""Whatever comes in: the document of the topics and the decoders say the same of it.

But for what no schema says, which is named here: `BEYOND` is where the decoder refuses more.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from correlator.formats.asyncapi import document
from correlator.formats.decode import DECODERS, BadRecordError
from tests.harness.topics import message, validator

BEYOND = (
    "`eventTime` is before 1970",
    "`end` is not after `start`",
    "is an empty date",
    "an empty date - at `$.event.action.restore.time`",
)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5), st.sampled_from([2.0, "x" * 513, "a\0b"]), st.just([]), st.just({}),
    st.sampled_from(["yesterday", "2026-11-22", "2026-11-22T08:52:14"]),
)  # fmt: skip
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=ZONES),  # noqa: DTZ001 - the zones come in
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES),  # noqa: DTZ001 - same
).map(datetime.isoformat)
IN_UTC = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - same
    lambda time: time.isoformat().replace("+00:00", "Z")
)


def records(topic: str) -> st.SearchStrategy[Any]:
    """Draw what the schema of a topic is about, half of them with one thing odd or gone."""
    whole = drawn(message(topic)["payload"])
    return st.one_of(whole, st.builds(damaged, whole, st.data()))


def drawn(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw by a schema of the document; conditions in it are not looked at."""
    for one in schema.get("allOf", ()):
        return drawn(one)
    if "$ref" in schema:
        return by_name(schema["$ref"].rpartition("/")[2])
    if "examples" in schema:
        return st.sampled_from([*schema["examples"], None, "else"])
    if "anyOf" in schema:
        first, *others = (drawn(one) for one in schema["anyOf"])
        return st.one_of([first, first, first, *others])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return KINDS[schema.get("type", "")](schema)


@cache
def by_name(name: str) -> st.SearchStrategy[Any]:
    return drawn(document()["components"]["schemas"][name])


def objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    known = {key: drawn(one) for key, one in schema["properties"].items()}
    needed = {key: known[key] for key in schema["required"]}
    optional = {key: one for key, one in known.items() if key not in needed}
    return st.one_of(st.fixed_dictionaries(known), st.fixed_dictionaries(needed, optional=optional))


def damaged(record: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Change a record in one place: a key, or one in a list, is gone, odd or not known at all."""
    inner: Any = record
    while True:
        keys = [*inner, "unknown"] if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        below = inner[key] if key != "unknown" else None
        if not isinstance(below, dict | list) or not below or data.draw(st.integers(0, 3)) == 0:
            break
        inner = below
    if key != "unknown" and data.draw(st.booleans()):
        del inner[key]
    else:
        inner[key] = data.draw(ODD)
    return record


def strings(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.one_of(IN_UTC, IN_UTC, IN_UTC, TIMES)
    few = st.sampled_from(["C1", "DSL-1", "customer", "é" * 512])
    return st.one_of(few, st.text(max_size=8)) if "minLength" not in schema else few


KINDS: dict[str, Any] = {
    "object": objects,
    "array": lambda schema: st.lists(drawn(schema["items"]), max_size=3),
    "string": strings,
    "integer": lambda _: st.integers(0, 2**53),
    "null": lambda _: st.none(),
    "": lambda _: ODD,
}


@cache
def judge(topic: str) -> Draft7Validator:
    return validator(message(topic)["payload"])


def refused(topic: str, record: Any) -> str | None:
    try:
        DECODERS[topic](json.dumps(record).encode())
    except BadRecordError as error:
        return str(error)
    return None


def read(record: Any) -> Any:
    """Return a record without the parties after the customer, whom nobody looks at.

    The schema asks of all that are called so what the decoder asks of the first.
    """
    if not isinstance(record, dict) or not isinstance(record.get("event"), dict):
        return record
    ticket = record["event"].get("troubleTicket")
    parties = ticket.get("relatedParty") if isinstance(ticket, dict) else None
    if not isinstance(parties, list):
        return record
    customers = [
        n
        for n, one in enumerate(parties)
        if isinstance(one, dict) and one.get("role") == "customer" and one.get("id")
    ]
    kept = parties[: customers[0] + 1] if customers else parties
    return {**record, "event": {"troubleTicket": {**ticket, "relatedParty": kept}}}


@pytest.mark.parametrize("topic", DECODERS)
@settings(max_examples=300)
@given(data=st.data())
def test_what_the_schema_accepts_is_decoded_and_what_it_refuses_is_not(
    topic: str, data: st.DataObject
) -> None:
    record = read(data.draw(records(topic)))
    why = refused(topic, record)
    accepted = judge(topic).is_valid(record)
    if why is None or not any(said in why for said in BEYOND):
        assert accepted is (why is None), why
