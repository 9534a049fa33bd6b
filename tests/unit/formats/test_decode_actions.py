"""What the newer verbs bring along, as it comes through `gi.actions` and through the inbox."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from correlator.formats.decode import BadRecordError
from correlator.formats.decode.actions import decode_action
from correlator.formats.decode.record import MOST_OF_A_TEXT, MOST_OF_AN_ID
from correlator.model import (
    Action,
    Audience,
    External,
    ExternalState,
    Phase,
    RejectCode,
    Restore,
    Told,
    Verb,
    Wording,
)
from correlator.ports import InboxRow
from correlator.service.inbox import arrivals
from tests.payloads import ACTION, EMPTY_DATES, but

LATE = "2026-11-22T20:15:00+01:00"
WHOLE: dict[str, Any] = {
    "code": "wrong-scope",
    "symptom": "no-sync",
    "to": "réseau nord",
    "restore": {"time": LATE, "source": "terrain", "confidence": "sûre"},
    "wording": {"audience": "n1", "phase": "timed", "fr": "Retour à 20 h 15.", "en": "Back."},
    "external": {"owner": "nord", "number": "4471", "state": "accepted"},
    "told": {"customer": "C1", "ticket": "T1", "channel": "phone", "promise": 2},
    "expects": 7,
}


def read(**changes: Any) -> Action:
    return decode_action(but(ACTION, **{f"event__action__{key}": v for key, v in changes.items()}))


def test_all_that_an_action_brings_is_read() -> None:
    found = read(**WHOLE)
    assert found.code is RejectCode.WRONG_SCOPE
    assert (found.symptom, found.to, found.expects) == ("no-sync", "réseau nord", 7)
    assert found.restore == Restore(1_795_374_900_000, "terrain", "sûre")
    assert found.wording == Wording(Audience.N1, Phase.TIMED, "Retour à 20 h 15.", "Back.")
    assert found.external == External("nord", "4471", ExternalState.ACCEPTED)
    assert found.told == Told("C1", "T1", "phone", 2)


def test_what_an_action_does_not_bring_is_empty() -> None:
    found = read()
    assert (found.code, found.restore, found.wording, found.external, found.told) == (None,) * 5
    assert (found.symptom, found.to, found.expects) == ("", "", None)
    least = read(restore={"time": LATE}, told={"customer": "C1"})
    assert least.restore == Restore(1_795_374_900_000)
    assert least.told == Told("C1")


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.DECLARE])
def test_only_a_declaration_is_about_no_incident(verb: Verb) -> None:
    assert read(verb="declare", incidentId=None, domain="DSL-1").incident == ""
    with pytest.raises(BadRecordError, match="incidentId"):
        read(verb=verb.value, incidentId=None)


ODD = [
    ("code", "mood"),
    ("restore", {"time": "ce soir"}),
    ("restore", {"time": "2026-11-22T20:15:00"}),
    ("restore", {}),
    ("wording", {"audience": "everybody", "phase": "timed", "fr": "x"}),
    ("wording", {"audience": "n1", "phase": "later", "fr": "x"}),
    ("wording", {"audience": "n1", "phase": "timed"}),
    ("external", {"owner": "nord", "number": "", "state": "sent"}),
    ("external", {"owner": "nord", "number": "1", "state": "lost"}),
    ("external", {"owner": "n" * (MOST_OF_AN_ID + 1), "number": "1", "state": "sent"}),
    ("told", {"customer": ""}),
    ("told", {"customer": "C1", "promise": -1}),
    ("told", {"customer": "C1", "promise": 10**30}),
    ("told", {"customer": "a\0b"}),
    ("expects", -1),
    ("expects", 2**64),
    ("expects", "7"),
    ("to", "n" * (MOST_OF_AN_ID + 1)),
    ("symptom", "a\0b"),
    *(("restore", {"time": time}) for time in EMPTY_DATES),
]


@pytest.mark.parametrize(("key", "value"), ODD)
def test_what_no_column_takes_is_refused_at_its_place(key: str, value: object) -> None:
    with pytest.raises(BadRecordError, match=rf"action\.{key}") as error:
        read(**{key: value})
    assert error.value.reason == "invalid"


def test_texts_are_cut_and_mended() -> None:
    long = "a\0" + "x" * 100_000
    found = read(wording={"audience": "sms", "phase": "detected", "fr": long, "en": long})
    assert found.wording is not None
    assert found.wording.fr == found.wording.en == "a\ufffd" + "x" * (MOST_OF_A_TEXT - 3) + "…"


# ------------------------------------------------------------------------------ from the inbox


def row(body: str, name: str = "x1") -> InboxRow:
    return InboxRow(3, name, 77, body)


def test_a_row_of_the_inbox_arrives_at_the_time_of_the_engine() -> None:
    sent = msgspec.structs.replace(read(**WHOLE), arrived=0)
    found = arrivals([row(msgspec.json.encode(sent).decode())], 5_000, 9_000)
    assert found.actions == (msgspec.structs.replace(sent, arrived=5_000),)
    assert (found.letters, found.taken) == ((), ("x1",))


PLAIN = {"type": "action", "id": "x1", "arrived": 0, "event_id": "x1", "actor": "zoé",
         "verb": "acknowledge", "incident": "GI-1"}  # fmt: skip
LONG = "é" * (MOST_OF_AN_ID + 1)


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "celebrate"},
        {"type": "ticket"},
        {"incident": None},
        {"incident": LONG},
        {"id": LONG},
        {"tickets": ["T1", LONG]},
        {"to": LONG},
        {"text": "x" * (MOST_OF_A_TEXT + 1)},
        {"expects": 10**30},
        {"restore": {"time": 10**18}},
        {"restore": {"time": -1}},
        {"told": {"customer": "C1", "promise": 10**30}},
        {"external": {"owner": "nord", "number": LONG, "state": "sent"}},
        {"wording": {"audience": "n1", "phase": "timed", "fr": "x" * (MOST_OF_A_TEXT + 1)}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_no_column_takes_is_put_aside_with_its_words(change: dict[str, Any]) -> None:
    """It would stop the daemon, and whoever stands by after it."""
    bad = msgspec.json.encode({**PLAIN, **change}).decode()
    good = msgspec.json.encode(PLAIN).decode()
    found = arrivals([row(good, "a"), row(bad, "b"), row(good, "c")], 5_000, 9_000)
    assert len(found.actions) == 2
    assert found.taken == ("a", "b", "c")
    (letter,) = found.letters
    assert (letter.record.topic, letter.record.key, letter.reason) == ("inbox", b"b", "invalid")
    assert (letter.record.value, letter.record.offset, letter.time) == (bad.encode(), 3, 9_000)


@pytest.mark.parametrize("body", ["", "{", "null", "[]", "é"])
def test_a_row_that_is_no_json_is_put_aside(body: str) -> None:
    found = arrivals([row(body)], 5_000, 9_000)
    assert (found.actions, found.taken, len(found.letters)) == ((), ("x1",), 1)
