"""Which alarms stand, and what one of them weighs."""

from correlator.engine.alarms import AlarmBook
from tests.builders import alarm, at, index_of, network


def test_an_alarm_stands_until_it_clears() -> None:
    book, card = AlarmBook(network()), index_of("DSL-1/C1")
    assert book.take(alarm("DSL-1/C1", 0), card, 0.0) is not None
    assert book.take(alarm("DSL-1/C1", 1, state="updated"), card, 0.1) is None
    assert [one.id for one in book.on(card)] == ["A-DSL-1/C1"]
    assert book.take(alarm("DSL-1/C1", 2, state="cleared"), card, 0.2) is None
    assert book.on(card) == []
    assert book.take(alarm("DSL-1/C1", 3), card, 0.3) is not None


def test_an_alarm_whose_clear_was_never_heard_is_forgotten_in_the_end() -> None:
    book, place = AlarmBook(network()), index_of("DSL-1")
    book.take(alarm("DSL-1", 0), place, 0.0)
    book.take(alarm("DSL-1", 10, id="later"), place, 0.2)
    book.forget(at(5))
    assert [standing.id for standing in book.on(place)] == ["later"]


def test_records_are_remembered_from_when_they_were_last_heard_of() -> None:
    """Or one of before the clear would raise the alarm again."""
    book, place = AlarmBook(network()), index_of("DSL-1")
    book.take(alarm("DSL-1", 0), place, 0.0)
    book.take(alarm("DSL-2", 1), index_of("DSL-2"), 0.0)
    book.take(alarm("DSL-1", 20, state="cleared"), place, 0.4)
    book.forget_records(at(10))
    assert book.take(alarm("DSL-1", 15), place, 0.5) is None
    assert list(book.state()["heard"]) == ["A-DSL-1"]


def test_an_alarm_that_customers_follow_weighs_more_and_others_less() -> None:
    book, card = AlarmBook(network()), index_of("DSL-1/C1")
    first = book.take(alarm("DSL-1/C1", 0), card, 0.0)
    assert first is not None
    start = book.weight(first, 0.3)
    for n in range(20):
        book.take(alarm("DSL-2/C1", n, id=f"x{n}"), index_of("DSL-2/C1"), n / 100)
    book.outcomes.learn(10.0)
    assert book.weight(first, 0.3) < start


def test_weights_are_clipped_and_zero_where_the_rule_says_nothing() -> None:
    book = AlarmBook(network())
    first = book.take(alarm("DSL-1/C1", 0), index_of("DSL-1/C1"), 0.0)
    assert first is not None
    assert book.weight(first, 0.0) == 0.0
    assert -2.0 <= book.weight(first, 1e-6) <= book.weight(first, 1.0) <= 8.0
