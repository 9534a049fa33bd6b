from pathlib import Path

import pytest

import rules
from rules.model import ANY_TYPE, OUTSIDE, UNLISTED_TYPES, UNNAMED_SYMPTOMS
from rules.templates import VARIABLES, render


def test_the_packaged_catalog_loads() -> None:
    catalog = rules.load()
    assert sum(rule.dial_share for rule in catalog.rules) == pytest.approx(1)
    covered = {domain for rule in catalog.rules for domain in rule.domains}
    assert {ANY_TYPE, UNLISTED_TYPES, OUTSIDE, "line-card", "service-platform"} <= covered
    assert any(rule.symptoms == UNNAMED_SYMPTOMS for rule in catalog.rules)
    for symptom in catalog.symptoms:
        assert 8 <= len(symptom.examples) <= 15, symptom.id
    unfaulty = {symptom.id for symptom in catalog.symptoms if not symptom.fault}
    assert unfaulty == {"billing", "activation"}


def test_no_example_stands_for_two_symptoms() -> None:
    examples = [text for symptom in rules.load().symptoms for text in symptom.examples]
    assert len(examples) == len(set(examples))


def test_the_packaged_sentences_can_be_filled_in_with_and_without_a_restore_time() -> None:
    for rule in rules.load().rules:
        for text in (rule.title.fr, rule.title.en, rule.customer.fr, rule.customer.en):
            for restore in ("", "11:40"):
                said = render(text, {**dict.fromkeys(VARIABLES, "x"), "restore": restore})
                assert said.strip() == said
                assert not set("{}[]|") & set(said)


def test_a_rule_is_read_with_its_defaults_below_it(texts: dict[str, str]) -> None:
    catalog = rules.parse(texts)
    card, outside = catalog.rule("line-card"), catalog.rule("outside")
    assert card.family == "access"
    assert card.raises == "open"
    assert outside.raises == "proposed"
    assert card.resolve.quiet == 45 * 60_000
    assert outside.resolve.quiet == 2 * 3_600_000
    assert outside.resolve.close_after == 12 * 3_600_000
    assert card.predict is not None
    assert card.predict.after == 300_000
    assert outside.predict is None
    assert card.alarm_follows("lossOfSignal", "critical") == 0.3
    assert card.alarm_follows("fanFailure", "minor") == 0.002
    assert card.symptoms == {"no-sync": 6.0, "slow": 0.5}


@pytest.mark.parametrize(
    ("cause", "means"),
    [
        ("UPS On Battery", "powerProblem"),
        ("LINKDOWN", "lossOfSignal"),
        ("ONU dying gasp", "lossOfSignal"),
        ("Host down", "communicationsSubsystemFailure"),
        ("Équipement injoignable", "communicationsSubsystemFailure"),
        ("lossOfSignal", "lossOfSignal"),
    ],
)
def test_supervision_may_have_names_of_its_own_for_causes(cause: str, means: str) -> None:
    for rule in rules.load().rules:
        told = rule.alarm_follows(cause, "critical")
        assert told == rule.alarm_follows(means, "critical"), rule.id


def test_a_catalog_may_say_what_its_supervision_calls_the_causes(texts: dict[str, str]) -> None:
    own = "causes:\n  lossOfSignal: ['E-4?', '*coupé*']\n"
    card = rules.parse({**texts, "causes.yaml": own}).rule("line-card")
    for cause in ("e-47", "CÂBLE COUPÉ", "lossOfSignal"):
        assert card.alarm_follows(cause, "critical") == 0.3
    assert card.alarm_follows("linkDown", "critical") == 0.002  # not the package's names
    assert rules.parse(texts).rule("line-card").alarm_follows("linkDown", "critical") == 0.3


def test_errors_of_the_causes_have_their_places(texts: dict[str, str]) -> None:
    wrong = "causes:\n  lossOfSignal: LOS\n  powerProblem: [mains, mains]\n"
    with pytest.raises(rules.CatalogError) as refused:
        rules.parse({**texts, "causes.yaml": wrong})
    assert [(f.line, f.column) for f in refused.value.findings] == [(2, 17), (3, 25)]


def test_an_empty_value_takes_a_default_prediction_away(texts: dict[str, str]) -> None:
    with_default = texts["access.yaml"].replace(
        "  urgency: high\n", "  urgency: high\n  predict: {customers: 9, after: 1m}\n"
    )
    without = with_default.replace("    raises: proposed\n", "    raises: proposed\n    predict:\n")
    assert rules.parse({**texts, "access.yaml": with_default}).rule("outside").predict is not None
    assert rules.parse({**texts, "access.yaml": without}).rule("outside").predict is None


def test_durations_are_milliseconds(texts: dict[str, str]) -> None:
    text = texts["access.yaml"].replace(
        "quiet: 45m, alarms_cleared: 10m, close_after: 12h",
        "quiet: 90s, alarms_cleared: 30m, close_after: 1d",
    )
    resolve = rules.parse({**texts, "access.yaml": text}).rule("line-card").resolve
    assert (resolve.quiet, resolve.alarms_cleared, resolve.close_after) == (
        90_000,
        1_800_000,
        86_400_000,
    )


def test_the_version_is_about_content_not_about_layout(texts: dict[str, str]) -> None:
    version = rules.parse(texts).version
    assert len(version) == 16
    assert set(version) <= set("0123456789abcdef")
    commented = "# a comment\n" + texts["access.yaml"].replace(
        "{no-sync: 6, slow: 0.5}", "{slow: 0.50, no-sync: 6.0}"
    )
    same = rules.parse({"z.yaml": commented, "symptoms.yaml": texts["symptoms.yaml"]})
    assert same == rules.parse(texts)
    other = texts["access.yaml"].replace("slow: 0.5", "slow: 0.6")
    assert rules.parse({**texts, "access.yaml": other}).version != version


def test_a_key_that_came_later_leaves_the_versions_of_before_theirs(texts: dict[str, str]) -> None:
    def with_callers(n: int) -> str:
        text = texts["access.yaml"].replace("id: line-card", f"id: line-card\n    callers: {n}")
        return rules.parse({**texts, "access.yaml": text}).version

    assert with_callers(2) == rules.parse(texts).version
    assert with_callers(3) != rules.parse(texts).version
    assert rules.load().version == "7605e5d9df2994b2"  # to be changed with the packaged rules only


def test_simple_anchors_are_read(texts: dict[str, str]) -> None:
    text = texts["access.yaml"]
    text = text.replace("title: {fr: Afflux", "title: &words {fr: Afflux")
    text = text.replace("customer: {fr: Afflux d'appels., en: Many calls.}", "customer: *words")
    assert rules.parse({**texts, "access.yaml": text}).rule("outside").customer.en == "Surge"


def test_a_folder_is_read_without_its_tests(texts: dict[str, str], tmp_path: Path) -> None:
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "any.yaml").write_text("not: a rule", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not read", encoding="utf-8")
    assert rules.load(tmp_path) == rules.parse(texts)
