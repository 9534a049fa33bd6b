"""The fields of a form: limits, and errors at their field."""

import pytest

from correlator.model import RejectCode
from correlator.web.fields import MOST_OF_A_TEXT, Fields, WrongFieldError


def fields(**values: str) -> Fields:
    return Fields({name: [value] for name, value in values.items()}, "fr")


def refused(read: object, *arguments: object) -> WrongFieldError:
    with pytest.raises(WrongFieldError) as error:
        read(*arguments)  # type: ignore[operator]
    return error.value


def test_a_text_is_taken_without_the_spaces_around_it() -> None:
    assert fields(text="  panne\nréseau ").text("text") == "panne\nréseau"
    assert fields().text("text") == ""


def test_a_text_that_is_too_long_is_refused_with_both_numbers() -> None:
    error = refused(fields(text="x" * (MOST_OF_A_TEXT + 1)).text, "text")
    assert (error.field, "2\u202f001" in error.sentence) == ("text", True)
    assert fields(text="x" * MOST_OF_A_TEXT).text("text")


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\ud800"])
def test_a_control_character_is_refused_at_its_place(character: str) -> None:
    assert "3" in refused(fields(text=f"ab{character}c").text, "text").sentence


def test_what_must_be_there_is_missed_by_name() -> None:
    error = refused(fields(fr="   ").needed, "fr")
    assert (error.field, "fr" in error.sentence) == ("fr", True)


def test_a_choice_is_one_of_its_values() -> None:
    assert fields(code="duplicate").choice("code", RejectCode) is RejectCode.DUPLICATE
    assert refused(fields(code="because").choice, "code", RejectCode).field == "code"
