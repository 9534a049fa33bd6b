"""Rule tests: what they expand to, and their errors with their places."""

from collections import Counter
from pathlib import Path

import pytest

import rules
from rules import CatalogError
from rules.testing import RuleTest, background_of, load_tests, parse_tests, uncovered
from rules.testing.events import ActionMoment, AlarmMoment, MaintenanceMoment, TicketMoment
from rules.testing.model import (
    Announced,
    External,
    NotAnnounced,
    Place,
    Resolved,
    Suppressed,
)

HOUR = 3_600_000
MINUTE = 60_000

HEAD = """\
start: 2026-03-03T10:00:00+01:00
topology:
  ranges: {d: 1-2, c: 08-09}
  equipment:
    AGG: aggregation-switch
    DSL-{d}: dslam
    DSL-{d}/C{c}: line-card
  dependencies:
    - {id: "DSL-{d}", on: AGG, group: "{d}"}
    - {id: "DSL-{d}/C{c}", on: "DSL-{d}"}
  customers:
    - {count: 3, prefix: "D{d}C{c}-", on: ["DSL-{d}/C{c}"], attributes: {cpe: [a, b], at: "R{d}"}}
background:
  history: 1d
  rates: {no-sync: 0.01, slow: 0.02}
"""
TESTS = """\
tests:
  - name: everything
    rule: access-node
    events:
      - at: 1m
        burst: {count: 3, under: DSL-1, symptoms: [no-sync, slow], every: 30s, text: allo}
      - at: 0m
        ticket: {customer: D2C09-3}
      - at: 5m
        alarm: {id: A1, object: DSL-1/C08, cause: powerProblem}
      - at: 6m
        maintenance: {id: M1, objects: [AGG], start: 1h, end: 2h}
      - at: 7m
        action: {verb: reject, cause: DSL-1, reason: coincidence}
    expect:
      - announced: {cause: DSL-1, rule: access-node, by: 30m, linked_at_least: 2}
      - not_announced: any
      - not_announced: {domain: cpe=b}
      - suppressed: {code: in-maintenance, domain: AGG}
      - resolved: {cause: DSL-1, by: 3h}
      - external: true
"""


def one(text: str = HEAD + TESTS) -> RuleTest:
    (test,) = parse_tests({"t.yaml": text})
    return test


def errors(text: str, catalog: rules.Catalog | None = None) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        parse_tests({"t.yaml": text}, catalog)
    return [str(finding) for finding in caught.value.findings]


def test_the_network_is_repeated_over_its_ranges() -> None:
    world = one().world
    assert list(world.equipment) == [
        "AGG",
        *("DSL-1", "DSL-2"),
        *("DSL-1/C08", "DSL-1/C09", "DSL-2/C08", "DSL-2/C09"),
    ]
    assert [(one.id, one.on, one.group) for one in world.dependencies][:3] == [
        ("DSL-1", "AGG", "1"),
        ("DSL-2", "AGG", "2"),
        ("DSL-1/C08", "DSL-1", ""),
    ]
    assert [one.id for one in world.customers][:4] == ["D1C08-1", "D1C08-2", "D1C08-3", "D1C09-1"]
    assert Counter(one.attributes["cpe"] for one in world.customers) == {"a": 6, "b": 6}
    assert world.customers[-1].attributes == {"cpe": "b", "at": "R2"}


def test_who_is_below_what() -> None:
    world = one().world
    assert len(world.below("AGG")) == len(world.below("*")) == 12
    assert {one.id[:2] for one in world.below("DSL-2")} == {"D2"}
    assert [one.id for one in world.below("DSL-2/C09")] == ["D2C09-1", "D2C09-2", "D2C09-3"]
    assert len(world.below("cpe=b")) == 6
    assert len(world.below("at=R1")) == 6
    assert world.below("nothing") == ()


def test_everything_is_read() -> None:
    test = one()
    assert test.start == 1_772_528_400_000
    assert test.clock(test.start + 65 * MINUTE) == "11:05"
    assert test.until == 7 * MINUTE + HOUR
    assert test.moments == (
        TicketMoment(60_000, "T1-1", "D1C08-1", "no-sync", "allo"),
        TicketMoment(90_000, "T1-2", "D1C09-2", "slow", "allo"),
        TicketMoment(120_000, "T1-3", "D1C08-3", "no-sync", "allo"),
        TicketMoment(0, "T2", "D2C09-3"),
        AlarmMoment(5 * MINUTE, "A1", "DSL-1/C08", "powerProblem"),
        MaintenanceMoment(6 * MINUTE, "M1", ("AGG",), HOUR, 2 * HOUR),
        ActionMoment(7 * MINUTE, "reject", "DSL-1", reason="coincidence"),
    )
    line = HEAD.count("\n") + 16
    assert test.expect == (
        Announced(
            Place("t.yaml", line, 9),
            "DSL-1",
            rule="access-node",
            by=30 * MINUTE,
            linked_at_least=2,
        ),
        NotAnnounced(Place("t.yaml", line + 1, 9)),
        NotAnnounced(Place("t.yaml", line + 2, 9), domain="cpe=b"),
        Suppressed(Place("t.yaml", line + 3, 9), "in-maintenance", "AGG"),
        Resolved(Place("t.yaml", line + 4, 9), "DSL-1", 3 * HOUR),
        External(Place("t.yaml", line + 5, 9)),
    )


def test_a_later_burst_can_come_from_other_customers() -> None:
    again = "{count: 3, under: DSL-1, symptoms: no-sync, every: 30s, skip: 1}"
    burst = "{count: 3, under: DSL-1, symptoms: [no-sync, slow], every: 30s, text: allo}"
    callers = [m.customer for m in one((HEAD + TESTS).replace(burst, again)).moments[:3]]
    assert callers == ["D1C08-2", "D1C09-3", "D1C09-1"]


def test_the_background_is_even_and_keeps_opening_hours() -> None:
    test = one()
    calls = background_of(test)
    # From Monday 10 h to Tuesday 11:07 the hotline is open for 12 + 3.1 hours.
    assert Counter(call.symptom for call in calls) == {"no-sync": 2, "slow": 4}
    assert all(-24 * HOUR <= call.at < test.until for call in calls)
    for call in calls:
        assert "08:00" <= test.clock(test.start + call.at) < "22:00"
    assert len({call.customer for call in calls if call.symptom == "slow"}) == 4
    assert [call.at for call in calls] == sorted(call.at for call in calls)


def test_on_sunday_nobody_answers() -> None:
    sunday = (HEAD + TESTS).replace("2026-03-03T10", "2026-03-02T00")
    assert not [call for call in background_of(one(sunday)) if call.at < 0]


def test_a_test_can_do_without_background_or_have_its_own() -> None:
    none = one(HEAD + TESTS.replace("    events:", "    background:\n    events:"))
    assert none.background is None
    assert background_of(none) == []
    own = one(HEAD + TESTS.replace("    events:", "    background: {history: 2d}\n    events:"))
    assert own.background is not None
    assert own.background.history == 48 * HOUR
    assert own.background.rates == {"no-sync": 0.01, "slow": 0.02}


SLIPS = {
    "no start": ("start: 2026-03-03T10:00:00+01:00\n", "", "missing key 'start'"),
    "no offset": ("00+01:00", "00", "expected a time with its offset, like"),
    "bad range": ("d: 1-2", "d: 2-1", "expected a range like 1-4 or 01-12"),
    "unknown range": ('prefix: "D{d}', 'prefix: "D{e}', "unknown range 'e'"),
    "unknown parent": ("on: AGG", "on: AGGG", "unknown equipment 'AGGG': did you mean 'AGG'?"),
    "unknown card": (
        'on: ["DSL-{d}/C{c}"]',
        'on: ["DSL-{d}/D{c}"]',
        "unknown equipment 'DSL-1/D08': did you mean 'DSL-1/C08'?",
    ),
    "same customers": (
        "  customers:\n",
        "  customers:\n    - {count: 1, prefix: D1C08-, on: [AGG]}\n",
        "customer 'D1C08-1' is there twice: change a prefix",
    ),
    "unknown domain": (
        "under: DSL-1,",
        "under: DLS-1,",
        "unknown domain 'DLS-1': did you mean 'DSL-1'?",
    ),
    "unknown customer": (
        "customer: D2C09-3",
        "customer: D2C09-4",
        "unknown customer 'D2C09-4': did you mean",
    ),
    "too many": ("count: 3, under", "count: 7, under", "7 customers wanted, 6 below 'DSL-1'"),
    "two events": (
        "        ticket: {customer: D2C09-3}\n",
        "        ticket: {}\n        burst: {count: 1, under: AGG, every: 1m}\n",
        "'burst' beside 'ticket': only one of them",
    ),
    "no event": (
        "        ticket: {customer: D2C09-3}\n",
        "",
        "one of these keys is missing: ticket, burst, alarm, maintenance, action",
    ),
    "unknown verb": (
        "verb: reject",
        "verb: rejct",
        "unknown value 'rejct': did you mean 'reject'?",
    ),
    "unknown key": (
        "linked_at_least: 2",
        "linked_atleast: 2",
        "unknown key 'linked_atleast': did you mean 'linked_at_least'?",
    ),
    "works backwards": ("end: 2h", "end: 1m", "'start' (3.6e+06) is above 'end' (60000)"),
    "external no": ("external: true", "external: false", "only 'true' makes sense here"),
    "not any": ("not_announced: any", "not_announced: none", "expected 'any' or a mapping"),
    "nothing expected": (TESTS[TESTS.index("    expect:") :], "", "missing key 'expect'"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_an_error_has_its_place(slip: str) -> None:
    old, new, message = SLIPS[slip]
    text = HEAD + TESTS
    assert old in text
    (found,) = errors(text.replace(old, new, 1))
    place, said = found.split(": ", 1)
    assert said.startswith(message), found
    file, line, column = place.split(":")
    assert file == "t.yaml"
    assert text.replace(old, new, 1).splitlines()[int(line) - 1][int(column) - 1] not in " ,"


def test_all_errors_come_at_once() -> None:
    text = HEAD.replace("d: 1-2", "d: 2-1") + TESTS.replace("verb: reject", "verb: rejct")
    text += TESTS.replace("tests:\n", "").replace("every: 30s", "every: 30")
    assert [error.split(": ")[0] for error in errors(text)] == [
        "t.yaml:3:15",
        f"t.yaml:{HEAD.count(chr(10)) + 14}:24",
        f"t.yaml:{(HEAD + TESTS).count(chr(10)) + 5}:75",
    ]


def test_a_broken_background_spares_no_test_from_being_read() -> None:
    text = HEAD.replace("history: 1d", "history: 1") + TESTS
    text += TESTS.replace("tests:\n", "").replace("name: everything", "name: again")
    (found,) = errors(text)
    assert found.startswith("t.yaml:14:12: expected a duration")


def test_names_are_unique_across_files() -> None:
    with pytest.raises(CatalogError) as caught:
        parse_tests({"a.yaml": HEAD + TESTS, "b.yaml": HEAD + TESTS})
    line = HEAD.count("\n") + 2
    assert [str(f) for f in caught.value.findings] == [
        f"b.yaml:{line}:5: test 'everything' is already at a.yaml:{line}"
    ]


def test_rules_must_be_in_the_catalog() -> None:
    text = (HEAD + TESTS).replace("rule: access-node", "rule: acces-node")
    hint = "unknown rule 'acces-node': did you mean 'access-node'?"
    assert [error.split(": ", 1)[1] for error in errors(text, rules.load())] == [hint, hint]


def test_the_packaged_tests_load_and_cover_every_rule() -> None:
    catalog = rules.load()
    tests = load_tests(None, catalog)
    assert uncovered(catalog, tests, "rules/catalog/tests") == ()


def test_a_rule_without_tests_is_named(tmp_path: Path) -> None:
    catalog = rules.load()
    (tmp_path / "t.yaml").write_text(HEAD + TESTS, encoding="utf-8")
    found = [str(f) for f in uncovered(catalog, load_tests(tmp_path, catalog), str(tmp_path))]
    assert f"{tmp_path}:1:1: rule access-cable: no test that fires" in found
    assert f"{tmp_path}:1:1: rule access-node: no test that does not fire" in found
    assert f"{tmp_path}:1:1: rule access-node: no test that fires" not in found
    assert f"{tmp_path}:1:1: no test on a quiet day, without a rule" in found
    assert len(found) == 2 * len(catalog.rules) - 1 + 1
