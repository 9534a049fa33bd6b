"""The registry opens, moves, relocates and publishes incidents, and finds them by domain."""

from typing import Any

import pytest

from correlator.engine.incidents import (
    Decisions,
    IllegalMoveError,
    IncidentSeed,
    LinkRecord,
    LiveIncident,
    Move,
    Registry,
    incident_id,
)
from correlator.engine.state import Renumbering, dump, load
from correlator.model import (
    Effect,
    Incident,
    IncidentChanged,
    Journaled,
    LinkState,
    Reason,
    ReasonCode,
    State,
)
from tests.builders import at, catalog, index_of, network, wide_network
from topology import Scope

RULES = tuple(rule.id for rule in catalog().rules)
QUIET = Reason(ReasonCode.EXCESS_GONE)


class Books:
    """A registry and what it has emitted."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.registry = Registry(network(), RULES, self.effects.append)
        self.decisions = Decisions(self.registry, self.effects.append)

    def open(self, where: str = "DSL-1/C1", minute: float = 0, **more: Any) -> LiveIncident:
        seed = IncidentSeed(
            trigger=f"e-{where}", rule=0, scope=Scope(index_of(where, network())),
            symptom="no-sync", unnamed=-1, onset=at(minute - 5), onset_tau=-0.1,
            reason=Reason(ReasonCode.BURST), calls=3.0, exposure=10.0, tau=1.5,
        )._replace(**more)  # fmt: skip
        return self.registry.open(seed, at(minute))

    def announced(self, where: str = "DSL-1/C1", minute: float = 0) -> LiveIncident:
        live = self.open(where, minute)
        self.registry.move(live, Move.OPEN, at(minute))
        return live

    def pictures(self) -> list[tuple[str, Incident]]:
        return [(e.kind, e.incident) for e in self.effects if isinstance(e, IncidentChanged)]

    def last(self) -> Incident:
        return self.pictures()[-1][1]


def names(lives: list[LiveIncident]) -> list[str]:
    return [network().name(live.scope.domain) for live in lives]


# -------------------------------------------------------------------------------- its life


def test_an_incident_begins_as_a_candidate_with_what_its_seed_says() -> None:
    books = Books()
    live = books.open(gap=0.2, alarms=("A1",), owner="nord", equivalents=("X",), confirmed_by="ben")
    assert (live.state, live.number, live.announced) == (State.CANDIDATE, 1, None)
    assert live.id == incident_id(at(0), "e-DSL-1/C1", "DSL-1/C1")
    assert live.first_scope == live.scope
    assert (live.customers, live.created, live.onset) == (30, at(0), at(-5))
    assert (live.calls, live.exposure, live.filter_tau, live.last_tau) == (3.0, 10.0, 1.5, 1.5)
    assert (live.gap, live.alarms, live.owner, live.equivalents) == (0.2, {"A1": 1}, "nord", ("X",))
    assert (live.confirmed_by, live.acknowledged_by) == ("ben", "ben")
    assert books.effects == []
    assert books.registry.anything_lives


def test_ids_stay_apart_when_the_same_event_raises_again() -> None:
    books = Books()
    first = books.announced()
    books.registry.move(first, Move.REJECT, at(1), QUIET)
    second = books.open()
    assert second.id != first.id
    assert second.number == first.number + 1
    assert books.registry.find(second.id) is second


def test_it_is_announced_where_it_stands_then() -> None:
    books = Books()
    live = books.open()
    books.registry.relocate(live, Scope(index_of("DSL-1", network())))
    books.registry.move(live, Move.PROPOSE, at(7))
    assert (live.announced, live.created, live.first_scope) == (at(7), at(7), live.scope)
    kind, picture = books.pictures()[-1]
    assert (kind, picture.state, picture.version) == ("created", State.PROPOSED, 1)


def test_an_illegal_move_raises_and_changes_nothing() -> None:
    books = Books()
    live = books.open()
    with pytest.raises(IllegalMoveError):
        books.registry.move(live, Move.RESOLVE, at(1), QUIET)
    assert (live.state, live.ended, live.resolved, books.effects) == (
        State.CANDIDATE, None, None, [],
    )  # fmt: skip


def test_resolved_closed_and_reopened() -> None:
    books = Books()
    live, registry = books.announced(), books.registry
    registry.move(live, Move.RESOLVE, at(10), QUIET)
    assert (live.resolved, live.ended) == (at(10), QUIET)
    registry.move(live, Move.CLOSE, at(20), QUIET)
    assert registry.get(live.number) is None
    assert registry.find(live.id) is live
    assert not registry.anything_lives
    books.decisions.reopen(live, at(30), 4.0, "anna")
    assert (live.state, live.resolved, live.ended) == (State.OPEN, None, None)
    assert (live.last_tau, live.reopened) == (4.0, at(30))
    assert registry.get(live.number) is live
    assert names(registry.on(live.scope.domain)) == ["DSL-1/C1"]


@pytest.mark.parametrize("move", [Move.REJECT, Move.MERGE])
def test_what_is_rejected_or_merged_is_gone_for_good(move: Move) -> None:
    books = Books()
    live = books.announced()
    books.registry.move(live, move, at(1), QUIET)
    assert books.registry.find(live.id) is None
    assert books.registry.picture(live.id) == books.last()


def test_a_merged_incident_names_its_parent() -> None:
    books = Books()
    live, into = books.announced(), books.announced("DSL-2")
    books.registry.merge(live, into, at(3), QUIET, actor="anna")
    assert (books.last().state, books.last().parent) == (State.MERGED, into.id)
    assert (books.last().ended, books.last().changed) == (QUIET, at(3))
    changes = [one.change for one in books.effects if isinstance(one, Journaled)]
    assert {(c.field, c.actor) for c in changes[-2:]} == {("state", "anna"), ("parent", "anna")}
    books.registry.move(into, Move.RESOLVE, at(4), QUIET)
    books.registry.move(into, Move.CLOSE, at(5), QUIET)
    with pytest.raises(IllegalMoveError):
        books.registry.merge(into, live, at(6), QUIET)
    assert into.parent == ""


# ----------------------------------------------------------------------------- by domain


def test_what_explains_is_found_on_its_domain_and_above_and_below() -> None:
    books = Books()
    registry = books.registry
    card, node = books.announced("DSL-1/C1"), books.announced("DSL-1")
    other = books.announced("DSL-3/C4")
    candidate = books.open("DSL-1/C2")
    path = network().domains_of("DSL-1/C2:3")
    assert path is not None
    nearby = registry.nearby(path)
    assert names(nearby.explaining) == ["DSL-1"]
    assert names(nearby.candidates) == ["DSL-1/C2"]
    assert [network().name(domain) for domain in nearby.shared] == ["AGG-1", "DSL-1"]
    assert registry.latest_below(index_of("DSL-1", network())) is card
    assert registry.announced_above(card.scope.domain) == [node]
    assert registry.announced_above(other.scope.domain) == []
    assert registry.all_announced() == [card, node, other]
    assert registry.candidates() == [candidate]
    assert registry.explaining((card.scope.domain, other.scope.domain)) == [card, other]
    assert list(registry) == [card, node, other, candidate]


def test_a_resolved_incident_still_explains_and_is_not_announced() -> None:
    books = Books()
    live = books.announced()
    books.registry.move(live, Move.RESOLVE, at(1), QUIET)
    assert books.registry.on(live.scope.domain) == [live]
    assert books.registry.all_announced() == []
    assert books.registry.announced_above(index_of("DSL-1/C1", network())) == []


def test_links_are_found_by_ticket() -> None:
    books = Books()
    live, _ = books.announced(), books.announced("DSL-2")
    assert books.registry.linking("T") == []
    live.set_link("T", LinkRecord(LinkState.LINKED, 1.0))
    assert books.registry.linking("T") == [live]


# ------------------------------------------------------------------------------ publishing


def test_only_what_has_changed_is_published_and_journaled() -> None:
    books = Books()
    live = books.announced()
    before = len(books.effects)
    live.began_by(at(0), 0.0)
    assert live.dirty
    books.registry.publish(live, at(1))
    assert (len(books.effects), live.dirty) == (before, False)
    books.decisions.assign(live, "anna", at(2), "anna")
    kind, picture = books.pictures()[-1]
    assert (kind, picture.version, picture.changed) == ("attributes", 2, at(2))
    changes = [one.change for one in books.effects[before:] if isinstance(one, Journaled)]
    assert [(c.field, c.old, c.new, c.actor) for c in changes] == [
        ("acknowledged_by", "", "anna", "anna")
    ]


def test_living_are_the_announced_that_are_not_over() -> None:
    books = Books()
    live, _ = books.announced(), books.open("DSL-2")
    gone = books.announced("DSL-3")
    books.registry.move(gone, Move.REJECT, at(1), QUIET)
    assert [one.id for one in books.registry.living()] == [live.id]


def test_living_is_too_what_only_the_noc_is_told_of() -> None:
    books = Books()
    live = books.open(noc=True)
    books.registry.publish(live, at(1))
    assert [one.id for one in books.registry.living()] == [live.id]


def test_what_is_renamed_has_the_equivalents_and_the_owner_of_its_new_cause() -> None:
    inventory, effects = wide_network(), list[Effect]()
    registry = Registry(inventory, RULES, effects.append)
    seed = IncidentSeed(
        trigger="e", rule=0, scope=Scope(index_of("AGG-1", inventory)), symptom="no-sync",
        unnamed=-1, onset=0, onset_tau=0.0, reason=QUIET, calls=1.0, exposure=1.0, tau=0.0,
        owner="nord", equivalents=("X",),
    )  # fmt: skip
    live = registry.open(seed, at(0))
    registry.relocate(live, Scope(index_of("CORE-1", inventory)))
    assert (live.equivalents, live.owner) == (("*",), "")


def test_what_is_over_is_forgotten_in_time_and_what_lives_is_not() -> None:
    books = Books()
    live, over = books.announced(), books.announced("DSL-2")
    for move in (Move.RESOLVE, Move.CLOSE):
        books.registry.move(over, move, at(10), QUIET)
    books.registry.forget(at(10))
    assert books.registry.find(over.id) is over
    books.registry.forget(at(10) + 1)
    assert books.registry.find(over.id) is None
    assert books.registry.picture(over.id) is None
    assert books.registry.picture(live.id) is not None


# ----------------------------------------------------------------------- changes by people


def test_a_person_confirms_a_candidate_and_owns_it() -> None:
    books = Books()
    live = books.open()
    books.decisions.confirm(live, at(4), "anna")
    assert (live.state, live.announced) == (State.OPEN, at(4))
    assert (live.confirmed_by, live.acknowledged_by) == ("anna", "anna")


def test_who_acknowledged_first_owns_it_and_an_announcement_keeps_its_time() -> None:
    books = Books()
    live = books.announced(minute=1)
    books.decisions.assign(live, "ben", at(2), "ben")
    books.decisions.confirm(live, at(4), "anna")
    assert (live.acknowledged_by, live.confirmed_by, live.announced) == ("ben", "anna", at(1))


def test_what_is_over_cannot_be_confirmed_or_reopened_twice() -> None:
    books = Books()
    live = books.announced()
    with pytest.raises(IllegalMoveError):
        books.decisions.reopen(live, at(1), 9.0, "anna")
    assert (live.last_tau, live.reopened) == (1.5, 0)
    books.registry.move(live, Move.RESOLVE, at(1), QUIET)
    with pytest.raises(IllegalMoveError):
        books.decisions.confirm(live, at(2), "anna")
    assert (live.confirmed_by, live.acknowledged_by) == ("", "")


@pytest.mark.parametrize(("rules", "rule"), [([3, 0], 0), ([3, 4], 3), ([], 0)])
def test_a_person_names_another_domain(rules: list[int], rule: int) -> None:
    """It keeps its rule where that is about the domain, else gets one that is."""
    books = Books()
    live = books.announced()
    live.alarmed()
    live.rated(0.5, 0.1)
    wider = index_of("DSL-1", network())
    books.decisions.rescope(live, Scope(wider), rules, at(6), "anna")
    assert (live.scope.domain, live.first_scope) == (wider, Scope(index_of("DSL-1/C1", network())))
    assert (live.rule, live.customers, live.confirmed_by) == (rule, 180, "anna")
    assert (live.own_alarm, live.history) == (False, [])
    assert (live.healthy, live.siblings, live.equivalents) == (0, 0, ())
    assert names(books.registry.on(wider)) == ["DSL-1"]
    assert (books.last().domain, books.last().version) == ("DSL-1", 2)
    books.decisions.rescope(live, live.first_scope, rules, at(7), "ben")
    assert live.confirmed_by == "anna"


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("confirm", {"state", "acknowledged_by", "confirmed_by"}),
        ("rescope", {"domain", "confirmed_by", "priority"}),
        ("reopen", {"state"}),
        ("set_message", {"message"}),
    ],
)
def test_what_a_person_does_is_journaled_under_their_name_at_its_time(
    verb: str, fields: set[str]
) -> None:
    books = Books()
    live = books.open() if verb == "confirm" else books.announced()
    if verb == "reopen":
        books.registry.move(live, Move.RESOLVE, at(5), QUIET)
    books.registry.publish(live, at(5))
    before = len(books.effects)
    more: dict[str, tuple[Any, ...]] = {
        "rescope": (Scope(index_of("AGG-1", network())), []),
        "set_message": ("ok",),
    }
    tau = (2.0,) if verb == "reopen" else ()
    getattr(books.decisions, verb)(live, *more.get(verb, ()), at(6), *tau, "anna")
    changes = [one.change for one in books.effects[before:] if isinstance(one, Journaled)]
    assert {one.field for one in changes} <= fields
    assert len(changes) >= 1
    assert {(one.actor, one.time) for one in changes} == {("anna", at(6))}
    assert books.last().changed == at(6)


def test_a_relocated_incident_is_to_be_published() -> None:
    books = Books()
    live = books.announced()
    assert not live.dirty
    books.registry.relocate(live, Scope(index_of("DSL-1", network())))
    assert live.dirty


def test_a_person_writes_what_agents_say() -> None:
    books = Books()
    live = books.announced()
    books.decisions.set_message(live, "technicien en route", at(6), "anna")
    assert books.last().message == "technicien en route"


def test_equivalents_and_owner_are_those_of_the_inventory() -> None:
    registry = Registry(wide_network(), RULES, lambda _effect: None)
    assert registry.equivalents_of(Scope(index_of("CORE-1", wide_network()))) == ("*",)
    assert registry.owner_of(Scope(index_of("CORE-1", wide_network()))) == ""


# --------------------------------------------------------------------- snapshots and swaps


def full() -> Books:
    """Return books with an open, a closed, and a candidate incident."""
    books = Books()
    books.announced()
    over = books.announced("DSL-2")
    for move in (Move.RESOLVE, Move.CLOSE):
        books.registry.move(over, move, at(10), QUIET)
    books.open("DSL-3/C4")
    return books


def kept(books: Books) -> dict[str, Any]:
    return load(dump(books.registry.state()))


def test_it_stands_where_it_stood() -> None:
    before, after = full(), Books()
    after.registry.restore(kept(before))
    assert dump(after.registry.state()) == dump(before.registry.state())
    assert names(list(after.registry)) == ["DSL-1/C1", "DSL-3/C4"]
    assert after.registry.anything_lives
    assert after.open("DSL-4").number == 4


def moved(gone: str = "", rule: str = "") -> Renumbering:
    """Return the indexes after a domain or a rule has gone from a network that is turned round."""
    domains = ["" if name == gone else name for name in network().names]
    rules = ["" if name == rule else name for name in RULES]
    return Renumbering(network(), catalog(), domains, rules, at(99))


def test_incidents_move_to_the_indexes_of_another_inventory() -> None:
    before, after = full(), Books()
    state = kept(before)
    last = network().domain_count - 1
    turned = [network().names[last - 1 - n] for n in range(last)] + ["*"]
    for one in (*state["live"], *state["closed"]):
        one["scope"][0], one["first_scope"] = last - 1 - one["scope"][0], [last, [], []]
    after.registry.carry_over(state, Renumbering(network(), catalog(), turned, RULES, at(99)))
    assert names(list(after.registry)) == ["DSL-1/C1", "DSL-3/C4"]
    assert [live.customers for live in after.registry] == [30, 30]
    assert {live.first_scope.domain for live in after.registry} == {last}
    assert after.effects == []


@pytest.mark.parametrize("lost", [{"gone": "DSL-1/C1"}, {"rule": RULES[0]}])
def test_an_incident_whose_place_or_rule_is_gone_ends(lost: dict[str, str]) -> None:
    before, after = full(), Books()
    after.registry.carry_over(kept(before), moved(**lost))
    ended = [picture for _, picture in after.pictures()]
    assert [(one.domain, one.state, one.version) for one in ended[:2]] == [
        ("DSL-1/C1", State.RESOLVED, 2), ("DSL-1/C1", State.CLOSED, 3),
    ]  # fmt: skip
    assert all(one.ended is not None for one in ended)
    assert {one.ended.code for one in ended if one.ended} == {ReasonCode.EQUIPMENT_GONE}
    assert ended[-1].changed == at(99)
    left = [] if "rule" in lost else ["DSL-3/C4"]
    assert names(list(after.registry)) == left


def test_a_first_domain_that_is_gone_is_the_one_of_now() -> None:
    before, after = Books(), Books()
    live = before.announced("DSL-1/C1")
    before.registry.relocate(live, Scope(index_of("DSL-1", network())))
    after.registry.carry_over(kept(before), moved(gone="DSL-1/C1"))
    (one,) = after.registry
    assert one.first_scope == one.scope == Scope(index_of("DSL-1", network()))
