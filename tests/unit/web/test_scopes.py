"""Causes of several parts in the console: who is asked about them, and what is shown of them."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from correlator.adapters.sql import BoardRows
from correlator.model import (
    Answer,
    Closing,
    Figures,
    Incident,
    Reason,
    ReasonCode,
    State,
    SymptomRate,
)
from correlator.ports import ENGINE, FeedStatus
from correlator.web.answers import Answerer
from correlator.web.board import Board
from correlator.web.pages.domain import Past, domain_view, past
from correlator.web.pages.flags import flags_of
from correlator.web.pages.incident import stored
from correlator.web.pages.preview import preview_of
from correlator.web.views import DomainView
from tests import wide
from tests.builders import START, at, catalog, ticket
from topology import Topology

NB6, PREMIUM = "cpe_model=NB6", "offer=premium"
COMBINATION = f"{NB6}&{PREMIUM}"
TWO = "AGG-1+AGG-4"
FAULTS = {symptom.id: symptom.fault for symptom in catalog().symptoms}
NO_PAST = Past([], [])


def incident(name: str, **fields: Any) -> Incident:
    usual: dict[str, Any] = {"state": State.OPEN, "symptom": "no-internet", "customers": 900}
    return Incident(
        id=f"GI-{name}", version=1, rule="customer-group", domain=name, domain_type="x",
        first_domain=name, created=START, onset=START, changed=START, announced=START,
        reason=Reason(ReasonCode.BURST), **usual | fields,
    )  # fmt: skip


def figures(one: Incident) -> Figures:
    rate = SymptomRate(0.5, 0.0001)
    closing = Closing(0.1, 0.5, (), tickets_alive=True)
    return Figures(one.id, START, 9, 0.1, {"no-internet": rate}, closing)


def board_of(*incidents: Incident, topology: Topology | None = None) -> Board:
    board = Board(topology or wide.network())
    feeds = (FeedStatus(ENGINE, 0, at(9), at(9)),)
    shown = tuple(map(figures, incidents))
    board.update(BoardRows(1, incidents, shown, (), (), feeds, {}, ()))
    return board


def on(board: Board, customer: str) -> list[str]:
    domains = board.topology.domains_of(customer)
    assert domains is not None
    return [entry.incident.domain for entry in board.on(domains)]


def anybody(inside: set[str], *outside: set[str]) -> str:
    """Return somebody who is in one set and in none of the others."""
    return min(inside.difference(*outside))


# ---------------------------------------------------------------------------------- the board


def test_an_incident_on_a_combination_is_that_of_those_who_have_both_values() -> None:
    board = board_of(incident(COMBINATION))
    both, one, other = (
        set(names) for names in (wide.having(NB6, PREMIUM), wide.under(NB6), wide.under(PREMIUM))
    )
    assert on(board, anybody(both)) == [COMBINATION]
    assert on(board, anybody(one, both)) == []
    assert on(board, anybody(other, both)) == []
    assert on(board, anybody(set(wide.under("*")), one, other)) == []


def test_an_incident_on_neighbours_is_that_of_the_customers_of_each() -> None:
    board = board_of(incident(TWO))
    told = {switch: on(board, wide.under(switch)[0]) for switch in wide.switches()}
    assert told == {s: [TWO] if s in {"AGG-1", "AGG-4"} else [] for s in wide.switches()}


def test_a_customer_of_several_incidents_has_each_once_the_oldest_domain_first() -> None:
    board = board_of(incident(COMBINATION), incident(TWO), incident(NB6), incident(""))
    customer = anybody(set(wide.having(NB6, PREMIUM, "AGG-1")))
    assert sorted(on(board, customer)) == sorted([COMBINATION, TWO, NB6, ""])


def test_what_the_inventory_lacks_a_part_of_is_on_nobodys_line() -> None:
    board = board_of(incident(f"{NB6}&offer=gone"), incident("AGG-1+AGG-9"))
    assert on(board, anybody(set(wide.having(NB6, "AGG-1")))) == []
    assert [entry.scope for entry in board.entries()] == [None, None]
    assert [entry.domain for entry in board.entries()] == [-1, -1]


def test_another_inventory_brings_a_combination_back() -> None:
    board = board_of(incident(COMBINATION), topology=wide.inventory(PREMIUM))
    customer = anybody(set(wide.having(NB6, PREMIUM)))
    assert on(board, customer) == []
    board.rebuild(wide.network())
    assert on(board, customer) == [COMBINATION]


def test_neighbours_share_what_is_above_all_of_them() -> None:
    board = board_of(incident("AGG-1/D1+AGG-1/D2"), incident("AGG-2/D1+AGG-3/D1"))
    names = [{board.topology.name(one) for one in e.above} for e in board.entries()]
    assert names == [{"AGG-1", "CORE"}, {"CORE"}]


# ------------------------------------------------------------------------------- the agent


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        (COMBINATION, (NB6, PREMIUM), (NB6, "offer=basic")),
        (COMBINATION, (NB6, PREMIUM), ("cpe_model=NB5", PREMIUM)),
        (TWO, ("AGG-4",), ("AGG-2",)),
        ("offer=basic+offer=premium", ("offer=basic",), ("offer=triple",)),
    ],
)
def test_the_agent_reads_yes_inside_and_no_outside(
    name: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    answerer = Answerer(board_of(incident(name)), FAULTS)
    told = answerer.answer(wide.having(*inside)[0], "no-internet", at(9))
    assert told.word is Answer.YES
    assert told.entry is not None
    assert told.entry.incident.domain == name
    beside = answerer.answer(wide.having(*outside)[0], "no-internet", at(9))
    assert (beside.word, beside.near_on_path) == (Answer.NO, False)


# ----------------------------------------------------------------------------------- flags


def business(name: str, *values: str) -> list[str]:
    """Return the sentences about lines with one of some values."""
    board = board_of()
    settings = SimpleNamespace(business=values, voice_symptoms=(), voice_lines=1)
    console = cast("Any", SimpleNamespace(board=board, settings=settings))
    return [flag.sentence for flag in flags_of(console, board.entry_of(incident(name)), "en")]


@pytest.mark.parametrize(
    ("name", "value", "customers"),
    [
        (COMBINATION, "share20=yes", lambda: wide.having(NB6, PREMIUM, "share20=yes")),
        (COMBINATION, PREMIUM, lambda: wide.having(NB6, PREMIUM)),
        (TWO, PREMIUM, lambda: [*wide.having("AGG-1", PREMIUM), *wide.having("AGG-4", PREMIUM)]),
        (NB6, PREMIUM, lambda: wide.having(NB6, PREMIUM)),
        ("AGG-3", PREMIUM, lambda: wide.having("AGG-3", PREMIUM)),
    ],
)
def test_lines_with_a_contract_are_counted_within_the_scope(
    name: str, value: str, customers: Any
) -> None:
    (sentence,) = business(name, value)
    assert f"{len(customers()):,}" in sentence


@pytest.mark.parametrize("value", ["offer=basic", "offer=gone"])
def test_a_combination_without_such_lines_asks_for_nothing(value: str) -> None:
    assert business(COMBINATION, value) == []


# ------------------------------------------------------------------------- the domain's page


def view(name: str, *incidents: Incident) -> DomainView:
    console = SimpleNamespace(board=board_of(*incidents), catalog=catalog())
    return domain_view(cast("Any", console), name, NO_PAST, "en")


def test_a_combination_has_a_page() -> None:
    page = view(COMBINATION, incident(COMBINATION), incident(NB6))
    assert page.known
    assert (page.domain, page.type) == (COMBINATION, "cpe_model&offer")
    assert page.lines == len(wide.having(NB6, PREMIUM))
    assert [row.domain for row in page.incidents] == [COMBINATION]
    assert {n.domain for n in page.network.nodes if n.relation == "cause"} == {NB6, PREMIUM}


def test_the_parts_of_a_combination_may_be_written_in_any_order() -> None:
    page = view(f"{PREMIUM}&{NB6}", incident(COMBINATION))
    assert page.known
    assert [row.domain for row in page.incidents] == [COMBINATION]


def test_neighbours_have_a_page_with_what_is_above_and_below() -> None:
    page = view(TWO, incident(TWO))
    assert (page.known, page.type) == (True, "aggregation-switch")
    assert page.lines == len(wide.under("AGG-1", "AGG-4"))
    assert [row.domain for row in page.incidents] == [TWO]
    related = {
        kind: [n for n in page.network.nodes if n.relation == kind]
        for kind in ("cause", "parent", "child")
    }
    assert [node.domain for node in related["cause"]] == ["AGG-1", "AGG-4"]
    assert {node.health for node in related["cause"]} == {"failing"}
    assert [node.domain for node in related["parent"]] == ["CORE"]
    assert len(related["child"]) == 2 * wide.DSLAMS


def test_a_page_of_one_of_several_neighbours_shows_their_incident() -> None:
    assert [row.domain for row in view("AGG-4", incident(TWO)).incidents] == [TWO]
    assert view("AGG-2", incident(TWO)).incidents == ()


def test_a_value_does_not_fail_where_a_combination_with_it_does() -> None:
    page = view(NB6, incident(COMBINATION))
    assert page.incidents == ()
    assert {node.health for node in page.network.nodes if node.domain == NB6} == {"unknown"}


@pytest.mark.parametrize("name", [f"{NB6}&offer=gone", "AGG-1+AGG-9", "&", "+", f"{NB6}&"])
def test_a_name_with_an_unknown_part_has_no_page(name: str) -> None:
    assert not view(name).known


def asked_about(call: Callable[[Any], object]) -> tuple[list[str], list[set[str]]]:
    """Return which causes and which equipment's alarms a page asks the store for."""
    causes: list[str] = []
    objects: list[set[str]] = []
    nothing = SimpleNamespace(
        on_domain=lambda name, _: causes.append(name) or [],
        spans=lambda names, *_: objects.append(set(names)) or [],
        neighbourhood=lambda _: None,
        minutes=lambda *_: [], promises=lambda _: [], texts=lambda _: [], journal=lambda *_: [],
        link_counts=lambda _: {}, lasted=lambda *_: [],
    )  # fmt: skip
    call(nothing)
    return causes, objects


def test_a_page_of_neighbours_shows_the_alarms_of_each() -> None:
    asked = asked_about(lambda reads: past(reads, wide.network(), "AGG-4+AGG-1", START))
    assert asked == ([TWO], [{"AGG-1", "AGG-4"}])


def test_a_page_of_nothing_known_asks_for_nothing() -> None:
    assert asked_about(lambda reads: past(reads, wide.network(), "AGG-9+AGG-1", START)) == ([], [])


def test_an_incident_of_neighbours_shows_the_alarms_of_each() -> None:
    two = incident(TWO, among=("AGG-1", "AGG-4"))
    assert asked_about(lambda reads: stored(reads, two, START))[1] == [{"AGG-1", "AGG-4"}]


# --------------------------------------------------------------------------------- preview


def preview(name: str, linked: list[str], verb: str = "scope") -> str:
    """Return the sentence; `linked`: customers whose tickets are linked to the incident."""
    tickets = [SimpleNamespace(ticket=SimpleNamespace(ticket=ticket(c, 1))) for c in linked]
    reads = SimpleNamespace(linked=lambda *_: tickets)
    board = board_of(incident(NB6, customers=5_000, linked=len(linked)))
    console = cast("Any", SimpleNamespace(board=board, reads=reads))
    asked = {"verb": verb, "incident": f"GI-{NB6}", "domain": name, "tickets": "T1 T2"}
    return asyncio.run(preview_of(console, asked, "en"))


def test_a_narrower_scope_is_counted_before_it_is_taken() -> None:
    both, rest = wide.having(NB6, PREMIUM), wide.having(NB6, "offer=basic")
    sentence = preview(COMBINATION, [*both[:3], *rest[:2]])
    assert f"{len(both):,}" in sentence
    assert "5,000" in sentence
    counts = [word.strip(",.;") for word in sentence.split() if word[0] in "23"]
    assert {"3", "2"} <= set(counts)


def test_neighbours_are_counted_before_they_are_taken() -> None:
    one, other = wide.having("AGG-1", NB6), wide.having("AGG-2", NB6)
    sentence = preview(TWO, [*one[:3], *other[:2]])
    assert f"{len(wide.under('AGG-1', 'AGG-4')):,}" in sentence


def test_a_split_to_a_combination_is_counted() -> None:
    sentence = preview(COMBINATION, wide.having(NB6, PREMIUM)[:5], "split")
    assert COMBINATION in sentence
    assert f"{len(wide.having(NB6, PREMIUM)):,}" in sentence


def test_who_is_known_by_a_place_alone_is_counted_there() -> None:
    told = [ticket(None, 1, place=place, id=place) for place in ("AGG-1", "AGG-4", "AGG-2")]
    reads = SimpleNamespace(
        linked=lambda *_: [SimpleNamespace(ticket=SimpleNamespace(ticket=one)) for one in told]
    )
    console = cast("Any", SimpleNamespace(board=board_of(incident(NB6, linked=3)), reads=reads))
    asked = {"verb": "scope", "incident": f"GI-{NB6}", "domain": TWO, "tickets": ""}
    sentence = asyncio.run(preview_of(console, asked, "en"))
    counts = [word.strip(",.;") for word in sentence.split() if word[0] in "12"]
    assert {"2", "1"} <= set(counts)


def test_an_unknown_part_is_said_to_be_unknown() -> None:
    assert preview(f"{NB6}&offer=gone", []) == f"unknown: {NB6}&offer=gone"
