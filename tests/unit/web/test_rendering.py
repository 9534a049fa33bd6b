"""Filters, and pages that render in both languages without anything undefined or inline."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from jinja2 import Environment, UndefinedError

from correlator.formats.wording import NBSP
from correlator.model import DAY, HOUR, MINUTE, Band
from correlator.web.rendering import Templates, ago, moment, short, within, without
from correlator.web.texts import changed, sms_parts
from correlator.web.views import (
    BandView,
    FeedView,
    Frame,
    HeldView,
    OutcomeView,
    PromiseView,
    QueueView,
    Role,
    RowView,
)
from correlator.web.who import CAN

PARIS = ZoneInfo("Europe/Paris")
NOW = int(datetime(2026, 3, 11, 18, 2, 7, tzinfo=UTC).timestamp()) * 1000
CELL = frozenset({"queue", "wall", "acknowledge", "confirm", "reject", "merge", "say", "promise"})
TEMPLATES = Templates("Europe/Paris")


def frame(**more: Any) -> Frame:
    feeds = (FeedView("tickets", 12_000, silent=False), FeedView("alarms", 400_000, silent=True))
    plain = Frame("queue", "fr", "l.petit", Role.CELL, CELL, feeds, NOW, 7, "token")
    return msgspec.structs.replace(plain, **more)


def row(**more: Any) -> RowView:
    plain = RowView(
        id="GI-20260311-db2ddb54",
        rev=3,
        version=59,
        band=Band.TRIAGE,
        state="open",
        priority=1,
        severity="critical",
        title="Plus d'accès à internet — agrégation AGG-0005, SITE5",
        symptom="no-internet",
        domain="AGG-0005",
        domain_type="aggregation-switch",
        region="Provence",
        observed=29,
        expected=0.8,
        minutes=9,
        lines=3417,
        linked=30,
        why="alarme lossOfSignal sur la cause",
        where="10 DSLAM sur 10 touchés · AGG-0004 sain",
        since=NOW - 26 * MINUTE,
        announced=NOW - 23 * MINUTE,
        owner="l.petit",
    )
    return msgspec.structs.replace(plain, **more)


def queue(*rows: RowView, **more: Any) -> QueueView:
    band = BandView(Band.TRIAGE, rows, len(rows))
    plain = QueueView((band,), {}, 5, 1, 3, 0, NOW - 12_000, ("Provence",), (("slow", "Lent"),))
    return msgspec.structs.replace(plain, **more)


# ------------------------------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("span", "fr", "en"),
    [
        (-5, "0 s", "0 s"),
        (12_999, "12 s", "12 s"),
        (4 * MINUTE, "4 min", "4 min"),
        (65 * MINUTE, "1 h 05", "1 h 05"),
        (30 * HOUR, "30 h 00", "30 h 00"),
        (3 * DAY, "3 j", "3 d"),
    ],
)
def test_ago(span: int, fr: str, en: str) -> None:
    assert (ago(span, "fr"), ago(span, "en")) == (fr.replace(" ", NBSP), en.replace(" ", NBSP))


@pytest.mark.parametrize(
    ("time", "fr", "en"),
    [
        (NOW, "19:02", "19:02"),
        (NOW + 5 * HOUR, "demain 00:02", "tomorrow 00:02"),
        (NOW - 20 * HOUR, "hier 23:02", "yesterday 23:02"),
        (NOW - 30 * DAY, "9 févr. 19:02", "9 Feb 19:02"),
    ],
)
def test_moment(time: int, fr: str, en: str) -> None:
    said = moment(time, NOW, PARIS, "fr"), moment(time, NOW, PARIS, "en")
    assert said == (fr.replace(" ", NBSP), en.replace(" ", NBSP))


def test_short_numbers_have_two_digits_that_count() -> None:
    values = (0.00812, 0.187, 4.24, 61.4, 0.0)
    assert [short(value, "fr") for value in values] == ["0,0081", "0,19", "4,2", "61", "0"]


def test_filters_make_addresses() -> None:
    assert within({"prio": "1"}, "a", "moi") == "/?prio=1&a=moi"
    assert without({"prio": "1", "a": "moi"}, "a") == "/?prio=1"
    assert without({"a": "moi"}, "a") == "/"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("é" * 160, 1),
        ("é" * 161, 2),
        ("é" * 307, 3),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_of_an_sms(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


def test_what_changed_is_marked() -> None:
    assert changed("retour vers 20:15.", "retour vers 19:30.") == "retour vers <ins>20:15.</ins>"
    assert changed("<b> nouveau", "") == "&lt;b&gt; nouveau"
    assert changed("<b> deux", "un") == "<ins>&lt;b&gt; deux</ins>"


# --------------------------------------------------------------------------------------- pages


def pages(lang: str) -> dict[str, str]:
    promise = PromiseView(1, NOW - HOUR, "wholesale", "firm", "l.petit", NOW - 2 * HOUR, HOUR)
    held = HeldView("a-1", "reject", "m.durand", NOW + 24_000)
    outcome = OutcomeView("GI-1", "a", 200, "Pris", 4, "unacknowledge")
    made = frame(lang=lang, outcomes=(outcome,), late=200_000)
    rows = (row(promise=promise, held=held), row(id="GI-2", state="candidate", minutes=0))
    return {
        "queue": TEMPLATES.render("queue.html", made, queue=queue(*rows)),
        "empty": TEMPLATES.render("queue.html", made, queue=queue(last_ticket=None)),
        "viewer": TEMPLATES.render(
            "queue.html", frame(lang=lang, can=frozenset({"queue"})), queue=queue(row())
        ),
        "error": TEMPLATES.render("error.html", made, sentence="Rien ici."),
    }


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_pages_hold_nothing_that_the_policy_forbids(lang: str) -> None:
    for name, page in pages(lang).items():
        assert f'<html lang="{lang}"' in page, name
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|hx-on", page), name
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
        assert inline == [' type="application/json" id="words"'], name


def test_who_may_only_look_finds_no_action() -> None:
    page = pages("fr")["viewer"]
    assert "verb" not in page
    assert "/mur" not in page


def test_an_empty_queue_can_be_told_from_a_failure() -> None:
    assert "Aucun candidat." in pages("fr")["empty"]
    assert f"il y a 12{NBSP}s" in TEMPLATES.render("queue.html", frame(), queue=queue())


def test_texts_from_outside_are_escaped() -> None:
    page = TEMPLATES.render("queue.html", frame(), queue=queue(row(title="<img src=x>", why="<b>")))
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_a_queue_of_200_rows_is_small() -> None:
    """A row has some 660 bytes, with a long title and what alarms and neighbours say."""
    tells = {
        "why": "29 clients en 9 min, 0,04 attendu ; 3 lignes muettes",
        "where": "1 alarme sur la cause ou dessous · 9 voisins sains sur 10",
    }
    promise = PromiseView(1, NOW + HOUR, "wholesale", "firm", "l.petit", NOW - HOUR)
    bands = tuple(
        BandView(
            band,
            tuple(
                row(
                    id=f"GI-20260311-{band:.2}{n:06d}",
                    band=band,
                    promise=promise if band is Band.REPAIR else None,
                    **tells,
                )
                for n in range(50)
            ),
            50,
        )
        for band in (Band.TRIAGE, Band.CONFIRMED, Band.REPAIR, Band.RESTORED)
    )
    everything = frame(can=CAN[Role.CELL], back="/?bande=triage&a=moi")
    page = TEMPLATES.render("queue.html", everything, queue=queue(bands=bands))
    assert page.count("<tbody") == 200
    assert len(page.encode()) <= 150_000


def test_a_row_is_the_same_for_everybody() -> None:
    rows = {
        Templates("Europe/Paris").row(one, row())
        for one in (frame(), frame(role=Role.VIEWER, can=frozenset(), actor="other", csrf="x"))
    }
    assert len(rows) == 1


def test_whoever_comes_first_does_not_wait_for_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = Templates("Europe/Paris")
    asyncio.run(templates.compile_ahead())
    monkeypatch.setattr(Environment, "compile", None)
    for lang in ("fr", "en"):
        assert templates.render("queue.html", frame(lang=lang), queue=queue(row()))


def test_what_is_missing_is_a_mistake() -> None:
    with pytest.raises(UndefinedError):
        TEMPLATES.render("queue.html", frame())


def test_data_cannot_end_the_block_it_stands_in() -> None:
    page = pages("fr")["error"]
    block = page.split('id="words">')[1].split("</script>")[0]
    assert "<" not in block
    assert msgspec.json.decode(block)["undo"] == "Annuler"
