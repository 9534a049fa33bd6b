"""What an incident asks for beyond its repair: from how many lines on, and when not."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from correlator.formats.wording import typeset
from correlator.model import Incident, Reason, ReasonCode, State
from correlator.web.board import Board
from correlator.web.console import Console
from correlator.web.pages.flags import flags_of
from tests.builders import LINES, NEW, START, network

BUSINESS = f"cpe_firmware={NEW}"


def flags(lang: str = "fr", settings: dict[str, Any] | None = None, **fields: Any) -> Any:
    known: dict[str, Any] = {
        "business": (),
        "voice_symptoms": ("no-phone",),
        "voice_lines": 1_000,
    }
    board = Board(network())
    console = SimpleNamespace(board=board, settings=SimpleNamespace(**known | (settings or {})))
    usual: dict[str, Any] = {
        "state": State.OPEN,
        "symptom": "no-phone",
        "domain": "DSL-1",
        "customers": 1_000,
    }
    incident = Incident(
        id="GI-1", version=1, rule="access-node", domain_type="dslam", first_domain="DSL-1",
        created=START, onset=START, changed=START, reason=Reason(ReasonCode.BURST),
        **usual | fields,
    )  # fmt: skip
    return flags_of(cast("Console", console), board.entry_of(incident), cast("Any", lang))


def test_many_lines_without_telephone_ask_for_the_emergency_numbers() -> None:
    (flag,) = flags("en")
    assert flag.kind == "voice"
    assert flag.sentence == (
        "Fixed telephone: 1,000 lines concerned (from 1,000 on). Check emergency calls"
    )
    assert len(flag.checks) == 4


@pytest.mark.parametrize(
    "fields",
    [
        {"customers": 999},
        {"symptom": "no-tv"},
        {"state": State.CANDIDATE},
        {"state": State.RESOLVED},
        {"state": State.CLOSED},
        {"domain": ""},
        {"domain": "GONE"},
    ],
)
def test_no_flag_is_raised_without_need(fields: dict[str, Any]) -> None:
    assert flags(**fields) == ()


def test_what_can_telephone_is_the_operators_to_say() -> None:
    wide = {"voice_symptoms": ("no-sync",), "voice_lines": LINES}
    assert [f.kind for f in flags(settings=wide, symptom="no-sync", customers=LINES)] == ["voice"]


def test_lines_with_a_contract_are_counted_below_the_cause() -> None:
    given = {"business": ("offer=none", BUSINESS)}
    (flag,) = flags(settings=given, symptom="no-tv", state=State.RESOLVED)
    topology = network()
    cause, value = topology.domain("DSL-1"), topology.domain(BUSINESS)
    assert cause is not None
    assert value is not None
    lines = topology.shared(cause, value)
    assert lines > 1
    sentence = f"Délai contractuel : {lines} lignes professionnelles ({BUSINESS})"
    assert flag.sentence == typeset(sentence, "fr")
    assert flags(settings=given, symptom="no-tv", state=State.CLOSED) == ()
    assert flags(settings=given, symptom="no-tv", domain="") == ()
