"""Whatever is wrong, and however much: all of it is reported, at its place, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from rules import CatalogError
from rules.templates import VARIABLES, TemplateError, render, variables

SYMPTOMS = """\
symptoms:
  - id: no-sync
    name: {fr: Synchro, en: No sync}
  - id: slow
    name: {fr: Lenteurs, en: Slow}
"""
HEAD = "family: FAMILY\nrules:\n"
RULE = """\
  - id: FAMILY-NUMBER
    domains: [line-card]
    symptoms: {no-sync: 6, slow: 0.5}
    dial_share: 0.25
    raises: open
    title: {fr: Panne, en: Fault}
    customer: {fr: Panne., en: Fault.}
    procedure: https://wiki.example/x
    urgency: high
    impact: {medium: 5, high: 50}
    link: {linked: 0.5, suggested: 0.2}
    resolve: {quiet: 1h, alarms_cleared: 1m, close_after: 1d}
    predict: {customers: 30, after: 5m}
"""

# What is right, what is wrong with a mark where the error is, and a part of its message.
SLIPS = [
    ("[line-card]", "[line-card, @any]", "'any' stands alone"),
    ("no-sync: 6", "@no-snyc: 6", "unknown symptom 'no-snyc'"),
    ("slow: 0.5", "slow: @-1", "-1 is out of range"),
    ("raises: open", "raises: @opne", "unknown value 'opne'"),
    ("{fr: Panne,", "{fr: @'{',", "template: single '{'"),
    ("customer: {fr: Panne., en: Fault.}", "customer: @{fr: Panne.}", "missing key 'en'"),
    ("procedure: https", "procedure: @ftp", "is no link"),
    ("urgency: high", "@urgence: high", "unknown key 'urgence'"),
    ("medium: 5,", "medium: @500,", "'medium' (500) is above 'high' (50)"),
    ("suggested: 0.2", "suggested: @7", "7 is out of range"),
    ("quiet: 1h", "quiet: @1", "expected a duration"),
    ("close_after: 1d", "close_after: @0d", "0d is out of range"),
    ("customers: 30", "customers: @many", "expected a whole number"),
    ("after: 5m", "@aftre: 5m", "unknown key 'aftre'"),
    ("after: 5m", "after: 5m, @after: 6m", "key 'after' is given twice"),
]
PLACES = [(family, number) for family in ("access", "core") for number in (1, 2)]

slips = st.sets(st.tuples(st.sampled_from(PLACES), st.sampled_from(range(len(SLIPS)))), max_size=25)


def plant(chosen: set[tuple[tuple[str, int], int]]) -> dict[str, str]:
    texts = {"access": HEAD, "core": HEAD}
    for family, number in PLACES:
        rule = RULE.replace("NUMBER", str(number))
        for index, (right, wrong, _) in enumerate(SLIPS):
            if ((family, number), index) in chosen:
                rule = rule.replace(right, wrong.replace("@", f"@{index}@"), 1)
        texts[family] += rule
    return {f"{name}.yaml": text.replace("FAMILY", name) for name, text in texts.items()}


def marks(file: str, text: str) -> tuple[set[tuple[str, int, int, str]], str]:
    found, clean = set(), ""
    for part in re.split(r"(@\d+@)", text):
        if part.startswith("@"):
            line, column = clean.count("\n") + 1, len(clean) - clean.rfind("\n")
            found.add((file, line, column, SLIPS[int(part.strip("@"))][2]))
        else:
            clean += part
    return found, clean


@given(slips)
def test_any_set_of_errors_is_reported_whole(chosen: set[tuple[tuple[str, int], int]]) -> None:
    wanted = set()
    texts = {"symptoms.yaml": SYMPTOMS}
    for file, marked in plant(chosen).items():
        found, texts[file] = marks(file, marked)
        wanted |= found
    if not wanted:
        assert len(rules.parse(texts).rules) == 4
        return
    with pytest.raises(CatalogError) as caught:
        rules.parse(texts)
    unmatched = {
        place
        for place in wanted
        if not any(f[:3] == place[:3] and place[3] in f.message for f in caught.value.findings)
    }
    assert not unmatched
    assert len(caught.value.findings) == len(wanted)


letters = st.text(st.characters(max_codepoint=0x2FF) | st.sampled_from("\ufeff\u2028\U0001f4de"))
files = st.sampled_from(["access.yaml", "symptoms.yaml"])


@given(st.dictionaries(files, letters | st.binary()))
def test_no_text_breaks_the_reader(texts: dict[str, str | bytes]) -> None:
    with pytest.raises(CatalogError) as caught:
        rules.parse(texts)
    assert all(finding.line >= 1 and finding.column >= 1 for finding in caught.value.findings)


yaml_like = st.recursive(
    st.sampled_from(
        ["access", "rules", "family", "id", "1", "yes", "~", "'x'", "*a", "&a b", "5m"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: "[" + ", ".join(some) + "]")
        | st.dictionaries(st.sampled_from([*"ab", "id", "link", "rules", "family"]), inner).map(
            lambda some: "{" + ", ".join(f"{k}: {v}" for k, v in some.items()) + "}"
        )
    ),
    max_leaves=12,
)


@given(yaml_like, yaml_like)
def test_no_structure_breaks_the_reader(one: str, other: str) -> None:
    with pytest.raises(CatalogError):
        rules.parse({"symptoms.yaml": one, "access.yaml": f"family: a\nrules: [{other}]\n"})


@given(st.text(alphabet="ab {}[]|", max_size=20), letters)
def test_a_template_is_read_or_refused(template: str, value: str) -> None:
    try:
        names = variables(template)
    except TemplateError:
        return
    said = render(template, dict.fromkeys(names, value))
    assert isinstance(said, str)


@given(letters, st.sampled_from(sorted(VARIABLES)))
def test_values_come_through_unchanged(value: str, name: str) -> None:
    assert render(f"<{{{name}}}>", {name: value}) == f"<{value}>"
