"""Whatever comes to explain a call is written into every book: window, statistic, rates, links."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

from correlator.engine.arrays import Floats, Ints
from correlator.engine.attribution import Ledger
from correlator.engine.calls import Call, CallWindow
from correlator.engine.detection import ObservedCall
from correlator.engine.incidents import Fit, IncidentSeed, LiveIncident, Move, Registry, person
from correlator.engine.rates import Moment
from correlator.model import (
    Effect,
    Link,
    LinkChanged,
    LinkState,
    Millis,
    Reason,
    ReasonCode,
)
from tests.builders import at, catalog, customers_of, index_of, network
from topology import Scope

CARD, OTHER = "DSL-1/C1", "DSL-4/C2"
USUAL = 1e-3
NOW = Moment(at(60), 2.0)
BETTER = Reason(ReasonCode.BETTER_CAUSE)


@dataclass
class Rates:
    """What the baseline learned: weights by ticket's symptom, in order."""

    moment: Moment = NOW
    learned: list[float] = field(default_factory=list)
    moved: list[tuple[int, int, float]] = field(default_factory=list)

    def observe(
        self,
        symptom: int,
        domains: Ints,
        occurred: Millis,
        weight: float,
        *,
        entered: bool = False,  # noqa: ARG002 - for the habits of places
    ) -> None:
        assert (symptom, len(domains) > 0, occurred > 0) == (1, True, True)
        self.learned.append(weight)

    def reassign(self, domains: Ints, old: int, new: int, weight: float) -> None:
        assert len(domains)
        self.moved.append((old, new, weight))


@dataclass
class Bursts:
    """Which calls were taken back, and what explained each of them then."""

    retracted: list[tuple[str, float]] = field(default_factory=list)

    def retract(self, call: ObservedCall) -> None:
        assert isinstance(call, Call)
        self.retracted.append((call.ticket, sum(call.attributions.values())))


class Profiles:
    """Every rule's failures have nothing but symptom 1."""

    matrix: Floats = np.tile([0.0, 1.0], (len(catalog().rules), 1))
    of_marks = matrix
    mixtures: ClassVar[dict[int, tuple[tuple[int, float], ...]]] = {}

    def is_fault(self, symptom: str) -> bool:
        return symptom != "billing"


@dataclass
class Feeds:
    """No feed has stalled."""

    stall: Millis = 0


@dataclass
class Books:
    """The ledger, and all that it writes into."""

    explains: bool = True
    rates: Rates = field(default_factory=Rates)
    bursts: Bursts = field(default_factory=Bursts)
    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        rules = catalog().rules
        self.incidents = Registry(network(), tuple(r.id for r in rules), self.effects.append)
        self.feeds = Feeds()
        self.window = CallWindow(network().domain_count, explains=self.explains)
        self.ledger = Ledger(
            network(), rules, self.effects.append, self.window, self.rates, self.bursts,
            Profiles(), self.incidents, self.feeds, explains=self.explains,
        )  # fmt: skip

    def incident(self, where: str = CARD, rate: float = 0.3) -> LiveIncident:
        """Return an announced incident that explains calls from τ = 0 on."""
        domain = index_of(where, network())
        size = float(network().sizes[domain])
        seed = IncidentSeed(
            trigger=f"e-{where}", rule=0, scope=Scope(domain), symptom="no-sync", unnamed=-1,
            onset=at(0), onset_tau=0.0, reason=BETTER, calls=rate * size, exposure=size, tau=2.0,
        )  # fmt: skip
        live = self.incidents.open(seed, at(0))
        self.incidents.move(live, Move.OPEN, at(0))
        return live

    def call(
        self, ticket: str, where: str = CARD, line: int = 0, *, changed: bool = False, **more: Any
    ) -> Call:
        """Return a call that has entered the books, explained by nothing."""
        customer = customers_of(where)[line]
        domains = network().domains_of(customer)
        assert domains is not None
        more = {"counted": True, "tau": 1.0, **more}
        call = Call(
            ticket=ticket, event_id=ticket, customer=customer, domains=domains, symptom=1,
            mark=1, arrived=at(30), occurred=at(30), rate=USUAL, **more,
        )  # fmt: skip
        self.ledger.enter(call, changed=changed)
        return call

    def links(self, ticket: str) -> dict[str, LinkState]:
        """Return the last state of each link of a ticket, by incident."""
        return {one.incident: one.state for one in self.changes() if one.ticket == ticket}

    def changes(self) -> list[Link]:
        """Return every change of a link, all of now."""
        found = [effect.link for effect in self.effects if isinstance(effect, LinkChanged)]
        assert {one.time for one in found} <= {NOW.now}
        return found


def seed_call(books: Books, live: LiveIncident, ticket: str = "T", **more: Any) -> Call:
    """Return a call that an incident explained when it arrived."""
    return books.call(ticket, attributions={live.number: 0.2}, **more)


# ----------------------------------------------------------------------------------- arrival


def test_what_nothing_explains_is_learned_in_full_and_linked_to_nothing() -> None:
    books = Books()
    call = books.call("T")
    assert (call.weight, books.rates.learned) == (1.0, [1.0])
    assert books.changes() == []


def test_what_an_incident_explains_is_learned_in_part_and_linked_with_its_numbers() -> None:
    books = Books()
    live = books.incident()
    call = seed_call(books, live)
    assert books.rates.learned == [pytest.approx(USUAL / (USUAL + 0.2))]
    assert books.rates.learned == [call.weight]
    (link,) = books.changes()
    assert (link.state, link.incident, link.version) == (LinkState.LINKED, live.id, 1)
    assert link.reason.code is ReasonCode.EXPLAINED
    assert link.reason.numbers["incident_rate"] == 0.2
    assert link.reason.numbers["usual_rate"] == USUAL
    assert link.reason.numbers["domain"] == CARD
    assert list(live.callers) == [call.customer]
    assert live.by_symptom == {1: pytest.approx(call.probability(live.number))}


@pytest.mark.parametrize(
    ("rate", "state"),
    [(0.2, LinkState.LINKED), (0.002, LinkState.SUGGESTED), (1e-4, None)],
)
def test_the_rule_says_how_probable_a_link_must_be(rate: float, state: LinkState | None) -> None:
    books = Books()
    live = books.incident()
    books.call("T", attributions={live.number: rate})
    assert books.links("T").get(live.id) is state
    assert bool(live.callers) is (state is LinkState.LINKED)


def test_a_repeat_is_linked_where_its_customer_has_called_and_moves_no_rate() -> None:
    books = Books()
    live = books.incident()
    seed_call(books, live)
    before, learned = live.calls, list(books.rates.learned)
    again = books.call("again", attributions={live.number: 1e-5}, counted=False)
    assert again.weight < 1.0
    assert (live.calls, books.rates.learned) == (before, learned)
    assert books.links("again") == {live.id: LinkState.LINKED}
    reason = books.changes()[-1].reason
    assert (reason.code, reason.numbers) == (
        ReasonCode.SAME_CUSTOMER,
        {"customer": again.customer},
    )


def test_a_repeat_counts_from_the_onset_on() -> None:
    books = Books()
    live = books.incident()
    seed_call(books, live)
    live.began_by(at(0), 1.0)
    live.refit(Fit(0, at(30), 1.0, 0.3, [1.0], "no-sync"))
    books.call("at the onset", attributions={live.number: 1e-5}, counted=False)
    books.call("before", attributions={live.number: 1e-5}, counted=False, tau=0.99)
    assert books.links("at the onset") == {live.id: LinkState.LINKED}
    assert books.links("before") == {}


def test_a_customer_who_calls_anew_is_linked_by_what_explains_the_new_call() -> None:
    """Not because of the first one: it is another day's."""
    books = Books()
    live = books.incident()
    seed_call(books, live)
    books.call("a day later", attributions={live.number: 0.002})
    assert books.links("a day later") == {live.id: LinkState.SUGGESTED}


@pytest.mark.parametrize(("symptom", "fault"), [("billing", True), ("no-sync", False)])
def test_a_repeat_about_something_else_is_not_linked(symptom: str, *, fault: bool) -> None:
    books = Books()
    live = books.incident()
    seed_call(books, live)
    live.name_symptom(symptom, {})
    books.call("again", attributions={live.number: 1e-5}, counted=False, fault=fault)
    assert books.links("again") == {}


def test_who_calls_after_the_end_is_linked_but_does_not_revive_it() -> None:
    books = Books()
    live = books.incident()
    books.incidents.move(live, Move.RESOLVE, at(20))
    calls = live.calls
    seed_call(books, live)
    assert books.links("T") == {live.id: LinkState.LINKED}
    assert (live.calls, live.callers) == (calls, {})


# --------------------------------------------------------------------------- what is named


def test_a_named_cause_explains_the_calls_since_its_onset() -> None:
    books = Books()
    early, late = books.call("early", line=1), books.call("late", line=2)
    early_window = books.window.find("early")
    assert early_window is early
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    assert late.attributions == {live.number: 0.3}
    assert books.bursts.retracted == [("early", 0.0), ("late", 0.0)]
    assert books.links("late") == {live.id: LinkState.LINKED}
    assert sum(books.rates.learned) == pytest.approx(early.weight + late.weight)
    assert live.by_symptom == {1: pytest.approx(2 * 0.3 / (0.3 + USUAL))}
    assert list(live.callers) == [early.customer, late.customer]


@pytest.mark.parametrize(
    ("onset", "where", "symptom"), [(1.5, CARD, 1), (0.5, OTHER, 1), (0.5, CARD, 0)]
)
def test_and_no_others(onset: float, where: str, symptom: int) -> None:
    """Those of before, those elsewhere, those that its failure does not make call."""
    books = Books()
    call = books.call("T", where)
    books.window.rename(call, symptom, USUAL)
    live = books.incident()
    books.ledger.attribute(live, 0.3, onset)
    assert call.attributions == {}
    assert books.bursts.retracted == []


def test_another_cause_explains_all_its_calls_anew() -> None:
    books = Books()
    call = books.call("T")
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    books.ledger.attribute(live, 0.1, 0.5)
    assert call.attributions == {live.number: 0.1}
    assert live.by_symptom == {1: pytest.approx(0.1 / (0.1 + USUAL))}


def test_a_second_fit_leaves_what_is_explained_as_it_is() -> None:
    books = Books()
    first = books.call("first")
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    second = books.call("second", line=1)
    books.ledger.attribute(live, 0.1, 0.5, again=True)
    assert (first.attributions, second.attributions) == ({live.number: 0.3}, {live.number: 0.1})
    assert [ticket for ticket, _ in books.bursts.retracted] == ["first", "second"]
    assert live.by_symptom[1] > 1.9


def test_what_several_explain_is_shared_and_linked_anew() -> None:
    books = Books()
    call = books.call("T")
    card, dslam = books.incident(CARD), books.incident("DSL-1")
    books.ledger.attribute(card, 0.3, 0.5)
    books.ledger.attribute(dslam, 30.0, 0.5)
    assert books.bursts.retracted == [("T", 0.0), ("T", 0.3)]
    assert books.links("T") == {card.id: LinkState.UNLINKED, dslam.id: LinkState.LINKED}
    assert call.explained() == pytest.approx(30.3 / (30.3 + USUAL))


def test_without_explaining_away_what_others_explain_stays() -> None:
    books = Books(explains=False)
    books.call("T")
    card, dslam = books.incident(CARD), books.incident("DSL-1")
    books.ledger.attribute(card, 0.3, 0.5)
    books.ledger.attribute(dslam, 30.0, 0.5)
    assert books.links("T") == {card.id: LinkState.LINKED, dslam.id: LinkState.LINKED}


def test_repeats_of_linked_customers_are_linked_with_them() -> None:
    books = Books()
    books.call("first")
    books.call("again", counted=False)
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    assert books.links("again") == {live.id: LinkState.LINKED}


def test_what_is_released_is_learned_in_full_again_and_unlinked() -> None:
    books = Books()
    call = books.call("T")
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    books.ledger.release(live, BETTER, live)
    assert (call.attributions, call.weight) == ({}, 1.0)
    assert sum(books.rates.learned) == pytest.approx(1.0)
    assert books.links("T") == {live.id: LinkState.UNLINKED}
    assert books.changes()[-1].reason == BETTER
    assert (live.callers, live.links) == ({}, {})  # the other cause begins with none


# ------------------------------------------------------------------------- what people say


def by_person(verb: str = "link") -> Reason:
    return person(verb, "anna")


def test_what_a_person_links_is_written_into_every_book() -> None:
    books = Books()
    call, live = books.call("T", OTHER), books.incident()
    books.ledger.assignments.assign(live, "T", by_person(), "anna")
    assert books.bursts.retracted == [("T", 0.0)]
    assert (call.assigned, call.retracted) == (live.number, True)
    assert call.probability(live.number) > 0.98
    assert sum(books.rates.learned) == pytest.approx(call.weight)
    assert call.weight < 0.02
    assert live.callers == {call.customer: call.arrived}
    (link,) = books.changes()
    assert (link.state, link.probability, link.actor) == (LinkState.LINKED, 1.0, "anna")


def test_a_persons_word_outweighs_the_strongest_incident() -> None:
    books = Books()
    call, live = books.call("T", OTHER), books.incident()
    books.ledger.assignments.assign(live, "T", by_person(), "anna")
    rival = books.incident(OTHER)
    books.ledger.attribute(rival, 0.8, 0.5)
    assert call.attributions.keys() == {live.number}
    assert rival.callers == {}
    assert books.links("T") == {live.id: LinkState.LINKED}


def test_what_is_linked_twice_is_taken_back_once() -> None:
    books = Books()
    books.call("T")
    first, second = books.incident(CARD), books.incident("DSL-1")
    books.ledger.attribute(first, 0.3, 0.5)
    books.ledger.assignments.assign(second, "T", by_person(), "anna")
    books.ledger.assignments.assign(first, "T", by_person(), "anna")
    assert [ticket for ticket, _ in books.bursts.retracted] == ["T"]


def test_the_engines_other_links_of_it_are_taken_back() -> None:
    books = Books()
    call = books.call("T")
    card, dslam = books.incident(CARD), books.incident("DSL-1")
    books.ledger.attribute(card, 0.3, 0.5)
    books.ledger.assignments.assign(dslam, "T", by_person(), "anna")
    assert books.links("T") == {card.id: LinkState.UNLINKED, dslam.id: LinkState.LINKED}
    assert call.customer not in card.callers


def test_of_two_people_the_last_word_holds_and_both_stay_on_record() -> None:
    books = Books()
    call = books.call("T")
    card, dslam = books.incident(CARD), books.incident("DSL-1")
    books.ledger.assignments.assign(card, "T", by_person(), "ben")
    books.ledger.assignments.assign(dslam, "T", by_person(), "anna")
    assert books.links("T") == {card.id: LinkState.LINKED, dslam.id: LinkState.LINKED}
    assert (call.attributions.keys(), call.assigned) == ({dslam.number}, dslam.number)
    assert (list(card.callers), list(dslam.callers)) == ([], [call.customer])


@pytest.mark.parametrize("end", ["merge", "reject"])
def test_the_end_of_the_former_incident_leaves_the_last_word_alone(end: str) -> None:
    books = Books()
    call = books.call("T")
    card, dslam, third = books.incident(CARD), books.incident("DSL-1"), books.incident(OTHER)
    books.ledger.assignments.assign(card, "T", by_person(), "ben")
    books.ledger.assignments.assign(dslam, "T", by_person(), "anna")
    if end == "merge":
        books.ledger.assignments.merge(card, third, by_person(), by_person(), "carl")
    else:
        books.ledger.assignments.reject(card, by_person(), "carl")
    assert (call.attributions.keys(), call.spent) == ({dslam.number}, False)
    assert books.links("T") == {card.id: LinkState.UNLINKED, dslam.id: LinkState.LINKED}


@pytest.mark.parametrize("end", ["merge", "reject"])
def test_a_person_takes_other_peoples_links_back_in_their_own_name(end: str) -> None:
    """The engine cannot: a link that a person has made is a person's to take back."""
    books = Books()
    books.call("T", OTHER)
    live, into = books.incident(), books.incident("DSL-1")
    books.ledger.assignments.assign(live, "T", by_person(), "ben")
    books.ledger.assignments.unassign(live, "U", by_person("unlink"), "ben")
    before = len(books.changes())
    if end == "merge":
        books.ledger.assignments.merge(live, into, by_person(), by_person(), "anna")
    else:
        books.ledger.assignments.reject(live, by_person(), "anna")
    back = books.changes()[before]
    assert (back.ticket, back.state, back.actor) == ("T", LinkState.UNLINKED, "anna")
    assert not live.is_linked("T")
    assert [one.ticket for one in books.changes()[before:]].count("U") == 0


def test_a_customer_with_another_linked_ticket_stays_a_caller() -> None:
    books = Books()
    live = books.incident()
    call = seed_call(books, live)
    books.call("again", attributions={live.number: 1e-5}, counted=False)
    books.ledger.assignments.unassign(live, "again", by_person("unlink"), "anna")
    assert call.customer in live.callers
    books.ledger.assignments.unassign(live, "T", by_person("unlink"), "anna")
    assert call.customer not in live.callers


def test_a_ticket_that_nobody_remembers_can_be_linked_all_the_same() -> None:
    books = Books()
    live = books.incident()
    books.ledger.assignments.assign(live, "of last week", by_person(), "anna")
    assert books.links("of last week") == {live.id: LinkState.LINKED}
    assert books.bursts.retracted == []


def test_what_a_person_unlinks_is_explained_by_nothing_and_stays_unlinked() -> None:
    books = Books()
    call = books.call("T")
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    books.ledger.assignments.unassign(live, "T", by_person("unlink"), "anna")
    assert (call.attributions, call.assigned, call.weight) == ({}, 0, 1.0)
    assert live.callers == {}
    books.ledger.attribute(live, 0.3, 0.5)
    assert books.links("T") == {live.id: LinkState.UNLINKED}
    assert call.attributions == {}
    books.ledger.attribute(live, 0.3, 0.5, again=True)
    assert (call.attributions, list(live.callers)) == ({}, [])


def test_what_a_person_linked_stays_certain_when_the_cause_is_fitted_anew() -> None:
    books = Books()
    call, live = books.call("T"), books.incident()
    books.ledger.assignments.assign(live, "T", by_person(), "anna")
    certain = dict(call.attributions)
    books.ledger.attribute(live, 0.3, 0.5)
    books.ledger.attribute(live, 0.2, 0.5, again=True)
    assert call.attributions == certain
    assert live.by_symptom == {1: pytest.approx(call.probability(live.number))}
    assert list(live.callers) == [call.customer]
    assert [ticket for ticket, _ in books.bursts.retracted] == ["T"]


def test_what_moves_from_one_incident_to_another_is_taken_back_by_what_explained_it() -> None:
    books = Books()
    live, into = books.incident(), books.incident(OTHER)
    call = seed_call(books, live)
    books.ledger.assignments.transfer(live, into, ["T"], by_person("split"), "anna")
    assert books.bursts.retracted == [("T", 0.2)]
    assert call.attributions.keys() == {into.number}
    assert books.links("T") == {live.id: LinkState.UNLINKED, into.id: LinkState.LINKED}


def test_a_merge_moves_every_linked_ticket_with_a_reason_on_either_side() -> None:
    books = Books()
    live, into = books.incident(), books.incident(OTHER)
    calls = [seed_call(books, live, f"T{n}", line=n) for n in range(3)]
    suggested = books.call("S", line=4, attributions={live.number: 0.002})
    books.ledger.assignments.merge(live, into, by_person("merge"), by_person("link"), "anna")
    assert [ticket for ticket, _ in books.bursts.retracted] == ["T0", "T1", "T2"]
    assert all(call.attributions.keys() == {into.number} for call in calls)
    assert suggested.attributions == {}
    assert into.linked_tickets() == ["T0", "T1", "T2"]
    assert live.linked_tickets() == []
    reasons = {one.incident: one.reason.numbers["verb"] for one in books.changes()[-4:]}
    assert reasons[into.id] == "link"


def test_the_calls_of_a_rejected_incident_make_no_burst_again() -> None:
    books = Books()
    live = books.incident()
    linked = seed_call(books, live)
    suggested = books.call("S", line=4, attributions={live.number: 0.002})
    books.ledger.assignments.reject(live, by_person("reject"), "anna")
    assert (linked.spent, linked.weight) == (True, 0.0)
    assert (suggested.spent, suggested.weight) == (False, 1.0)
    assert live.linked_tickets() == []


def test_what_a_person_linked_goes_to_the_heir_when_another_cause_is_named() -> None:
    books = Books()
    live, heir = books.incident(), books.incident("DSL-1")
    mine, its = books.call("mine", OTHER), seed_call(books, live, "its")
    books.ledger.assignments.assign(live, "mine", by_person(), "anna")
    books.ledger.release(live, BETTER, heir)
    assert (mine.attributions.keys(), mine.assigned) == ({heir.number}, heir.number)
    assert its.attributions == {}
    assert live.is_linked("mine")  # what a person said is not changed by the engine
    assert live.links.keys() == {"mine", "its"}  # as it was when it ended
    assert heir.is_linked("mine")
    assert heir.callers == {mine.customer: mine.arrived}
    link = books.changes()[-1]
    assert (link.incident, link.probability, link.actor) == (heir.id, 1.0, ENGINE)
    assert link.reason == BETTER


@pytest.mark.parametrize("end", ["merge", "reject", "better cause"])
def test_and_from_there_wherever_the_heir_goes(end: str) -> None:
    books = Books()
    live, heir, third = books.incident(), books.incident("DSL-1"), books.incident("DSL-2")
    mine = books.call("mine", OTHER)
    books.ledger.assignments.assign(live, "mine", by_person(), "anna")
    books.ledger.release(live, BETTER, heir)
    if end == "merge":
        books.ledger.assignments.merge(heir, third, by_person(), by_person(), "anna")
        assert (mine.assigned, mine.attributions.keys()) == (third.number, {third.number})
    elif end == "reject":
        books.ledger.assignments.reject(heir, by_person(), "anna")
        assert (mine.assigned, mine.attributions, mine.spent) == (0, {}, True)
    else:
        books.ledger.release(heir, BETTER, heir)
        assert (mine.assigned, heir.linked_tickets()) == (heir.number, ["mine"])
        assert list(heir.callers) == [mine.customer]


@pytest.mark.parametrize("planned", [0.0, 0.01])
def test_a_persons_word_is_worth_odds_of_99_against_everything_together(planned: float) -> None:
    """The usual rate, planned works, and the strongest incident that a cause is looked for with."""
    books = Books()
    call, live = books.call("T", OTHER, planned=planned), books.incident()
    books.ledger.assignments.assign(live, "T", by_person(), "anna")
    assert call.attributions == {live.number: pytest.approx(99.0 * (USUAL + planned + 0.8))}


def assigned(books: Books) -> None:
    books.ledger.assignments.assign(books.incident(OTHER), "T", by_person(), "anna")


def unassigned(books: Books) -> None:
    (live,) = books.incidents
    books.ledger.assignments.unassign(live, "T", by_person(), "anna")


def transferred(books: Books) -> None:
    (live,) = books.incidents
    books.ledger.assignments.transfer(live, books.incident(OTHER), ["T"], by_person(), "anna")


def merged(books: Books) -> None:
    (live,) = books.incidents
    books.ledger.assignments.merge(live, books.incident(OTHER), by_person(), by_person(), "anna")


def rejected(books: Books) -> None:
    (live,) = books.incidents
    books.ledger.assignments.reject(live, by_person(), "anna")


def removed(books: Books) -> None:
    books.ledger.remove("T", by_person())


ANNA, ENGINE = "anna", "correlator"
LINKED, UNLINKED = LinkState.LINKED, LinkState.UNLINKED


@pytest.mark.parametrize(
    ("act", "links"),
    [
        (assigned, [(LINKED, 1.0, ANNA), (UNLINKED, 0.0, ENGINE)]),
        (unassigned, [(UNLINKED, 0.0, ANNA)]),
        (transferred, [(UNLINKED, 0.0, ANNA), (LINKED, 1.0, ANNA)]),
        (merged, [(UNLINKED, 0.0, ENGINE), (LINKED, 1.0, ANNA)]),
        (rejected, [(UNLINKED, 0.0, ENGINE)]),
        (removed, [(UNLINKED, 0.0, ENGINE)]),
    ],
)
def test_every_change_of_a_link_says_when_who_and_why(
    act: Callable[[Books], None], links: list[tuple[LinkState, float, str]]
) -> None:
    books = Books()
    seed_call(books, books.incident())
    before = len(books.changes())
    act(books)
    changes = books.changes()[before:]
    assert [(one.state, one.probability, one.actor) for one in changes] == links
    assert [one.version for one in changes] == list(range(before + 1, before + 1 + len(links)))
    assert {one.time for one in changes} == {NOW.now}
    reasons = {one.reason.code for one in changes if one.actor == ANNA or len(links) == 1}
    assert reasons == {ReasonCode.PERSON}


# ----------------------------------------------------------------------- changes of a ticket


def test_a_ticket_that_changes_is_taken_out_of_window_rates_and_links() -> None:
    books = Books()
    live = books.incident()
    call = seed_call(books, live)
    books.ledger.remove("T", Reason(ReasonCode.TICKET_CHANGED))
    assert sum(books.rates.learned) == pytest.approx(0.0)
    assert books.window.find("T") is None
    assert books.links("T") == {live.id: LinkState.UNLINKED}
    assert call.customer not in live.callers
    books.ledger.remove("never heard of", Reason(ReasonCode.TICKET_CHANGED))


def entered_anew(books: Books, **more: Any) -> Call:
    """Return the call of a ticket the customer of which has changed."""
    books.ledger.remove("T", Reason(ReasonCode.TICKET_CHANGED))
    return books.call("T", OTHER, changed=True, **more)


def test_what_a_person_linked_stays_linked_when_it_changes() -> None:
    books = Books()
    live, other = books.incident(), books.incident(OTHER)
    books.call("T")
    books.ledger.assignments.assign(live, "T", by_person(), "anna")
    calls = live.calls
    call = entered_anew(books, attributions={other.number: 0.2})
    assert (call.assigned, call.retracted) == (live.number, True)
    assert call.probability(live.number) > 0.98
    assert sum(books.rates.learned) == pytest.approx(call.weight)
    assert books.links("T") == {live.id: LinkState.LINKED}
    assert list(live.callers) == [call.customer]
    assert live.calls == calls  # what a person has put down does not move the call rate
    assert other.callers == {}


def test_what_a_person_unlinked_stays_unlinked_when_it_changes() -> None:
    books = Books()
    live = books.incident(OTHER)
    books.call("T")
    books.ledger.assignments.unassign(live, "T", by_person("unlink"), "anna")
    call = entered_anew(books, attributions={live.number: 0.2})
    assert (call.attributions, call.weight) == ({}, 1.0)
    assert books.links("T") == {live.id: LinkState.UNLINKED}


def test_a_call_under_another_symptom_moves_its_rate_and_stays_as_explained() -> None:
    books = Books()
    live = books.incident()
    call = seed_call(books, live)
    before = call.explained()
    books.ledger.rename(call, 0, 5 * USUAL)
    assert books.rates.moved == [(1, 0, call.weight)]
    assert call.explained() == pytest.approx(before)
    assert (call.symptom, call.rate) == (0, 5 * USUAL)


def test_links_are_counted_over_a_snapshot() -> None:
    books, again = Books(), Books()
    seed_call(books, books.incident())
    again.ledger.restore(books.ledger.state())
    seed_call(again, again.incident())
    assert again.changes()[-1].version == books.changes()[-1].version + 1


# ---------------------------------------------------------------------------------- strength


def test_an_incident_explains_nothing_of_before_its_onset_or_of_another_unnamed_symptom() -> None:
    books = Books()
    live = books.incident()
    assert books.ledger.strength(live, 1, 1.0, at(30)) > 0.1
    assert books.ledger.strength(live, 1, -0.1, at(-5)) == 0.0
    assert books.ledger.strength(live, 1, 0.0, at(0)) > 0.0
    assert books.ledger.attributions([live], 1, 1.0, at(30)).keys() == {live.number}
    assert books.ledger.attributions([live], 1, -0.1, at(-5)) == {}
    live.unnamed = 0
    assert books.ledger.strength(live, 1, 1.0, at(30)) == 0.0
    call = books.call("T")
    books.ledger.attribute(live, 0.3, 0.5)
    assert call.attributions == {}
    live.unnamed = 1
    assert books.ledger.strength(live, 1, 1.0, at(30)) > 0.1
    books.ledger.attribute(live, 0.3, 0.5)
    assert call.attributions == {live.number: 0.3}


def test_what_an_incident_explains_wanes_with_silence_but_not_while_a_backlog_arrives() -> None:
    books = Books()
    live = books.incident()
    seed_call(books, live)
    live.rated(0.0, 0.3)
    silent = books.ledger.strength(live, 1, 12.0, at(720))
    books.feeds.stall = 1
    assert 0.0 < silent < 0.5 * books.ledger.strength(live, 1, 12.0, at(720))


def test_what_an_incident_explains_follows_the_symptoms_of_its_callers() -> None:
    books = Books()
    live = books.incident()
    before = books.ledger.strength(live, 1, 2.0, at(60))
    live.by_symptom = {1: 5.0}
    assert books.ledger.strength(live, 1, 2.0, at(60)) == pytest.approx(before)
    live.by_symptom = {0: 5.0}
    assert books.ledger.strength(live, 1, 2.0, at(60)) < 0.9 * before


def test_another_call_in_its_own_right_is_no_repeat() -> None:
    """The next day's call of a linked customer, of a symptom that the failure does not cause."""
    books = Books()
    books.call("first")
    books.window.rename(books.call("another day's"), 0, USUAL)
    live = books.incident()
    books.ledger.attribute(live, 0.3, 0.5)
    assert books.links("first") == {live.id: LinkState.LINKED}
    assert books.links("another day's") == {}


def test_a_repeat_that_a_person_links_teaches_the_rates_nothing() -> None:
    books = Books()
    books.call("again", counted=False)
    books.ledger.assignments.assign(books.incident(), "again", by_person(), "anna")
    assert (books.rates.learned, books.bursts.retracted) == ([], [])
