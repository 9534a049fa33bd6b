"""Pictures: well formed, without style, in both languages, and never beyond their frame."""

import re

import pytest

from correlator.model import MINUTE
from correlator.web.svg import network, rate_chart, rate_table, timeline
from correlator.web.svg.words import WORDS, say
from correlator.web.views import (
    MarkView,
    MinuteView,
    NetworkView,
    NodeView,
    RateView,
    SpanView,
    TimelineView,
)
from tests.drawings import SVG, check, overlapping, parsed, svg, words_of

PARIS = "Europe/Paris"
ONSET = 1_773_250_560_000  # 2026-03-11, 18:36 in Paris
LANGUAGES = ("fr", "en")
KINDS = ("onset", "announced", "taken", "confirmed", "promise", "restored", "text", "closed")
LONG = "DSL-00042/C07-SLOT-12-SHELF-3-RACK-B"


def rate(points: int = 60, marks: tuple[MarkView, ...] = ()) -> RateView:
    minutes = (MinuteView(ONSET + n * MINUTE, n % 9, 0.031) for n in range(points))
    return RateView(tuple(minutes), marks)


def node(domain: str = "AGG-0005", relation: str = "cause", **fields: object) -> NodeView:
    given_fields = {"health": "failing", "lines": 3417, "observed": 29, "expected": 0.8} | fields
    return NodeView(domain, "dslam", relation, **given_fields)


# ------------------------------------------------------------------------------------ the rate


@pytest.mark.parametrize("points", [0, 1, 2, 60, 240, 400])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rate_of_any_length_is_drawn(points: int, lang: str) -> None:
    markup = rate_chart(rate(points), lang, PARIS)
    check(markup)
    assert overlapping(markup) == []
    assert len(svg(markup).findall(f".//{SVG}rect[@data-at]")) == min(points, 240)
    assert len(markup) < 40_000


def test_a_column_can_be_read_out() -> None:
    column = svg(rate_chart(rate(3), "fr", PARIS)).findall(f".//{SVG}rect[@data-at]")[2]
    data = {name: column.attrib[f"data-{name}"] for name in ("at", "observed", "expected")}
    assert data == {"at": str(ONSET + 2 * MINUTE), "observed": "2", "expected": "0.031"}


def test_marks_in_the_same_minute_stand_below_each_other() -> None:
    marks = tuple(MarkView(ONSET + 5 * MINUTE, kind, "") for kind in KINDS[:6])
    markup = rate_chart(rate(marks=marks), "fr", PARIS)
    check(markup)
    assert overlapping(markup) == []
    assert words_of(markup).count("18:41") >= 6


@pytest.mark.parametrize(("lang", "word"), [("fr", "retour prévu 20:15"), ("en", "promised 20:15")])
def test_a_promise_ahead_of_the_last_minute_is_shown(lang: str, word: str) -> None:
    promise = MarkView(ONSET + 99 * MINUTE, "promise", "")
    markup = rate_chart(rate(80, (promise,)), lang, PARIS)
    check(markup)
    assert word in words_of(markup)


def test_a_label_that_says_when_is_not_told_twice() -> None:
    promise = MarkView(ONSET + 16 * MINUTE, "promise", "retour 20:15")
    assert "retour 20:15 18" not in words_of(rate_chart(rate(80, (promise,)), "fr", PARIS))


def test_a_promise_for_tomorrow_does_not_squeeze_today() -> None:
    promise = MarkView(ONSET + 1440 * MINUTE, "promise", "")
    columns = svg(rate_chart(rate(60, (promise,)), "fr", PARIS)).findall(f".//{SVG}rect[@data-at]")
    assert float(columns[0].attrib["width"]) > 8


def test_days_are_named_on_a_long_axis() -> None:
    minutes = tuple(MinuteView(ONSET + n * 15 * MINUTE, 1, 0.1) for n in range(240))
    markup = rate_chart(RateView(minutes, (), 15), "fr", PARIS)
    assert "12/03" in words_of(markup)
    assert "Appels par 15 minutes" in markup


def test_the_table_has_each_point_and_what_happened_in_it() -> None:
    marks = (MarkView(ONSET + 90_000, "announced", "annonce"),)
    rows = parsed(rate_table(rate(3, marks), "fr", PARIS)).findall("tbody/tr")
    cells = [[cell.text for cell in row] for row in rows]
    assert cells[0] == ["18:36", "0", "0,031", None]
    assert cells[1] == ["18:37", "1", "0,031", "annonce 18:37"]


def test_a_table_without_points() -> None:
    assert parsed(rate_table(RateView((), ()), "en", PARIS)).findall("tbody/tr") == []


# --------------------------------------------------------------------------------- the network


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", ("en panne · 3\u202f417 lignes", "29 / 0,8 att. · 2 alarmes", "36 DSLAM sains")),
        ("en", ("failing · 3,417 lines", "29 / 0.8 exp. · 2 alarms", "36 healthy DSLAMs")),
    ],
)
def test_nodes_say_what_they_are(lang: str, words: tuple[str, ...]) -> None:
    nodes = (node(alarms=2), node("DSL-1", "child"))
    markup = network(NetworkView(nodes, healthy_children=36), lang)
    check(markup)
    for word in words:
        assert word in words_of(markup)


def test_every_node_is_a_link_to_its_page() -> None:
    nodes = (node(), node("DSL-00018/C01", "child"), node("region=Île & <Co>", "rival"))
    links = svg(network(NetworkView(nodes), "fr")).findall(f".//{SVG}a")
    targets = [link.attrib["href"] for link in links]
    assert targets[:2] == ["/d/AGG-0005", "/d/DSL-00018/C01"]
    assert targets[2] == "/d/region=%C3%8Ele%20%26%20%3CCo%3E"


def test_a_long_name_is_cut_in_its_middle_and_whole_in_its_title() -> None:
    markup = network(NetworkView((node(LONG),)), "fr")
    assert "…" in words_of(markup)
    assert f"<title>{LONG}" in markup


def test_the_names_of_links_are_no_picture() -> None:
    assert svg(network(NetworkView((node(),)), "fr")).attrib["role"] == "group"
    assert svg(rate_chart(rate(), "fr", PARIS)).attrib["role"] == "img"


def test_more_children_than_fit_are_counted() -> None:
    children = [node(f"DSL-{n}", "child") for n in range(60)]
    markup = network(NetworkView((node(), *children)), "fr")
    check(markup)
    assert "et 36 autres" in words_of(markup)
    assert overlapping(markup) == []


def test_a_network_without_a_node_says_that_there_is_nothing_to_draw() -> None:
    assert "Rien à dessiner" in words_of(network(NetworkView(()), "fr"))


def test_a_number_of_lines_is_never_shortened() -> None:
    markup = network(NetworkView((node(lines=63_127, health="quiet"),)), "fr")
    assert "63\u202f127" in words_of(markup)
    assert "…" not in words_of(markup)


# -------------------------------------------------------------------------------- the time line


def life() -> TimelineView:
    marks = (
        MarkView(ONSET, "onset", "début"),
        MarkView(ONSET + 4 * MINUTE, "taken", "pris par l.petit"),
        MarkView(ONSET + 4 * MINUTE, "confirmed", "confirmé"),
        MarkView(ONSET + 99 * MINUTE, "promise", "retour"),
    )
    alarms = (
        SpanView("A-1", LONG, "communicationsSubsystemFailure", ONSET - MINUTE, None),
        SpanView("A-2", "DSL-1", "lossOfSignal", ONSET, ONSET + 9 * MINUTE),
    )
    return TimelineView(ONSET - 9 * MINUTE, ONSET + 60 * MINUTE, rate().minutes, alarms, marks)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_life_is_drawn_in_rows(lang: str) -> None:
    markup = timeline(life(), lang, PARIS)
    check(markup)
    assert overlapping(markup) == []
    for row in ("steps", "calls", "alarms", "people", "promises"):
        assert say(lang, f"row-{row}") in words_of(markup)


def test_what_finds_no_lane_is_counted() -> None:
    marks = tuple(MarkView(ONSET, "note", f"note {n}") for n in range(9))
    markup = timeline(TimelineView(ONSET, ONSET + MINUTE, (), (), marks), "fr", PARIS)
    check(markup)
    assert "et 5 autres" in words_of(markup)


def test_a_life_that_has_hardly_begun() -> None:
    check(timeline(TimelineView(ONSET, ONSET, (), (), ()), "fr", PARIS))


# ---------------------------------------------------------------------------------- whatever


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_hold_the_same_values(key: str) -> None:
    french, english = (sorted(re.findall(r"{\w+}", text)) for text in WORDS[key])
    assert french == english


# -------------------------------------------------------------------------------- hostile names


@pytest.mark.parametrize(
    "name",
    [
        '"><script>alert(1)</script>',
        "</text></svg><img src=x onerror=alert(2)>",
        "' onload='alert(3)",
        "javascript:alert(4)",
        "]]><svg onload=alert(5)>",
        "&lt;script&gt;",
    ],
)
def test_a_name_is_never_markup(name: str) -> None:
    """Names come from the inventory, alarms from supervision, labels from people."""
    span = SpanView(name, name, name, ONSET, None)
    mark = MarkView(ONSET, "text", name)
    relations = ("cause", "parent", "above", "child", "sibling", "rival")
    nodes = tuple(node(name, relation) for relation in relations)
    for markup in (
        network(NetworkView(nodes), "fr", PARIS),
        timeline(TimelineView(ONSET, ONSET + MINUTE, (), (span,), (mark,)), "fr", PARIS),
        rate_chart(rate(marks=(mark,)), "fr", PARIS),
    ):
        kinds = {one.tag.removeprefix(SVG) for one in parsed(markup).iter()}
        assert not kinds & {"script", "img", "foreignObject", "iframe"}
        for one in parsed(markup).iter():
            assert not [key for key in one.attrib if key.startswith("on")]
            assert not one.attrib.get("href", "/").strip().lower().startswith("javascript:")
