"""docs/rules.md and the code name the same keys, defaults and variables."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

import rules
from rules import model
from rules.schema import FAMILY, RULE, SYMPTOMS
from rules.shapes import Record
from rules.templates import VARIABLES
from rules.testing import model as testing_model
from rules.testing import parse_tests
from rules.testing.events import Moment
from rules.testing.schema import FILE, TOPOLOGY, one_test

TEXT = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    match = re.search(rf"^#+ {re.escape(title)}$(.*?)(?=^#+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert match, title
    return match[1]


def described(title: str) -> list[str]:
    return re.findall(r"^\| `([a-z_.]+)` \|", section(title), re.MULTILINE)


@pytest.mark.parametrize(
    ("title", "record"),
    [
        ("Symptoms", SYMPTOMS),
        ("A rule", RULE),
        ("The file", Record({**FILE.keys})),
        ("A test", one_test()),
    ],
)
def test_every_key_is_described_and_every_described_key_exists(title: str, record: Record) -> None:
    names = set(record.names())
    if title == "The file":
        names |= set(TOPOLOGY.names("topology."))
    if title == "A test":
        names = {name for name in names if name.split(".")[0] not in FILE.keys}
    found = described(title)
    assert len(found) == len(set(found))
    assert set(found) == names


def test_the_file_of_rules_is_described() -> None:
    assert set(described("A file of rules")) == set(FAMILY.keys)


def test_variables_are_described_in_the_same_words() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.*) \|$", section("Templates"), re.MULTILINE)
    assert dict(rows) == dict(VARIABLES)


def test_the_schema_has_the_keys_of_the_model() -> None:
    assert set(RULE.keys) == set(model.Rule.__struct_fields__) - {"family"}
    inner = {
        "impact": model.Impact,
        "link": model.Linking,
        "resolve": model.Resolving,
        "predict": model.Predict,
        "alarms": model.AlarmWeight,
        "title": model.Text,
    }
    names = set(RULE.names())
    for key, kind in inner.items():
        fields = {f"{key}.{field}" for field in kind.__struct_fields__}
        assert fields == {name for name in names if name.startswith(f"{key}.")}
    symptom = {f"symptoms.{field}" for field in model.Symptom.__struct_fields__}
    assert symptom <= set(SYMPTOMS.names())


def test_what_the_model_wants_the_schema_wants() -> None:
    for field in msgspec.structs.fields(model.Rule):
        if field.name != "family":
            assert RULE.keys[field.name].required == field.required, field.name


def test_the_tests_schema_has_the_keys_of_its_model() -> None:
    names = set(one_test().names())
    kinds = {
        **{f"events.{kind.__struct_config__.tag}": kind for kind in Moment.__args__},
        "expect.announced": testing_model.Announced,
        "expect.not_announced": testing_model.NotAnnounced,
        "expect.suppressed": testing_model.Suppressed,
        "expect.resolved": testing_model.Resolved,
    }
    for path, kind in kinds.items():
        fields = {f"{path}.{field}" for field in kind.__struct_fields__} - {
            f"{path}.at",
            f"{path}.place",
        }
        assert fields == {name for name in names if name.startswith(f"{path}.")}


def test_defaults_are_the_stated_ones() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]*) \|", section("A rule"), re.MULTILINE))
    defaults = {field.name: field.default for field in msgspec.structs.fields(model.Rule)}
    assert rows["other_symptoms"] == f"share, {defaults['other_symptoms']:g}"
    assert rows["cause_gain"] == f"nats, {defaults['cause_gain']:g}"
    assert rows["callers"] == f"customers, {defaults['callers']}"
    assert rows["alarm_fade"] == f"duration, {defaults['alarm_fade'] // 60_000}m"


def test_the_priorities_are_the_stated_ones() -> None:
    rows = re.findall(
        r"^\| (high|medium|low) \| (\d) \| (\d) \| (\d) \|", section("Priority"), re.MULTILINE
    )
    rule = rules.load().rules[0]
    customers = {"high": rule.impact.high, "medium": rule.impact.medium, "low": 0}
    for impact, *priorities in rows:
        for urgency, priority in zip(("high", "medium", "low"), priorities, strict=True):
            one = msgspec.structs.replace(rule, urgency=urgency)
            assert one.priority_of(customers[impact]) == int(priority)
    assert len(rows) == 3


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_the_examples_load() -> None:
    causes, template, rule, tests = examples()
    assert "customer" in yaml.safe_load(template)
    symptoms = "symptoms: [" + ", ".join(
        f"{{id: {name}, name: {{fr: x, en: x}}}}"
        for name in ("no-sync", "no-internet", "no-phone", "slow")
    )
    texts = {"symptoms.yaml": symptoms + "]", "access.yaml": rule, "causes.yaml": causes}
    catalog = rules.parse(texts)
    assert catalog.rule("access-cable").resolve.close_after == 12 * 3_600_000
    first, second = parse_tests({"tests.yaml": tests}, rules.load())
    assert len(first.world.customers) == 3 * 8 * 48
    assert len(first.moments) == 7
    assert second.until == 3 * 3_600_000
