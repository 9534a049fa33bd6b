"""The runner of rule tests: what it sends to the engine, and how it judges what comes back."""

from pathlib import Path

import msgspec
import pytest

import rules
import topology
from correlator.model import (
    Action,
    Alarm,
    Effect,
    Event,
    Incident,
    IncidentChanged,
    Link,
    LinkChanged,
    LinkState,
    Maintenance,
    Reason,
    ReasonCode,
    State,
    Suppressed,
    Ticket,
    Verb,
)
from correlator.tools.rule_check import check_rules, evaluate, run, write_inventory
from rules.testing import RuleTest, load_tests, parse_tests
from rules.testing.events import VERBS

START = 1_772_528_400_000  # 10:00 in Paris
MINUTE = 60_000
REASON = Reason(ReasonCode.BURST)

TEXT = """\
start: 2026-03-03T10:00:00+01:00
topology:
  equipment: {DSL-1: dslam, DSL-1/C1: line-card, DSL-1/C2: line-card}
  dependencies:
    - {id: DSL-1/C1, on: DSL-1}
    - {id: DSL-1/C2, on: DSL-1}
  customers:
    - {count: 4, prefix: A, on: [DSL-1/C1], attributes: {cpe: [x, y]}}
    - {count: 4, prefix: B, on: [DSL-1/C2]}
tests:
  - name: it
    events:
      - at: 2m
        alarm: {id: A1, object: DSL-1, cause: powerProblem}
      - at: 2m
        maintenance: {id: M1, objects: [DSL-1], start: 1h, end: 2h}
      - at: 1m
        ticket: {customer: A1, symptom: no-sync}
      - at: 4m
        action: {verb: confirm, cause: DSL-1, actor: Zoé}
    until: 5m
    expect:
      - EXPECT
"""
LINE = TEXT[: TEXT.index("EXPECT")].count("\n") + 1


def a_test(expect: str = "not_announced: any") -> RuleTest:
    (test,) = parse_tests({"t.yaml": TEXT.replace("EXPECT", expect)})
    return test


def incident(domain: str = "DSL-1", **fields: object) -> IncidentChanged:
    known: dict[str, object] = {
        "id": f"GI-{domain}",
        "version": 1,
        "rule": "access-node",
        "state": State.OPEN,
        "symptom": "no-sync",
        "domain": domain,
        "domain_type": "dslam",
        "first_domain": domain,
        "created": START,
        "onset": START,
        "changed": START,
        "reason": REASON,
        "announced": START + 14 * MINUTE,
        "priority": 3,
    }
    return IncidentChanged(Incident(**{**known, **fields}), "created")  # type: ignore[arg-type]


def link(number: int, state: LinkState = LinkState.LINKED) -> LinkChanged:
    return LinkChanged(Link(f"T{number}", "GI-DSL-1", state, 0.9, REASON, 1, START))


def failures(expect: str, *effects: Effect) -> list[str]:
    test = a_test(expect)
    found = evaluate(test, effects)
    assert all(finding[:3] == ("t.yaml", LINE, 9) for finding in found)
    assert all(finding.message.startswith("it: ") for finding in found)
    return [finding.message.removeprefix("it: ") for finding in found]


def test_announced_as_expected() -> None:
    expect = (
        "announced: {cause: DSL-1, rule: access-node, state: resolved, by: 14m, symptom: no-sync, "
        "first_cause: DSL-1/C1, linked_at_least: 2, priority: 3, raises: proposed}"
    )
    first = incident(state=State.PROPOSED, first_domain="DSL-1/C1")
    last = incident(state=State.RESOLVED, first_domain="DSL-1/C1")
    assert failures(expect, first, link(1), link(2), last) == []


def test_another_cause_is_named() -> None:
    links = [link(n) for n in range(4)]
    assert failures("announced: {cause: DSL-1/C1}", incident(), *links) == [
        (
            "expected announced cause DSL-1/C1, got: "
            "DSL-1 (access-node, open, announced 10:14, 4 tickets)"
        )
    ]


def test_every_field_that_differs_is_named() -> None:
    expect = (
        "announced: {cause: DSL-1, rule: access-cable, state: resolved, by: 10m, symptom: slow, "
        "first_cause: DSL-1/C1, linked_at_least: 2, priority: 1, raises: proposed}"
    )
    assert failures(expect, incident(), link(1), link(2), link(2, LinkState.UNLINKED)) == [
        (
            "announced DSL-1, but expected rule access-cable, got access-node; "
            "expected state resolved, got open; expected raises proposed, got open; "
            "expected first_cause DSL-1/C1, got DSL-1; expected symptom slow, got no-sync; "
            "expected priority 1, got 3; expected by 10:10, got 10:14; "
            "expected linked_at_least 2, got 1"
        )
    ]


def test_of_several_incidents_the_one_that_fits_counts() -> None:
    rejected = incident(id="GI-1", state=State.REJECTED)
    assert failures("announced: {cause: DSL-1, state: open}", rejected, incident()) == []


def test_a_candidate_is_not_announced() -> None:
    candidate = incident(state=State.CANDIDATE, announced=None)
    assert failures("announced: {cause: DSL-1}", candidate) == [
        "expected announced cause DSL-1, got: nothing announced; candidates: DSL-1"
    ]
    assert failures("announced: {cause: DSL-1}") == [
        "expected announced cause DSL-1, got: nothing announced; candidates: none"
    ]
    assert failures("not_announced: any", candidate) == []


def test_not_announced() -> None:
    got = ", got: DSL-1 (access-node, open, announced 10:14, 0 tickets)"
    assert failures("not_announced: any") == []
    assert failures("not_announced: any", incident()) == [f"expected nothing announced{got}"]
    assert failures("not_announced: {domain: DSL-1/C1}", incident()) == []
    assert failures("not_announced: {domain: DSL-1}", incident()) == [
        f"expected nothing announced on DSL-1{got}"
    ]
    assert failures("not_announced: {rule: access-node}", incident()) == [
        f"expected nothing announced by access-node{got}"
    ]
    # What was announced on a domain for a while was announced.
    assert failures("not_announced: {domain: DSL-1/C1}", incident("DSL-1/C1", id="I"), incident())


def test_suppressed() -> None:
    works = Suppressed("DSL-1", "access-node", START, Reason(ReasonCode.IN_MAINTENANCE))
    assert failures("suppressed: {code: in-maintenance, domain: DSL-1}", works) == []
    assert failures("suppressed: {code: in-maintenance, rule: access-node}", works) == []
    assert failures("suppressed: {code: weak-cause, domain: DSL-1}", works) == [
        "expected suppressed weak-cause on DSL-1, got: DSL-1 (in-maintenance)"
    ]
    assert failures("suppressed: {code: weak-cause}") == [
        "expected suppressed weak-cause, got: nothing"
    ]
    assert failures("suppressed: {code: in-maintenence}", works) == [
        "unknown code 'in-maintenence': did you mean 'in-maintenance'?"
    ]


def test_resolved() -> None:
    over = incident(state=State.RESOLVED, resolved=START + 90 * MINUTE)
    assert failures("resolved: {cause: DSL-1}", over) == []
    assert failures("resolved: {cause: DSL-1, by: 90m}", over) == []
    assert failures("resolved: {cause: DSL-1, by: 1h}", over) == [
        "expected resolved DSL-1 by 11:00, got 11:30"
    ]
    assert failures("resolved: {cause: DSL-1}", incident()) == [
        "expected resolved DSL-1, got: DSL-1 (access-node, open, announced 10:14, 0 tickets)"
    ]


def test_external() -> None:
    assert failures("external: true", incident("")) == []
    assert failures("external: true", incident()) == [
        (
            "expected announced outside the network, "
            "got: DSL-1 (access-node, open, announced 10:14, 0 tickets)"
        )
    ]


class FakeEngine:
    """Writes down what it is told; answers the alarm with an incident."""

    def __init__(self, domain: str = "DSL-1") -> None:
        self.heard: list[Event | int] = []
        self._domain = domain

    def tick(self, now: int, /) -> list[Effect]:
        self.heard.append(now)
        return []

    def handle(self, event: Event, /) -> list[Effect]:
        self.heard.append(event)
        return [incident(self._domain)] if isinstance(event, Alarm) else []


def test_the_engine_is_ticked_and_fed_in_arrival_order() -> None:
    engine = FakeEngine()
    effects, failed = run(a_test(), engine)
    assert failed == []
    assert len(effects) == 1
    kinds = [(one - START) // MINUTE if isinstance(one, int) else type(one) for one in engine.heard]
    assert kinds == [1, Ticket, 2, Maintenance, Alarm, 3, 4, Action, 5]
    ticket, works, action = (engine.heard[n] for n in (1, 3, 7))
    assert isinstance(ticket, Ticket)
    assert (ticket.id, ticket.customer, ticket.occurred) == ("T3", "A1", START + MINUTE)
    assert isinstance(works, Maintenance)
    assert (works.start, works.end) == (START + 60 * MINUTE, START + 120 * MINUTE)
    assert isinstance(action, Action)
    assert (action.verb, action.incident, action.actor) == (Verb.CONFIRM, "GI-DSL-1", "Zoé")


def test_an_action_without_an_incident_fails() -> None:
    engine = FakeEngine(domain="DSL-1/C1")
    _, failed = run(a_test(), engine)
    assert [str(one) for one in failed] == [
        "t.yaml:11:5: it: confirm at 10:04: no incident on DSL-1 by then"
    ]
    assert not any(isinstance(one, Action) for one in engine.heard)


def test_a_test_may_declare_an_incident_where_none_was() -> None:
    declared = "{verb: declare, domain: DSL-1/C1, symptom: no-sync}"
    text = TEXT.replace("{verb: confirm, cause: DSL-1, actor: Zoé}", declared)
    (test,) = parse_tests({"t.yaml": text.replace("EXPECT", "announced: {cause: DSL-1/C1}")})
    (result,) = check_rules(rules.load(), [test])
    assert result.failures == ()
    (without,) = check_rules(rules.load(), [a_test("announced: {cause: DSL-1/C1}")])
    assert without.failures != ()


def test_every_verb_of_a_test_is_one_of_the_engines() -> None:
    assert set(VERBS) <= {verb.value for verb in Verb}
    only_told = {Verb.ASSIGN, Verb.PROMISE, Verb.SAY, Verb.EXTERNAL, Verb.TOLD}
    assert set(Verb) - set(VERBS) == only_told


def test_the_network_is_written_as_an_inventory(tmp_path: Path) -> None:
    write_inventory(a_test().world, tmp_path)
    network = topology.load(tmp_path, attributes=["cpe"])
    assert network.customer_count == 8
    card, model = network.domain("DSL-1/C1"), network.domain("cpe=x")
    assert card is not None
    assert model is not None
    assert sorted(network.customers_under(card)) == ["A1", "A2", "A3", "A4"]
    assert sorted(network.customers_under(model)) == ["A1", "A3"]


@pytest.mark.parametrize(("expect", "passes"), [("DSL-1", True), ("DSL-1/C1", False)])
def test_check_rules(expect: str, *, passes: bool) -> None:
    test = a_test(f"announced: {{cause: {expect}}}")
    (result,) = check_rules(rules.load(), [test], lambda _network, _catalog: FakeEngine())
    assert result.test is test
    assert (not result.failures) is passes


def test_what_the_history_has_raised_does_not_count() -> None:
    before = incident(announced=START - MINUTE)
    assert failures("not_announced: any", before) == []
    assert failures("announced: {cause: DSL-1}", before) == [
        "expected announced cause DSL-1, got: nothing announced; candidates: none"
    ]


CATALOG = rules.load()


@pytest.mark.parametrize("test", load_tests(None, CATALOG), ids=lambda test: test.name)
def test_the_packaged_rules_pass_their_tests(test: RuleTest) -> None:
    (result,) = check_rules(CATALOG, [test])
    assert result.failures == ()


def test_a_rule_that_is_spoilt_fails_its_tests() -> None:
    spoilt = msgspec.structs.replace(CATALOG.rule("platform-mail"), symptoms={"wifi": 1.0})
    others = [rule for rule in CATALOG.rules if rule.id != spoilt.id]
    catalog = msgspec.structs.replace(CATALOG, rules=(*others, spoilt))
    (mail,) = (test for test in load_tests(None, CATALOG) if test.name == "mail is down")
    (result,) = check_rules(catalog, [mail])
    assert "platform-mail" in result.failures[0].message or "SVC-MAIL" in result.failures[0].message
