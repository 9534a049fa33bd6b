"""Whether customers follow an alarm: what is counted, and what people say of it."""

import pytest

from correlator.engine.alarms import AlarmBook
from correlator.engine.alarms.book import kind_of
from tests.builders import alarm, index_of, network


def alarmed() -> tuple[AlarmBook, str]:
    book, card = AlarmBook(network()), index_of("DSL-1/C1")
    raised = book.take(alarm("DSL-1/C1", 0), card, 0.0)
    assert raised is not None
    return book, kind_of(raised, network().type_names)


@pytest.mark.parametrize("booked", [True, False])
def test_what_a_person_says_of_an_alarm_holds_before_and_after_its_outcome(*, booked: bool) -> None:
    book, kind = alarmed()
    start = book.outcomes.share_followed(kind, 0.1)
    if booked:
        book.outcomes.learn(5.0)
        assert book.outcomes.share_followed(kind, 0.1) < start
    assert book.judge(["A-DSL-1/C1", "gone"], followed=True, extra=2.0) == (kind,)
    book.outcomes.learn(5.0)
    assert book.outcomes.share_followed(kind, 0.1) == pytest.approx((3.0 + 1.0) / (3.0 + 10.0))


def test_a_rejection_takes_back_that_customers_followed() -> None:
    book, kind = alarmed()
    book.outcomes.follow(frozenset({0, *range(network().domain_count)}), -1.0)
    book.outcomes.learn(5.0)
    book.judge(["A-DSL-1/C1"], followed=False, extra=0.0)
    assert book.outcomes.share_followed(kind, 0.1) == pytest.approx(1.0 / 11.0)


def test_an_outcome_is_settled_after_three_days() -> None:
    book, kind = alarmed()
    book.outcomes.learn(5.0)
    book.outcomes.learn(80.0)
    before = book.outcomes.share_followed(kind, 0.1)
    book.judge(["A-DSL-1/C1"], followed=True, extra=0.0)
    assert book.outcomes.share_followed(kind, 0.1) == before
