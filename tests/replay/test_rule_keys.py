"""Every key of a rule and of a symptom decides something: change it, and the outcome changes."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

import rules
from correlator.engine import EngineSettings
from correlator.model import (
    HOUR,
    MINUTE,
    Event,
    Incident,
    LinkState,
    ReasonCode,
    RulesChanged,
    State,
)
from rules import Catalog
from rules.model import Rule
from rules.schema import RULE, SYMPTOM
from tests.builders import Desk, alarm, at, calls, catalog, customers_of, spread, ticket

Test = TypeVar("Test", bound=Callable[..., None])

TYPED = EngineSettings(use_text=False)  # quick to build; the tickets here say their symptom
CARD = catalog().rule("access-line-card")
PLACE = "DSL-1/C1"
CALLERS = spread(customers_of(PLACE), 7)
FAULT = calls(CALLERS, 5, 4, ("no-sync", "no-sync", "no-internet"))
ALARM = alarm(PLACE, 1)
MAIL = calls(CALLERS, 5, 4, ("mail",))  # the card's rule does not name it

SHOWN: set[str] = set()


def shows(*keys: str) -> Callable[[Test], Test]:
    """Put down which keys a test shows at work."""

    def keep(test: Test) -> Test:
        SHOWN.update(keys)
        return test

    return keep


def test_every_key_is_shown_at_work() -> None:
    names = {*RULE.names(), *SYMPTOM.names("symptom.")}
    groups = {name.rpartition(".")[0] for name in names}
    assert names - groups - SHOWN == set()
    assert SHOWN - names == set()


# ----------------------------------------------------------------------------- other catalogs


def with_rule(rule: Rule, instead_of: str = CARD.id) -> Catalog:
    others = tuple(rule if old.id == instead_of else old for old in catalog().rules)
    return replace(catalog(), version="edited", rules=others)


def with_symptom(name: str, /, **changes: Any) -> Catalog:
    named = [replace(s, **changes) if s.id == name else s for s in catalog().symptoms]
    return replace(catalog(), version="edited", symptoms=tuple(named))


def renamed(old: str, new: str) -> Catalog:
    """Return the catalog with another name for a symptom, everywhere."""
    folder = files("rules") / "catalog"
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")]
    return rules.parse({name: (folder / name).read_text().replace(old, new) for name in names})


def under(in_force: Catalog | Rule, *events: Event | Iterable[Event]) -> Desk:
    """Tell a desk under another catalog, or under another rule for cards, what happens."""
    if isinstance(in_force, Rule):
        in_force = with_rule(in_force)
    return Desk(TYPED, in_force=in_force).feed(*events)


def minute(desk: Desk) -> float:
    return desk.minute_of(desk.incident())


def ties(desk: Desk) -> set[LinkState]:
    return set(desk.outcome.links.get(desk.incident().id, {}).values())


def card(**changes: Any) -> Rule:
    return replace(CARD, **changes)


# --------------------------------------------------------------------------- where and what


@shows("id")
def test_a_rule_of_another_id_is_another_rule_to_what_lives() -> None:
    def swapped(rule: Rule) -> Incident:
        desk, new = under(CARD, FAULT), with_rule(rule)
        new = replace(new, version="edited again")
        desk.engine.offer(new)
        desk.feed(RulesChanged("swap", at(40), new.version))
        return desk.incident()

    assert swapped(card()).state is State.OPEN
    assert swapped(card(id="another")).state is State.CLOSED
    assert under(with_rule(card(id="another")), FAULT).incident().rule == "another"


@shows("domains")
def test_a_type_of_domain_that_the_rule_leaves_is_another_rules() -> None:
    assert under(CARD, FAULT).incident().rule == CARD.id
    assert under(card(domains=("pon-port",)), FAULT).incident().rule == "unlisted-equipment"


@shows("only")
def test_a_domain_that_no_pattern_names_is_not_named() -> None:
    assert under(card(only=("dsl-?/c1",)), FAULT).causes() == [PLACE]
    assert PLACE not in under(card(only=("dsl-?/c[2-6]",)), FAULT).causes()


@shows("symptoms")
def test_callers_with_the_symptoms_of_the_rule_convince_faster() -> None:
    assert minute(under(card(symptoms={"mail": 1}), MAIL)) < minute(under(CARD, MAIL))


@shows("other_symptoms")
def test_callers_with_other_symptoms_count_by_their_share() -> None:
    assert under(card(other_symptoms=0.3), MAIL).causes() == [PLACE]
    assert under(card(other_symptoms=0.01), MAIL).causes() == []


@shows("alarms")
def test_alarms_count_only_where_the_rule_lists_some() -> None:
    assert minute(under(CARD, ALARM, FAULT)) < minute(under(card(alarms=()), ALARM, FAULT))


@shows("alarms.causes")
def test_alarms_of_other_causes_do_not_count() -> None:
    (first, *_) = CARD.alarms
    this = card(alarms=(replace(first, causes=(ALARM.cause,)),))
    other = card(alarms=(replace(first, causes=("lossOfFrame",)),))
    assert minute(under(this, ALARM, FAULT)) < minute(under(other, ALARM, FAULT))


@shows("alarms.severities")
def test_alarms_of_other_severities_do_not_count() -> None:
    (first, *_) = CARD.alarms
    this = card(alarms=(replace(first, severities=(ALARM.severity,)),))
    other = card(alarms=(replace(first, severities=("major",)),))
    assert minute(under(this, ALARM, FAULT)) < minute(under(other, ALARM, FAULT))


# ----------------------------------------------------------------------------- how sure to be


@shows("dial_share")
def test_a_small_part_of_the_dial_waits_for_more_callers() -> None:
    assert minute(under(CARD, FAULT)) < minute(under(card(dial_share=0.0003), FAULT))


@shows("cause_gain")
def test_a_cause_waits_until_it_brings_its_evidence() -> None:
    strict = under(card(cause_gain=30), FAULT)
    assert minute(under(CARD, FAULT)) < minute(strict)
    assert {told.reason.code for told in strict.suppressed()} == {ReasonCode.WEAK_CAUSE}


@shows("callers")
def test_a_cause_waits_for_so_many_callers() -> None:
    sixth = 5 + 5 * 4  # minutes
    assert minute(under(CARD, FAULT)) < sixth
    assert minute(under(card(callers=6), FAULT)) >= sixth
    named = {incident.rule for incident in under(card(callers=8), FAULT).announced()}
    assert CARD.id not in named  # seven called


@shows("alarms.follows")
def test_alarms_that_nobody_follows_hardly_count() -> None:
    (first, *_) = CARD.alarms
    never = card(alarms=(replace(first, follows=0.0005),))
    assert minute(under(CARD, ALARM, FAULT)) < minute(under(never, ALARM, FAULT))


@shows("alarm_fade")
def test_an_alarm_counts_for_late_callers_until_it_has_faded() -> None:
    late = calls(CALLERS, 45, 8, ("no-internet",))
    short, long = (card(alarm_fade=fade, dial_share=0.0001) for fade in (30 * MINUTE, 2 * HOUR))
    assert minute(under(long, ALARM, late)) < minute(under(short, ALARM, late))


@shows("link.linked")
def test_a_ticket_that_is_not_probable_enough_is_only_suggested() -> None:
    assert ties(under(CARD, FAULT)) == {LinkState.LINKED}
    strict = replace(CARD.link, linked=1.0)
    assert ties(under(card(link=strict), FAULT)) == {LinkState.SUGGESTED}


@shows("link.suggested")
def test_a_ticket_that_is_not_even_probable_is_not_suggested() -> None:
    strict = replace(CARD.link, linked=1.0, suggested=1.0)
    assert ties(under(card(link=strict), FAULT)) == set()


# ------------------------------------------------------------------------------ what follows


@shows("raises")
def test_a_rule_opens_or_proposes() -> None:
    assert under(CARD, FAULT).incident().state is State.OPEN
    assert under(card(raises="proposed"), FAULT).incident().state is State.PROPOSED


@shows("title.fr", "title.en")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_title_is_the_incidents_name(language: str) -> None:
    usual = under(CARD, FAULT).incident().names
    title = replace(CARD.title, **{language: "? {domain}"})
    found = under(card(title=title), FAULT).incident().names
    assert found == {**usual, language: f"? {PLACE}"} != usual


@shows("customer.fr", "customer.en")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_words_for_the_customer_are_the_incidents_wording(language: str) -> None:
    usual = under(CARD, FAULT).incident().wordings
    words = replace(CARD.customer, **{language: "{onset} ?"})
    found = under(card(customer=words), FAULT).incident().wordings
    assert found == {**usual, language: "10:05 ?"} != usual


@shows("procedure")
def test_the_procedure_goes_with_the_incident() -> None:
    link = "https://wiki.example/another"
    assert CARD.procedure != link
    assert under(card(procedure=link), FAULT).incident().procedure == link


@shows("urgency")
def test_what_is_not_urgent_is_less_pressing() -> None:
    assert under(CARD, FAULT).incident().priority == 3
    assert under(card(urgency="low"), FAULT).incident().priority == 5


@shows("impact.medium")
def test_from_so_many_customers_the_impact_is_medium() -> None:
    usual = under(CARD, FAULT).incident()
    wider = under(card(impact=replace(CARD.impact, medium=30)), FAULT).incident()
    assert (usual.priority, usual.severity) == (3, "minor")
    assert (wider.priority, wider.severity) == (2, "major")


@shows("impact.high")
def test_from_so_many_customers_the_impact_is_high() -> None:
    wider = under(card(impact=replace(CARD.impact, medium=30, high=30)), FAULT).incident()
    assert (wider.priority, wider.severity) == (1, "critical")


@shows("resolve.quiet")
def test_an_incident_is_over_after_so_long_without_a_call() -> None:
    longer = card(resolve=replace(CARD.resolve, quiet=3 * HOUR))
    assert under(CARD, FAULT).until(100).incident().state is State.RESOLVED
    assert under(longer, FAULT).until(100).incident().state is State.OPEN


@shows("resolve.alarms_cleared")
def test_an_incident_is_over_so_long_after_its_alarms() -> None:
    cleared = alarm(PLACE, 100, state="cleared")
    longer = card(resolve=replace(CARD.resolve, alarms_cleared=HOUR))
    assert under(CARD, ALARM, FAULT, cleared).until(120).incident().state is State.RESOLVED
    assert under(longer, ALARM, FAULT, cleared).until(120).incident().state is State.OPEN


@shows("resolve.close_after")
def test_a_resolved_incident_is_closed_after_so_long() -> None:
    sooner = card(resolve=replace(CARD.resolve, close_after=HOUR))
    assert under(CARD, FAULT).until(240).incident().state is State.RESOLVED
    assert under(sooner, FAULT).until(240).incident().state is State.CLOSED


def predicted(rule: Rule, until: float) -> list[str]:
    return [one.domain for one in under(rule, ALARM).until(until).candidates()]


@shows("predict")
def test_without_prediction_an_alarm_shows_nothing() -> None:
    assert predicted(CARD, 10) == [PLACE]
    assert predicted(card(predict=None), 10) == []


@shows("predict.customers")
def test_an_alarm_over_fewer_customers_shows_nothing() -> None:
    assert CARD.predict is not None
    assert predicted(card(predict=replace(CARD.predict, customers=30)), 10) == [PLACE]
    assert predicted(card(predict=replace(CARD.predict, customers=31)), 10) == []


@shows("predict.after")
def test_an_alarm_shows_once_it_has_stood_so_long() -> None:
    assert CARD.predict is not None
    later = card(predict=replace(CARD.predict, after=15 * MINUTE))
    assert predicted(later, 10) == []
    assert predicted(later, 17) == [PLACE]


@shows("predict.raises")
def test_the_noc_is_told_of_alarms_of_one_cause_where_the_rule_says_so() -> None:
    places = [*(f"DSL-1/C{n}" for n in range(1, 5)), "DSL-1"]
    together = [alarm(where, 1 + n / 6) for n, where in enumerate(places)]
    node = catalog().rule("access-node")
    assert node.predict is not None
    for raises in ("nobody", "noc"):
        edited = with_rule(replace(node, predict=replace(node.predict, raises=raises)), node.id)
        (one,) = under(edited, together).until(4).candidates()
        assert (one.domain, one.noc) == ("DSL-1", raises == "noc")


# --------------------------------------------------------------------------------- symptoms


@shows("symptom.id")
def test_tickets_under_another_id_are_of_a_symptom_that_nobody_has_named() -> None:
    fault = calls(CALLERS, 5, 4, ("no-sync",))
    assert under(CARD, fault).incident().rule == CARD.id
    assert under(renamed("no-sync", "sync-loss"), fault).incident().rule == "unnamed-symptom"


@shows("symptom.name.fr", "symptom.name.en")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_name_of_the_symptom_is_what_people_read(language: str) -> None:
    (name,) = [symptom.name for symptom in catalog().symptoms if symptom.id == "no-sync"]
    usual = under(CARD, FAULT).incident().names
    other = with_symptom("no-sync", name=replace(name, **{language: "Muet"}))
    assert under(other, FAULT).incident().names == {**usual, language: f"Muet — {PLACE}"} != usual


@shows("symptom.fault")
def test_only_what_a_failure_may_cause_makes_a_burst() -> None:
    assert under(with_symptom("mail", fault=False), MAIL).causes() == []
    assert under(with_symptom("mail", fault=True), MAIL).causes() == [PLACE]


@shows("symptom.examples")
def test_tickets_without_a_symptom_are_read_by_the_examples() -> None:
    words = "le machin violet tourne sans fin"
    silent = [ticket(c, 5 + 4 * n, None, text=words) for n, c in enumerate(CALLERS)]

    def read(in_force: Catalog) -> list[str]:
        desk = Desk(cold=True, in_force=in_force).feed(silent)
        return [incident.symptom for incident in desk.announced()]

    (examples,) = [s.examples for s in catalog().symptoms if s.id == "no-sync"]
    assert "no-sync" not in read(catalog())
    assert read(with_symptom("no-sync", examples=(*examples, words))) == ["no-sync"]
