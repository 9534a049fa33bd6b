"""Pictures of whatever views: they are drawn, inside their frame, with no label over another."""

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.model import MINUTE
from correlator.web.svg import network, rate_chart, rate_table, timeline
from correlator.web.views import (
    MarkView,
    MinuteView,
    NetworkView,
    NodeView,
    RateView,
    SpanView,
    TimelineView,
)
from tests.drawings import check, overlapping, parsed

PARIS = "Europe/Paris"
ONSET = 1_773_250_560_000
KINDS = ("onset", "announced", "taken", "confirmed", "promise", "restored", "text", "closed")
LANGUAGES = ("fr", "en")

times = st.integers(ONSET - 3000 * MINUTE, ONSET + 3000 * MINUTE)
names = st.text(max_size=60)
amounts = st.floats(0, 1e6)
counts = st.integers(0, 2_000_000)
marks_of = st.lists(
    st.builds(MarkView, times, st.sampled_from(KINDS) | names, names), max_size=12
).map(tuple)
minutes_of = st.lists(st.builds(MinuteView, times, counts, amounts), max_size=80).map(
    lambda them: tuple(sorted(them, key=lambda minute: minute.minute))
)
relations = st.sampled_from(("cause", "parent", "above", "child", "sibling", "rival"))
healths = st.sampled_from(("failing", "calling", "healthy", "works", "unknown")) | names
nodes_of = st.lists(
    st.builds(NodeView, names, names, relations, healths, counts, counts, amounts, counts),
    max_size=60,
).map(tuple)
spans_of = st.lists(
    st.builds(SpanView, names, names, names, times, st.none() | times), max_size=30
).map(tuple)
languages = st.sampled_from((*LANGUAGES, "de"))


@settings(max_examples=25, deadline=None)
@given(st.builds(RateView, minutes_of, marks_of, st.integers(0, 60)), languages)
def test_any_rate_stays_in_its_frame(view: RateView, lang: str) -> None:
    markup = rate_chart(view, lang, PARIS)
    check(markup)
    assert overlapping(markup) == []
    parsed(rate_table(view, lang, PARIS))


@settings(max_examples=25, deadline=None)
@given(st.builds(NetworkView, nodes_of, counts, counts), languages)
def test_any_network_stays_in_its_frame(view: NetworkView, lang: str) -> None:
    markup = network(view, lang)
    check(markup)
    assert overlapping(markup) == []


@settings(max_examples=25, deadline=None)
@given(st.builds(TimelineView, times, times, minutes_of, spans_of, marks_of), languages)
def test_any_life_stays_in_its_frame(view: TimelineView, lang: str) -> None:
    markup = timeline(view, lang, PARIS)
    check(markup)
    assert overlapping(markup) == []
