"""A row of the queue is made and drawn once, and anew as soon as anything it shows is another."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from correlator.adapters.sql import BoardRows, HeldRow
from correlator.formats.wording import NBSP, Language
from correlator.model import (
    ALARMS_ALONE,
    DAY,
    MINUTE,
    Closing,
    Figures,
    Incident,
    Promise,
    Reason,
    ReasonCode,
    Restore,
    State,
)
from correlator.ports import ENGINE, FeedStatus
from correlator.web.board import ENDED_KEPT, Board
from correlator.web.pages.rows import Rows, row_of
from correlator.web.rendering import Templates
from tests.builders import network
from tests.console_views import frame
from tests.integration.store_samples import incident as sample

NOW = 1_773_252_127_000  # 19:02:07 in Paris
_USUAL: dict[str, Any] = {"created": NOW - 9 * MINUTE, "changed": NOW, "observed": 12}


def incident(number: int, **fields: Any) -> Incident:
    known = {"onset": NOW - 12 * MINUTE, "announced": NOW - 8 * MINUTE, **_USUAL}
    return sample(number, **known | fields).incident


class Queue:
    """A board with its rows, and how they are drawn."""

    def __init__(self, *incidents: Incident) -> None:
        self.board = Board(network())
        self.templates = Templates("Europe/Paris")
        self.forgotten: list[str] = []
        self.rows = Rows(self.board, self.forget)
        self.now = NOW
        self.take(*incidents)

    def take(
        self, *incidents: Incident, figures: tuple[Figures, ...] = (), held: tuple[Any, ...] = ()
    ) -> None:
        feeds = (FeedStatus(ENGINE, 0, self.now, self.now),)
        self.board.update(BoardRows(1, incidents, figures, (), (), feeds, {}, held))

    def forget(self, ids: Iterable[str]) -> None:
        self.forgotten += ids
        self.templates.forget_rows(self.forgotten)

    def pass_by(self, span: int) -> None:
        self.now += span
        self.board.stand((FeedStatus(ENGINE, 0, self.now, self.now),), self.board.held)

    def drawn(self, number: int = 0, lang: Language = "fr") -> str:
        """Return a row; it is the same as one that is made and drawn from nothing."""
        entry = self.board.entries()[number]
        around = msgspec.structs.replace(frame("queue", lang), now=self.now)
        html = self.templates.row(around, self.rows.of(entry, lang))
        anew = Templates("Europe/Paris").row(around, row_of(entry, self.now, lang))
        assert html == anew
        return html


def test_a_row_is_made_once() -> None:
    queue = Queue(incident(1))
    entry = queue.board.entries()[0]
    assert queue.rows.of(entry, "fr") is queue.rows.of(entry, "fr")
    queue.pass_by(MINUTE)
    assert queue.rows.of(queue.board.entries()[0], "fr") is queue.rows.of(entry, "fr")


@pytest.mark.parametrize("code", sorted(ALARMS_ALONE))
def test_alarms_that_nobody_has_called_about_say_so(code: ReasonCode) -> None:
    alone = {"state": State.CANDIDATE, "announced": None, "observed": 0}
    numbers = {"alarms": 5, "standing": 4, "equipment": 3, "lines": 412, "calls_an_hour": 8.2}
    reason = Reason(code, {"alarm": "A1", "cause": "lossOfSignal", **numbers})
    queue = Queue(incident(1, **alone, reason=reason, linked=0))
    entry = queue.board.entries()[0]
    assert row_of(entry, NOW, "en").where == "alarm only, no call"
    called = Queue(incident(1, **alone, reason=reason, linked=2)).board.entries()[0]
    assert "no call" not in row_of(called, NOW, "en").where


def test_its_age_is_that_of_now() -> None:
    queue = Queue(incident(1))
    assert f">12{NBSP}min\n" in queue.drawn()
    queue.pass_by(MINUTE)
    assert f">13{NBSP}min\n" in queue.drawn()


def test_its_times_tell_yesterday_from_today() -> None:
    queue = Queue(incident(1))
    assert f"hier{NBSP}" not in queue.drawn()
    queue.pass_by(DAY)
    assert f"hier{NBSP}18:50" in queue.drawn()


def test_each_language_has_its_own() -> None:
    queue = Queue(incident(1))
    assert "attendu" in queue.drawn(lang="fr")
    assert "expected" in queue.drawn(lang="en")


def test_a_changed_incident_has_another_row() -> None:
    queue = Queue(incident(1))
    assert "data-version=1 " in queue.drawn()
    queue.take(incident(1, version=2, acknowledged_by="m.durand"))
    assert "data-version=2 " in queue.drawn()
    assert "m.durand" in queue.drawn()
    queue.take(incident(1, version=2, acknowledged_by="m.durand", state=State.RESOLVED))
    assert "data-band=restored" in queue.drawn()


def test_new_figures_are_shown() -> None:
    queue = Queue(incident(1))
    figures = Figures(incident(1).id, NOW, 31, 0.04, {}, Closing(0.1, 0.5, (), tickets_alive=True))
    assert "<b>12</b>" in queue.drawn()
    queue.take(incident(1), figures=(figures,))
    assert "<b>31</b>" in queue.drawn()


def test_what_waits_is_shown_until_it_is_taken_back() -> None:
    queue = Queue(incident(1))
    queue.board.hold((HeldRow("a-1", incident(1).id, "m.durand", "reject", NOW + 30_000),))
    assert "data-held" in queue.drawn()
    queue.board.hold(())
    assert "data-held" not in queue.drawn()


def test_a_promise_becomes_overdue_without_any_change() -> None:
    promise = Promise(1, Restore(NOW + MINUTE, "NOC", "firm"), "l.petit", NOW)
    queue = Queue(incident(1, promise=promise))
    assert "class=act" not in queue.drawn()
    queue.pass_by(MINUTE + 1)
    assert "class=act" in queue.drawn()


def test_another_inventory_has_another_region() -> None:
    queue = Queue(incident(1))
    queue.drawn()
    queue.board.entries()[0].region = "Provence"
    assert "<td>Provence\n" in queue.drawn()


def test_what_left_the_board_is_forgotten() -> None:
    queue = Queue(*(incident(n, state=State.CLOSED) for n in range(30)))
    for n in range(30):
        queue.drawn(n)
    queue.pass_by(ENDED_KEPT + 1)
    queue.take(incident(99, changed=queue.now))
    queue.drawn()
    assert len(queue.rows) == 1
    assert sorted(queue.forgotten) == sorted(incident(n).id for n in range(30))


@pytest.mark.parametrize("done", ["nothing", "made"])
def test_others_get_a_turn_between_rows_that_are_new(done: str) -> None:
    queue = Queue(*(incident(n) for n in range(200)))
    around = msgspec.structs.replace(frame("queue"), now=NOW)

    async def show() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            beside = group.create_task(others())
            rows = await queue.rows.all("fr")
            await queue.templates.draw_ahead(around, rows)
            beside.cancel()
        return turns

    if done == "made":
        asyncio.run(show())
        assert asyncio.run(show()) == 0
    else:
        assert asyncio.run(show()) >= 10
