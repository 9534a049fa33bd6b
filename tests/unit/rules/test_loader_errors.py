"""Each kind of error, with its exact place and words."""

from pathlib import Path

import pytest

import rules
from rules import CatalogError


def errors(texts: dict[str, str | bytes]) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        rules.parse(texts)
    assert str(caught.value) == "\n".join(map(str, caught.value.findings))
    return [str(finding) for finding in caught.value.findings]


RANGES = "is out of range:"
DURATION = "expected a duration like 90s, 30m, 2h or 1d,"
SLIPS = {
    # name: (old text, new text, where, message)
    "unknown key": (
        "    dial_share: 0.6",
        "    dial_share: 0.6\n    proceduer: x",
        "13:5",
        "unknown key 'proceduer': did you mean 'procedure'?",
    ),
    "misspelt key counts once": (
        "    procedure: https://wiki.example/outside",
        "    procedures: https://wiki.example/outside",
        "28:5",
        "unknown key 'procedures': did you mean 'procedure'?",
    ),
    "duplicate key": (
        "    raises: proposed",
        "    raises: proposed\n    raises: open",
        "25:5",
        "key 'raises' is given twice, first on line 24",
    ),
    "missing key": (
        "    procedure: https://wiki.example/outside\n",
        "",
        "20:5",
        "missing key 'procedure'",
    ),
    "missing key in a default": (
        "{medium: 500, high: 5000}",
        "{medium: 500}",
        "5:11",
        "missing key 'high'",
    ),
    "unknown key in a default": (
        "  urgency: high",
        "  urgency: high\n  cuase_gain: 3",
        "5:3",
        "unknown key 'cuase_gain': did you mean 'cause_gain'?",
    ),
    "unknown value": (
        "    raises: proposed",
        "    raises: propose",
        "24:13",
        "unknown value 'propose': did you mean 'proposed'?",
    ),
    "unknown value, nothing near": (
        "  urgency: high",
        "  urgency: urgent",
        "4:12",
        "unknown value 'urgent'; known: high, low, medium",
    ),
    "unknown severity": (
        "severities: [critical]",
        "severities: [critcal]",
        "18:61",
        "unknown value 'critcal': did you mean 'critical'?",
    ),
    "text for a number": (
        "dial_share: 0.6",
        "dial_share: much",
        "12:17",
        "expected a number, got the text 'much'",
    ),
    "number for text": (
        "title: {fr: Afflux",
        "title: {fr: 12",
        "26:17",
        "expected text, got the number '12': put it in quotes",
    ),
    "yes for text": (
        "domains: [line-card, pon-port]",
        "domains: [line-card, yes]",
        "10:26",
        "expected text, got yes/no 'yes': put it in quotes",
    ),
    "text for a list": (
        "domains: [line-card, pon-port]",
        "domains: line-card",
        "10:14",
        "expected a list, got the text 'line-card'",
    ),
    "list for a mapping": (
        "link: {linked: 0.5, suggested: 0.2}",
        "link: [0.5, 0.2]",
        "6:9",
        "expected a mapping of keys, got a list",
    ),
    "fraction for a count": (
        "customers: 30",
        "customers: 30.5",
        "16:26",
        "expected a whole number, got the number '30.5'",
    ),
    "count too small": ("customers: 30", "customers: 0", "16:26", f"0 {RANGES} from 1"),
    "probability too large": (
        "follows: 0.3",
        "follows: 1.3",
        "18:19",
        f"1.3 {RANGES} from 0 to 1",
    ),
    "probability below 0": (
        "suggested: 0.2",
        "suggested: -0.2",
        "6:34",
        f"-0.2 {RANGES} from 0 to 1",
    ),
    "not a number at all": ("slow: 0.5", "slow: .nan", "11:34", f".nan {RANGES} above 0"),
    "weight without sense": ("slow: 0.5", "slow: 0", "11:34", f"0 {RANGES} above 0"),
    "no unit": ("after: 5m", "after: 5", "16:37", f"{DURATION} got the number '5'"),
    "unknown unit": ("after: 5m", "after: 5min", "16:37", f"{DURATION} got the text '5min'"),
    "no duration": ("after: 5m", "after: 0m", "16:37", f"0m {RANGES} above 0s"),
    "suggested above linked": (
        "suggested: 0.2",
        "suggested: 0.7",
        "6:34",
        "'suggested' (0.7) is above 'linked' (0.5)",
    ),
    "medium above high": (
        "medium: 500",
        "medium: 50_000",
        "5:20",
        "'medium' (50000) is above 'high' (5000)",
    ),
    "rule id twice": (
        "id: outside",
        "id: line-card",
        "20:9",
        "rule id 'line-card' is already used at access.yaml:9",
    ),
    "bad id": (
        "id: outside",
        "id: Out Side",
        "20:9",
        "'Out Side' is no name: small letters, digits and single hyphens",
    ),
    "dial shares": (
        "dial_share: 0.4",
        "dial_share: 0.5",
        "23:17",
        "the dial shares of the 2 rules sum to 1.1, not to 1",
    ),
    "unknown symptom": (
        "{no-sync: 6, slow: 0.5}",
        "{no-synk: 6, slow: 0.5}",
        "11:16",
        "unknown symptom 'no-synk': did you mean 'no-sync'?",
    ),
    "no fault": (
        "{no-sync: 6, slow: 0.5}",
        "{no-sync: 6, billing: 0.5}",
        "11:28",
        "'billing' is no fault (`fault: false`): no equipment causes it",
    ),
    "wrong word for symptoms": (
        "{no-sync: 6, slow: 0.5}",
        "unamed",
        "11:15",
        "expected a mapping of symptoms or 'unnamed': did you mean 'unnamed'?",
    ),
    "no symptom": ("{no-sync: 6, slow: 0.5}", "{}", "11:15", "the mapping is empty"),
    "unknown variable": (
        "Panne depuis {onset}.",
        "Panne depuis {onest}.",
        "14:20",
        "template: unknown variable 'onest': did you mean 'onset'?",
    ),
    "bad brace": (
        "Panne depuis {onset}.",
        "Panne depuis {onset.",
        "14:20",
        "template: single '{': write '{{' for a brace",
    ),
    "bad bracket": (
        "Panne depuis {onset}.",
        "Panne [depuis {onset}.",
        "14:20",
        "template: '[' without ']'",
    ),
    "one language": (
        ", en: Surge}",
        "}",
        "26:12",
        "missing key 'en'",
    ),
    "empty text": ("en: Surge", "en: ' '", "26:29", "the text is empty"),
    "nothing": (
        "raises: proposed",
        "raises:",
        "24:12",
        "expected one of open, proposed, got nothing",
    ),
    "any and others": (
        "domains: [line-card, pon-port]",
        "domains: [line-card, any]",
        "10:26",
        "'any' stands alone: no other type beside it",
    ),
    "outside and others": (
        'domains: ["*"]',
        'domains: ["*", dslam]',
        "21:15",
        "'*' stands alone: no other type beside it",
    ),
    "type twice": (
        "domains: [line-card, pon-port]",
        "domains: [line-card, line-card]",
        "10:26",
        "'line-card' is given twice",
    ),
    "no link": (
        "procedure: https://wiki.example/outside",
        "procedure: javascript:alert(1)",
        "28:16",
        "'javascript:alert(1)' is no link: it starts with https:// or http://",
    ),
    "no rule": (None, "family: access\nrules: []\n", "2:8", "the list is empty"),
    "no rules": (None, "family: access\n", "1:1", "missing key 'rules'"),
    "a list": (None, "- family\n", "1:1", "expected a mapping of keys, got a list"),
    "empty file": (None, "# nothing\n", "1:1", "the file is empty"),
    "two documents": (
        None,
        "family: a\n---\nfamily: b\n",
        "2:1",
        "not YAML: but found another document",
    ),
    "syntax": (
        None,
        "family: access\nrules: [\n  {id: x\n",
        "4:1",
        "not YAML: expected ',' or '}', but got '<stream end>'",
    ),
    "tab": (
        None,
        "family: access\n\trules: []\n",
        "2:1",
        "not YAML: found character '\\t' that cannot start any token",
    ),
    "unprintable": (
        None,
        "family: é\x01\n",
        "1:10",
        "not YAML: special characters are not allowed",
    ),
    "complex key": (
        None,
        "family: a\n? [x]\n: y\nrules: [1]\n",
        "2:3",
        "a key is a word, not a list",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_an_error_has_its_place(texts: dict[str, str | bytes], slip: str) -> None:
    old, new, where, message = SLIPS[slip]
    before = str(texts["access.yaml"])
    assert old is None or before.count(old) == 1, "the slip must be made in one place"
    texts["access.yaml"] = new if old is None else before.replace(old, new)
    found = errors(texts)
    assert f"access.yaml:{where}: {message}" in found
    assert len(found) == (2 if slip == "complex key" else 1), found


def test_not_utf8(texts: dict[str, str | bytes]) -> None:
    texts["access.yaml"] = "family: accès\nré: ".encode() + b"\xe9"
    assert errors(texts) == ["access.yaml:2:5: not UTF-8"]


def test_a_hopelessly_nested_file(texts: dict[str, str | bytes]) -> None:
    texts["access.yaml"] = "[" * 5_000
    assert errors(texts) == ["access.yaml:1:51: nested more than 50 levels deep"]


def test_a_text_that_contains_itself(texts: dict[str, str | bytes]) -> None:
    texts["access.yaml"] = "family: access\nrules: &all [*all]\n"
    assert errors(texts) == ["access.yaml:2:14: '*all' stands inside itself"]


def test_rule_ids_are_unique_across_files(texts: dict[str, str | bytes]) -> None:
    texts["more.yaml"] = str(texts["access.yaml"]).replace("family: access", "family: more")
    assert errors(texts) == [
        "more.yaml:9:9: rule id 'line-card' is already used at access.yaml:9",
        "more.yaml:20:9: rule id 'outside' is already used at access.yaml:20",
        "more.yaml:23:17: the dial shares of the 4 rules sum to 2, not to 1",
    ]


def test_errors_of_all_files_come_at_once(texts: dict[str, str | bytes]) -> None:
    texts["symptoms.yaml"] = str(texts["symptoms.yaml"]).replace("en: Slow", "en: 5")
    texts["access.yaml"] = str(texts["access.yaml"]).replace("after: 5m", "after: 5")
    texts["broken.yaml"] = "family: ["
    assert [error.split(": ")[0] for error in errors(texts)] == [
        "access.yaml:16:37",
        "broken.yaml:1:10",
        "symptoms.yaml:6:30",
    ]


def test_symptoms_have_errors_of_their_own(texts: dict[str, str | bytes]) -> None:
    text = str(texts["symptoms.yaml"])
    text = text.replace("fault: false", "fault: maybe").replace("id: slow", "id: other")
    texts["symptoms.yaml"] = text + "  - id: no-sync\n    name: {fr: x, en: y}\n"
    texts["access.yaml"] = str(texts["access.yaml"]).replace("slow", "no-sync", 1)
    found = errors(texts)
    assert "symptoms.yaml:5:9: 'other' is taken: it stands for what has no name" in found
    assert "symptoms.yaml:9:12: expected true or false, got the text 'maybe'" in found
    again = "symptoms.yaml:10:9: symptom id 'no-sync' is already used at symptoms.yaml:2"
    assert again in found


def test_without_symptoms_rules_are_checked_all_the_same(texts: dict[str, str | bytes]) -> None:
    access = str(texts["access.yaml"]).replace("after: 5m", "after: 5")
    assert errors({"d/access.yaml": access}) == [
        "d/access.yaml:16:37: expected a duration like 90s, 30m, 2h or 1d, got the number '5'",
        "d/symptoms.yaml:1:1: no such file",
    ]


def test_an_empty_catalog(texts: dict[str, str | bytes]) -> None:
    assert errors({}) == [
        "symptoms.yaml:1:1: no such file",
        "symptoms.yaml:1:1: the catalog is empty: no file of rules",
    ]
    del texts["access.yaml"]
    assert errors(texts) == ["symptoms.yaml:1:1: the catalog is empty: no file of rules"]


def test_folders(texts: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as caught:
        rules.load(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path}/none:1:1: no such folder"
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "more.yml").write_text("family: more", encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        rules.load(tmp_path)
    assert str(caught.value) == f"{tmp_path}/more.yml:1:1: not read: the name must end in .yaml"
