"""A state that forgets a customer: words go, counts stay, nobody else is touched."""

from __future__ import annotations

from typing import Any

from correlator.engine.state import dump, forget, load
from correlator.model import ERASED, Eraser, Forgotten
from correlator.text import masked
from tests.builders import Desk, calls, customers_of

WHO, OTHER = customers_of("DSL-1/C1")[:2]
SAID = "le zyzomys 4711 clignote en mauve depuis Pentecôte"
FORGOTTEN = Forgotten(WHO, "erased-1")


def state_with(**owners: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a desk at which neighbours have called, with other owners."""
    desk = Desk().feed(calls(customers_of("DSL-1/C1")[:6], 0, 1))
    return {**load(desk.engine.snapshot()), **owners}


def known(ticket: str, customer: str | None, text: str) -> dict[str, Any]:
    said = {"typed": None, "symptom": "other", "status": "", "severity": "", "channel": ""}
    return {ticket: {"customer": customer, "text": text, "arrived": 1, **said}}


def cluster(**changes: Any) -> dict[str, Any]:
    made = {
        "name": "~zyzomys-mauve", "stems": ["zyzomy", "mauve"], "centroid": {"zyzomy": 1.0},
        "sentences": [masked(SAID), "mon zyzomys est mauve"], "tickets": ["T1", "T2"], "last": 1,
    }  # fmt: skip
    return {**made, **changes}


def clusters(*made: dict[str, Any]) -> dict[str, Any]:
    def text(ticket: str, sentence: str) -> dict[str, Any]:
        more = {"time": 1, "symptom": "other", "name": "~zyzomys-mauve"}
        return {"ticket": ticket, "sentence": sentence, **more}

    texts = [text("T1", masked(SAID)), text("T2", "mon zyzomys est mauve")]
    rest = {"vocabulary": {"counts": {}, "texts": 0.0}, "since": 1, "named": 0}
    return {"texts": texts, "fresh": ["T1", "T2"], "clusters": list(made), **rest}


def test_a_state_that_does_not_know_them_stays_as_it_is() -> None:
    state = state_with()
    other, _ = forget(state, Forgotten("nobody", "erased-1"))
    assert dump(other) == dump(state)


def test_their_calls_are_another_customers_and_count_as_before() -> None:
    state = state_with()
    other, who = forget(state, FORGOTTEN)
    customers = [call["customer"] for call in other["calls"]["calls"]]
    assert customers == [
        "erased-1" if call["customer"] == WHO else call["customer"]
        for call in state["calls"]["calls"]
    ]
    assert "erased-1" in customers
    assert [*other["calls"]["by_customer"].values()] == [*state["calls"]["by_customer"].values()]
    assert other["calls"]["by_customer"]["erased-1"] == state["calls"]["by_customer"][WHO]
    (live,), (before,) = other["incidents"]["live"], state["incidents"]["live"]
    assert live["callers"] == {
        "erased-1" if one == WHO else one: at for one, at in before["callers"].items()
    }
    assert live["version"] == before["version"]  # what is published has no callers
    left = dump(other)
    for ticket in who.tickets:  # theirs have the customer's id in them here
        left = left.replace(ticket.encode(), b"")
    assert who.tickets
    assert WHO.encode() not in left


def test_what_they_wrote_goes_and_what_others_wrote_stays() -> None:
    tickets = {**known("T1", WHO, SAID), **known("T2", OTHER, "mon zyzomys est mauve")}
    state = state_with(known={"known": tickets})
    other, who = forget(state, FORGOTTEN)
    assert other["known"]["known"]["T1"]["text"] == ""
    assert other["known"]["known"]["T2"] == tickets["T2"]
    assert {SAID, masked(SAID)} <= who.texts


def test_what_was_learned_from_goes_by_its_ticket() -> None:
    """Also a wording that the ticket had once, and one of before tickets were kept."""
    rows = [
        ("un ornithorynque bleu", "no-tv", 1.0, "T1"),
        (SAID, "no-tv", 1.0, ""),
        ("mon zyzomys est mauve", "no-tv", 1.0, "T2"),
    ]
    state = state_with(known={"known": known("T1", WHO, SAID)})
    state["classifier"] = {**state["classifier"], "kept": rows, "waiting": rows[:1]}
    other, _ = forget(state, FORGOTTEN)
    assert other["classifier"]["kept"] == rows[2:]
    assert other["classifier"]["waiting"] == []


def test_a_found_symptom_is_told_in_others_words() -> None:
    state = state_with(known={"known": known("T1", WHO, SAID)}, clusters=clusters(cluster()))
    other, _ = forget(state, FORGOTTEN)
    (kept,) = other["clusters"]["clusters"]
    assert (kept["sentences"], kept["tickets"]) == (["mon zyzomys est mauve"], ["T2"])
    assert [one["ticket"] for one in other["clusters"]["texts"]] == ["T2"]
    assert other["clusters"]["fresh"] == ["T2"]


def test_a_found_symptom_without_a_sentence_is_told_in_its_own_words() -> None:
    """An older snapshot does not say whose its sentences are: they are compared."""
    only = cluster(sentences=[masked(SAID)])
    del only["tickets"]
    state = state_with(known={"known": known("T1", WHO, SAID)}, clusters=clusters(only))
    other, _ = forget(state, FORGOTTEN)
    (kept,) = other["clusters"]["clusters"]
    assert kept["sentences"] == ["zyzomy mauve"]


def test_an_incident_that_quotes_them_has_another_version() -> None:
    state = state_with(known={"known": known("T1", WHO, SAID)})
    numbers = {"sentences": [masked(SAID), "mon zyzomys est mauve"]}
    incidents = state["incidents"]
    for one in (*incidents["live"], *incidents["published"]):
        one["reason"] = {"code": "burst", "numbers": numbers}
    other, _ = forget(state, FORGOTTEN)
    for part in ("live", "published"):
        (after,), (before,) = other["incidents"][part], incidents[part]
        assert after["reason"]["numbers"]["sentences"] == [ERASED, "mon zyzomys est mauve"]
        assert after["version"] == before["version"] + 1


# ------------------------------------------------------------------------------------- the words


def test_the_id_of_a_ticket_stays_though_the_customers_is_in_it() -> None:
    eraser = Eraser(Forgotten("C-1", "erased-1", tickets=frozenset({"T/C-1"})))
    assert eraser.without({"T/C-1": ["T/C-1", "see T/C-1"]}) == {"T/C-1": ["T/C-1", ERASED]}


def test_an_id_is_found_as_a_word_and_not_in_another() -> None:
    eraser = Eraser(Forgotten("C-1", "erased-1", texts=frozenset({"plus rien", SAID})))
    for text in ("client C-1.", "(c-1)", f"il dit : {SAID} !", "C-1"):
        assert eraser.names(text), text
    for text in ("C-12", "C-1-2", "XC-1", "plus rien", "", "le zyzomys"):
        assert not eraser.names(text), text


def test_a_record_that_nobody_could_read_is_looked_at_as_it_is_meant() -> None:
    who = Forgotten("Zoé-1", "erased-1", tickets=frozenset({"T1"}), texts=frozenset({SAID}))
    eraser = Eraser(who)
    for record in ('{"c":"Zo\\u00e9-1"', '{"id": "T1"', '"depuis Pentec', f"<{SAID}>"):
        assert eraser.concerns(record) == ("Pentec" not in record or SAID in record), record
    assert not eraser.concerns('{"id": "T12"}')


def test_ids_are_replaced_and_texts_erased_wherever_they_stand() -> None:
    eraser = Eraser(FORGOTTEN)
    value = {"told": {WHO: [WHO, f"chez {WHO}", 1, None]}, "else": OTHER}
    assert eraser.without(value) == {
        "told": {"erased-1": ["erased-1", ERASED, 1, None]}, "else": OTHER,
    }  # fmt: skip
