"""Language, terms and sentences of a catalog: what is read, and what is wrong where."""

from __future__ import annotations

from pathlib import Path

import pytest

import rules
from rules.findings import Report
from rules.sentences import read_sentences
from rules.terms import Step, TermError, parse, plain
from rules.words import read_language

KNOWN = ("no-sync", "slow")


@pytest.mark.parametrize(
    ("text", "letters"),
    [("Désynchro", "desynchro"), ("L’ŒIL", "l'oeil"), ("naïve façade", "naive facade"), ("", "")],
)
def test_small_letters_without_accents(text: str, letters: str) -> None:
    assert plain(text) == letters


@pytest.mark.parametrize(
    ("term", "steps"),
    [
        ("coupure fibre", [("coupure",), ("fibre",)]),
        ("Synchro* KO", [("synchro*",), ("ko",)]),
        ("plus|pas [de|d] tv", [("plus", "pas"), ("de", "d"), ("tv",)]),
        ("étape <n>", [("etape",), ("<n>",)]),
        ("étape 2", [("etape",), ("2",)]),
        ("0|zéro debit", [("0", "zero"), ("debit",)]),
    ],
)
def test_a_term_is_steps(term: str, steps: list[tuple[str, ...]]) -> None:
    assert [step.pieces for step in parse(term)] == [frozenset(step) for step in steps]


def test_what_is_in_brackets_may_be_missing() -> None:
    assert [step.optional for step in parse("plus [de] tv")] == [False, True, False]
    assert parse("[de] tv")[0] == Step(frozenset({"de"}), optional=True)


@pytest.mark.parametrize(
    "term",
    [
        "",
        "  ",
        "a|",
        "*",
        "a*b",
        "[de]",
        "plus [de",
        "plus de]",
        "5ghz",
        "404",
        "4*",
        "x*",
        "a.b",
        "<m>",
        "é|",
    ],
)
def test_what_is_no_term_is_refused(term: str) -> None:
    with pytest.raises(TermError):
        parse(term)


def errors(report: Report) -> list[str]:
    with pytest.raises(rules.CatalogError) as raised:
        report.raise_if_any()
    return [str(finding) for finding in raised.value.findings]


def language_errors(text: str | bytes) -> list[str]:
    report = Report()
    read_language("language.txt", text, KNOWN, report)
    return errors(report)


def test_sections_of_terms_are_read() -> None:
    report = Report()
    text = """
        # what is typed for speed
        [short]
        Tél = telephone
        [fillers]
        vraiment|tout
        [trouble]
        plus|pas
        [says no-sync]
        desynchro*
        plus de synchro
        [vague]
        ça ne marche pas
    """
    found = read_language("language.txt", text, KNOWN, report)
    assert not len(report)
    assert found.short == {"tel": "telephone"}
    assert found.fillers == ("vraiment", "tout")
    assert found.trouble == ("plus|pas",)
    assert found.says == {"no-sync": ("desynchro*", "plus de synchro")}
    assert found.vague == ("ça ne marche pas",)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("plus", "language.txt:1:1: before the first section, such as [trouble]"),
        ("[troubles]", "language.txt:1:1: unknown section 'troubles': did you mean 'trouble'?"),
        ("[says]", "language.txt:1:1: [says] names its symptom"),
        ("[fine slow]", "language.txt:1:1: [fine] names no symptom"),
        ("[says slwo]", "language.txt:1:1: unknown symptom 'slwo': did you mean 'slow'?"),
        ("[short]\ntel", "language.txt:2:1: 'tel' is no abbreviation: tel = telephone"),
        ("[trouble\n", "language.txt:1:1: '[trouble' is no section: [name], or [name symptom]"),
        (
            "[trouble]\nplus tout\n[fillers]\ntout",
            "language.txt:2:1: 'tout' is left out of every text: it is one of [fillers]",
        ),
        (
            "[short]\nhs = hors service\n[trouble]\nhs",
            "language.txt:4:1: 'hs' reads 'hors service' in every text: see [short]",
        ),
        ("[fillers]\n\nde la", "language.txt:3:1: 'de la': words, with | between them"),
        (b"[fine]\n\xff", "language.txt:2:1: not UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str | bytes, error: str) -> None:
    assert language_errors(text) == [error]


def test_every_error_of_a_language_is_told() -> None:
    assert len(language_errors("[fine]\nok\n5ghz\n[x]\n")) == 2


def sentence_errors(text: str | bytes) -> list[str]:
    report = Report()
    read_sentences("sentences.jsonl", text, KNOWN, report)
    return errors(report)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("{", "sentences.jsonl:1:1: Input data was truncated"),
        ('{"text": "a", "symptoms": ["slo"]}', "unknown symptom 'slo': did you mean 'slow'?"),
        ('{"text": " ", "symptoms": []}', "the text is empty"),
        ('{"text": "a", "symptoms": [], "x": 1}', "unknown field `x`"),
        ('{"text": "a", "symptoms": []}\n{"text": "a", "symptoms": []}', "the same text again"),
    ],
)
def test_what_is_wrong_with_a_sentence_is_told_with_its_line(line: str, error: str) -> None:
    (found,) = sentence_errors(line)
    assert error in found


def test_sentences_may_say_several_symptoms_none_or_others() -> None:
    report = Report()
    lines = """
        {"text": "lent, puis plus de synchro", "symptoms": ["slow", "no-sync"]}
        {"text": "bonjour", "symptoms": []}
        {"text": "télécommande perdue", "symptoms": ["other"], "also": ["slow"], "writer": "chat"}
    """
    found = read_sentences("sentences.jsonl", lines, KNOWN, report)
    assert [one.symptoms for one in found] == [("slow", "no-sync"), (), ("other",)]
    assert not len(report)


def written(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def test_a_catalog_without_words_has_those_of_the_package(
    tmp_path: Path, texts: dict[str, str]
) -> None:
    written(tmp_path, texts)
    found = rules.load(tmp_path)
    ids = {symptom.id for symptom in found.symptoms}
    assert found.language.trouble == rules.load().language.trouble
    assert set(found.language.says) <= ids
    assert {name for one in found.sentences for name in one.symptoms} <= ids | {"other"}
    assert len(found.sentences) == len(rules.load().sentences)


def test_a_catalogs_own_words_are_in_force_and_change_its_version(
    tmp_path: Path, texts: dict[str, str]
) -> None:
    written(tmp_path, texts)
    before = rules.load(tmp_path)
    (tmp_path / "language.txt").write_text("[trouble]\nkaputt\n", encoding="utf-8")
    line = '{"text": "alles kaputt", "symptoms": []}\n'
    (tmp_path / "sentences.jsonl").write_text(line, encoding="utf-8")
    found = rules.load(tmp_path)
    assert found.language.trouble == ("kaputt",)
    assert [one.text for one in found.sentences] == ["alles kaputt"]
    assert found.version != before.version


def test_errors_of_all_files_are_told_together(tmp_path: Path, texts: dict[str, str]) -> None:
    written(tmp_path, texts)
    (tmp_path / "language.txt").write_text("[nonsense]\n", encoding="utf-8")
    (tmp_path / "sentences.jsonl").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(rules.CatalogError) as raised:
        rules.load(tmp_path)
    assert {Path(one.file).name for one in raised.value.findings} == {
        "language.txt",
        "sentences.jsonl",
    }
