"""Every reason in words, in both languages, with numbers that were really stored."""

from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest

from correlator.formats import wording
from correlator.formats.wording import (
    NARROW,
    NBSP,
    number,
    percent,
    reason_prose,
    reason_text,
    typeset,
)
from correlator.model import (
    Effect,
    IncidentChanged,
    LinkChanged,
    Reason,
    ReasonCode,
    Suppressed,
    Verdict,
)
from tests.builders import (
    Desk,
    alarm,
    at,
    calls,
    customers_of,
    ordinary,
    spread,
    supervision,
    ticket,
    under,
    works,
)

NEVER_SAID = frozenset({ReasonCode.EQUIPMENT_GONE})  # needs a swap: tests/replay/test_swaps.py


def reasons_of(effect: Effect) -> Iterator[Reason]:
    match effect:
        case IncidentChanged(incident=incident):
            yield incident.reason
            if incident.ended is not None:
                yield incident.ended
        case LinkChanged(link=link):
            yield link.reason
        case Verdict(reason=reason) | Suppressed(reason=reason):
            yield reason


def fault(card: str, start: float = 0, count: int = 7) -> list:
    return calls(spread(customers_of(card), count), start, 4, ("no-sync", "no-internet", "mail"))


def busy_day() -> Iterator[Desk]:
    """Play stories in which the engine has to say all it can."""
    plain = calls(spread(customers_of("DSL-1/C1"), 7), 0, 4)
    odd = [ticket("nobody", 5), ticket(None, 6), *plain, *fault("DSL-1/C1", 30, 5)]
    gone = ticket(
        spread(customers_of("DSL-1/C1"), 7)[1],
        60,
        id=plain[1].id,
        occurred=at(4),
        status="cancelled",
    )
    yield Desk().feed(ordinary(0, 1_500), odd, gone).until(1_600)
    desk = Desk().feed(alarm("DSL-2/C2", 0), fault("DSL-2/C2", 2), alarm("DSL-3/C3", 1))
    desk.feed(alarm("DSL-3/C3", 60, state="cleared")).until(70)
    desk.act("reject", desk.incident(), 70, reason="essai")
    yield desk
    yield Desk().feed(works("DSL-1", -5, 0, 60), alarm("DSL-1/C1", 1), fault("DSL-1/C2", 2))
    yield Desk().feed(calls(spread(under("*")[::7], 120), 0, 0.5, ("no-internet", "slow", "slow")))
    yield Desk().feed(calls(under("DSL-3"), 0, 0.2, ("no-sync",))).until(300)
    yield Desk().feed(calls(under("AGG-1"), 0, 0.3, ("no-internet",))).until(300)
    yield Desk().feed(calls(spread(customers_of("DSL-4/C1"), 3), 0, 60)).until(600)
    together = ("DSL-1", "DSL-1/C1", "DSL-1/C2", "DSL-1/C3", "DSL-1/C4")
    yield Desk().feed(alarm(where, n / 10) for n, where in enumerate(together)).until(5)
    yield aside()
    yield silent()


def silent() -> Desk:
    """Play feeds that stop: alarms for an hour, tickets for two days."""
    asked = [ticket(under("*")[3], minute, "slow", id=f"at-{minute}") for minute in (245, 4_320)]
    return Desk().feed(supervision(180), ordinary(0, 1_440), asked)


def aside() -> Desk:
    """Play the tickets that an incident is near to and does not explain."""
    desk = Desk().feed(fault("DSL-1/C1", 30))
    desk.feed(ticket(customers_of("DSL-1/C1")[3], 60, "billing"))
    desk.feed(ticket(customers_of("DSL-1/C2")[3], 61))
    desk.feed(ticket(customers_of("DSL-1/C1")[5], 62, occurred=at(5)))
    desk.until(300)
    return desk.feed(ticket(customers_of("DSL-1/C1")[7], 600))


@cache
def said() -> list[Reason]:
    return [r for desk in busy_day() for told in desk.told for r in reasons_of(told.effect)]


def asked(code: ReasonCode) -> set[str]:
    """Return the numbers that the sentences of a code name."""
    texts = wording._TEXTS[code]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_has_words_in_both_languages(code: ReasonCode) -> None:
    french, english = (reason_text(Reason(code), language) for language in ("fr", "en"))
    assert french
    assert english
    assert french != english


@pytest.mark.parametrize("code", list(ReasonCode))
def test_both_languages_name_the_same_numbers(code: ReasonCode) -> None:
    names = [
        {name for _, name, _, _ in Formatter().parse(text) if name} for text in wording._TEXTS[code]
    ]
    if code is not ReasonCode.BURST_WITH_ALARM:
        assert names[0] == names[1]


def test_the_stories_say_nearly_every_reason() -> None:
    codes = {reason.code for reason in said()}
    missing = set(ReasonCode) - codes - NEVER_SAID
    rare = {ReasonCode.PERHAPS_EXPLAINED, ReasonCode.TOO_IMPROBABLE, ReasonCode.FAILS_AGAIN}
    assert missing <= {ReasonCode.BETTER_CAUSE, ReasonCode.WEAK_CAUSE, *rare}


@pytest.mark.parametrize("code", sorted(set(ReasonCode) - NEVER_SAID))
def test_every_number_a_sentence_names_was_stored(code: ReasonCode) -> None:
    stored = [set(reason.numbers) for reason in said() if reason.code is code]
    lacking = [asked(code) - names for names in stored]
    assert [names for names in lacking if names] == []


def test_no_sentence_of_the_engine_shows_a_dash() -> None:
    shown = {reason_text(reason, "en") for reason in said()}
    assert {text for text in shown if "–" in text} == set()


def test_a_number_that_was_not_stored_shows_as_a_dash() -> None:
    assert reason_text(Reason(ReasonCode.EXPLAINED), "en").endswith("probability –")


def test_probabilities_are_shown_in_per_cent() -> None:
    reason = Reason(ReasonCode.EXPLAINED, {"probability": 0.873})
    assert reason_text(reason, "fr") == "expliqué à 87% par l'incident"
    assert reason_prose(reason, "fr") == f"expliqué à 87{NBSP}% par l'incident"
    assert reason_prose(reason, "en") == "explained by the incident with probability 87%"


def test_a_probability_near_all_or_none_is_not_shown_as_all_or_none() -> None:
    shown = [percent(share, "en") for share in (0.0, 0.0004, 0.004, 0.5, 0.996, 0.99999, 1.0)]
    assert shown == ["0%", "0%", "0.4%", "50%", "99.6%", "99.9%", "100%"]


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (2140, f"2{NARROW}140", "2,140"),
        (0.0261, "0,0261", "0.0261"),
        (1e-05, "0,00001", "0.00001"),
        (22_770_000.0, f"22{NARROW}770{NARROW}000", "22,770,000"),
        (12.0, "12", "12"),
        (-3.5, "−3,5", "−3.5"),
    ],
)
def test_numbers_are_set_as_each_language_sets_them(
    value: float, french: str, english: str
) -> None:
    assert (number(value, "fr"), number(value, "en")) == (french, english)


def test_french_spaces_do_not_break() -> None:
    text = typeset("pourquoi ? « mail » : 5 % ; fin !", "fr")
    assert " ".join(text.split(" ")) == (
        f"pourquoi{NARROW}? «{NBSP}mail{NBSP}»{NBSP}: 5{NBSP}%{NARROW}; fin{NARROW}!"
    )
    assert typeset("why ? 5 %", "en") == "why ? 5 %"


@pytest.mark.parametrize("code", list(ReasonCode))
def test_prose_has_a_dash_for_what_was_not_stored(code: ReasonCode) -> None:
    assert ("–" in reason_prose(Reason(code), "fr")) == bool(asked(code))


def test_what_a_person_wrote_is_shown_as_it_is() -> None:
    numbers = {"actor": "anna", "verb": "reject", "text": "essai {0} {actor}"}
    reason = Reason(ReasonCode.PERSON, numbers)
    assert reason_text(reason, "en") == "anna: reject essai {0} {actor}"


def test_what_is_outside_the_network_is_said_in_words() -> None:
    numbers = {"customers": 12, "minutes": 5, "best": "CR-1", "rival": "*"}
    doubt = Reason(ReasonCode.IN_DOUBT, numbers)
    assert "CR-1 ou une cause hors du réseau" in reason_text(doubt, "fr")
    assert "CR-1 or a cause outside the network" in reason_text(doubt, "en")
    assert "CR-1 ou une cause hors du réseau" in reason_prose(doubt, "fr")
    better = Reason(ReasonCode.BETTER_CAUSE, {"domain": "*", "gain": 4.2})
    assert reason_text(better, "fr").startswith("une cause hors du réseau l'explique mieux")
