"""When feeds were silent, from the answers that could not be given and from how feeds stand."""

from correlator.adapters.sql import SilentAnswers
from correlator.model import MINUTE
from correlator.ports import ENGINE, FeedStatus
from correlator.web.pages.silences import minutes_of, silences_of

NOW = 1_773_252_120_000


def at(minutes: int) -> int:
    return NOW + minutes * MINUTE


def told(what: str, minutes: int, first: int, last: int | None = None) -> SilentAnswers:
    end = first if last is None else last
    return SilentAnswers(f"{what}-silent", minutes, at(first), at(end))


def feed(topic: str, latest: int, *, silent: bool, partition: int = 0) -> FeedStatus:
    return FeedStatus(topic, partition, at(latest), 0, silent=silent)


def test_tickets_are_silent_until_the_first_comes_whatever_its_backlog() -> None:
    answers = [told("tickets", 20, -60, -50)]
    assert silences_of(answers, [], at(-480), NOW) == (("tickets", at(-80), at(-60)),)


def test_alarms_are_silent_until_the_last_answer_told_by_many() -> None:
    answers = [told("alarms", 30, -60), told("alarms", 31, -59, -58), told("alarms", 45, -45)]
    found = silences_of(answers, [], at(-480), NOW)
    assert found == (("alarms", at(-90), at(-45)),)
    assert minutes_of(found) == 45


def test_a_feed_that_is_silent_now_goes_on_and_is_one_with_what_was_told() -> None:
    feeds = [
        feed("gi.alarms", -40, silent=True),
        feed("gi.alarms", -35, silent=True, partition=1),
        feed("gi.tickets", -1, silent=False),
        feed(ENGINE, 0, silent=False),
    ]
    answers = [told("alarms", 30, -5), told("tickets", 3, -100)]
    assert silences_of(answers, feeds, at(-480), NOW) == (
        ("tickets", at(-103), at(-100)),
        ("alarms", at(-35), NOW),
    )


def test_what_was_before_does_not_count() -> None:
    answers = [told("tickets", 60, -30), told("alarms", 60, -200)]
    found = silences_of(answers, [], at(-60), NOW)
    assert found == (("tickets", at(-60), at(-30)),)


def test_a_feed_that_has_never_brought_anything_has_no_since() -> None:
    never = FeedStatus("gi.alarms", 0, 0, 0, silent=True)
    assert silences_of([], [never], at(-60), NOW) == ()
    assert minutes_of([]) == 0
