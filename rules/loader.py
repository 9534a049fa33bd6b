"""A folder of YAML files → a catalog, or every error with its place."""

from __future__ import annotations

import hashlib
from itertools import chain
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import yaml

from rules.common import CAUSES_FILE, common_causes, common_language, common_sentences, packaged
from rules.files import UnreadableError, read_small
from rules.findings import CatalogError, Finding, Report, place
from rules.model import FEWEST_CALLERS, OUTSIDE, Catalog, Language, Rule, Sentence, Symptom
from rules.nodes import MOST_BYTES, child, compose, entries, items
from rules.schema import CAUSES, DEFAULTS, FAMILY, RULE, SYMPTOMS
from rules.sentences import MOST_BYTES as MOST_SENTENCE_BYTES
from rules.sentences import SENTENCES_FILE, read_sentences
from rules.shapes import Value, attempt, merged
from rules.words import LANGUAGE_FILE, read_language

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from importlib.resources.abc import Traversable

SYMPTOMS_FILE = "symptoms.yaml"
MOST_FILES = 200
MOST_BYTES_IN_ALL = 1 << 20
"""Of the files of one folder: a megabyte takes PyYAML a quarter of a minute."""
_ROUNDING = 1e-6
_SHOWN = "rules/catalog"
_WORDS = {LANGUAGE_FILE: MOST_BYTES, SENTENCES_FILE: MOST_SENTENCE_BYTES}


class _Read(NamedTuple):
    """A rule as it stands in its file: the node with the defaults below, and its values."""

    node: yaml.Node
    values: dict[str, Value]


def load(folder: Path | None = None) -> Catalog:
    """Load a catalog; None: the one that comes with the package. Raises CatalogError."""
    report = Report()
    where, shown = (packaged(), _SHOWN) if folder is None else (folder, str(folder))
    texts = read_folder(where, shown, report)
    for name, most in _WORDS.items():
        entry = where / name
        if entry.is_file():
            texts[f"{shown}/{name}"] = _content(entry, f"{shown}/{name}", report, most)
    return _parse(texts, report)


def parse(texts: Mapping[str, bytes | str]) -> Catalog:
    """Read a catalog from texts by file name; one of them is `symptoms.yaml`.

    Where `language.txt`, `sentences.jsonl` or `causes.yaml` is missing, that of the package stands
    in, as far as it is about symptoms of this catalog. Raises CatalogError with all errors of all
    files.
    """
    return _parse(texts, Report())


def read_folder(folder: Traversable, shown: str, report: Report) -> dict[str, bytes | None]:
    """Return the `.yaml` files of a folder by the name to show; None: the report says why not."""
    entries = _entries(folder, shown, report)
    texts: dict[str, bytes | None] = dict.fromkeys(entries)
    room, why = MOST_BYTES_IN_ALL, ""
    for number, (name, entry) in enumerate(entries.items()):
        content = _content(entry, name, report)
        room -= len(content or b"")
        if number == MOST_FILES:
            why = f"more than {MOST_FILES} files in a folder"
        elif room < 0:
            why = f"the files of the folder have more than {MOST_BYTES_IN_ALL:,} bytes in all"
        if why:
            report.add(Finding(name, 1, 1, f"not read from here on: {why}"))
            break
        texts[name] = content
    return texts


def _entries(folder: Traversable, shown: str, report: Report) -> dict[str, Traversable]:
    """Return what is to be read of a folder, by the name to show."""
    if not folder.is_dir():
        raise CatalogError([Finding(shown, 1, 1, "no such folder")])
    try:
        there = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise CatalogError([Finding(shown, 1, 1, error.strerror or str(error))]) from error
    found = {}
    for entry in there:
        name = f"{shown}/{entry.name}"
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(".yaml"):
            found[name] = entry
        elif entry.name.lower().endswith((".yml", ".yaml")):
            report.add(Finding(name, 1, 1, "not read: the name must end in .yaml"))
    return found


def _content(entry: Traversable, name: str, report: Report, most: int = MOST_BYTES) -> bytes | None:
    if not isinstance(entry, Path):  # inside a package that is not unpacked
        return entry.read_bytes()
    try:
        return read_small(entry, most)
    except UnreadableError as error:
        report.add(Finding(name, 1, 1, str(error)))
        return None


def compose_all(
    texts: Mapping[str, bytes | str | None], report: Report
) -> dict[str, yaml.Node | None]:
    """Return the document of each file, in the order of the names; None: it has none."""
    return {
        name: None if (text := texts[name]) is None else compose(name, text, report)
        for name in sorted(texts)
    }


def _parse(texts: Mapping[str, bytes | str | None], report: Report) -> Catalog:
    words = {name: text for name, text in texts.items() if PurePath(name).name in _WORDS}
    nodes = compose_all({name: texts[name] for name in texts.keys() - words.keys()}, report)
    symptoms, known = _read_symptoms(nodes, report)
    language, sentences = _read_words(words, known, report)
    causes = _read_causes(nodes, report)
    special = {SYMPTOMS_FILE, CAUSES_FILE}
    families = [node for name, node in nodes.items() if PurePath(name).name not in special]
    rules = [rule for node in families for rule in _read_family(node, report)]
    _check_rules(rules, known, report)
    if not families:
        first = next(iter(nodes), SYMPTOMS_FILE)
        report.add(Finding(first, 1, 1, "the catalog is empty: no file of rules"))
    report.raise_if_any()
    values = [_with_causes(rule.values, causes) for rule in rules]
    return _catalog(values, symptoms, language, sentences)


def _read_words(
    texts: Mapping[str, bytes | str | None], known: Collection[str] | None, report: Report
) -> tuple[Language, tuple[Sentence, ...]]:
    """Return language and sentences of a catalog, those of the package where it has none."""
    language, sentences = None, None
    for name, text in texts.items():
        if PurePath(name).name == LANGUAGE_FILE:
            language = read_language(name, text or b"", known, report)
        else:
            sentences = read_sentences(name, text or b"", known, report)
    names = frozenset(known or ())
    return (
        common_language(names) if language is None else language,
        common_sentences(names) if sentences is None else sentences,
    )


def _is_symptoms(name: str) -> bool:
    return PurePath(name).name == SYMPTOMS_FILE


def _read_symptoms(
    nodes: Mapping[str, yaml.Node | None], report: Report
) -> tuple[list[Value], dict[str, bool] | None]:
    """Return the symptoms and whether each known one is a fault; None: nobody can know."""
    name = next((name for name in nodes if _is_symptoms(name)), None)
    if name is None:
        beside = PurePath(next(iter(nodes), SYMPTOMS_FILE)).with_name(SYMPTOMS_FILE)
        report.add(Finding(str(beside), 1, 1, "no such file"))
        return [], None
    node = nodes[name]
    values = attempt(SYMPTOMS, node, report) if node else None
    listed = values.get("symptoms") if isinstance(values, dict) else None
    if not isinstance(listed, list):
        return [], None
    symptom_nodes = items(child(node, "symptoms"))
    _report_repeated_ids("symptom", symptom_nodes, report)
    return listed, {
        str(symptom["id"]): symptom.get("fault") is not False
        for symptom in listed
        if isinstance(symptom, dict) and symptom.get("id")
    }


def _read_causes(
    nodes: Mapping[str, yaml.Node | None], report: Report
) -> Mapping[str, Sequence[str]]:
    """Return what supervision calls the causes that rules name; the package's without a file."""
    name = next((name for name in nodes if PurePath(name).name == CAUSES_FILE), None)
    if name is None:
        return common_causes()
    node = nodes[name]
    values = attempt(CAUSES, node, report) if node else None
    found = values.get("causes") if isinstance(values, dict) else None
    return found if isinstance(found, dict) else {}


def _with_causes(rule: dict[str, Value], causes: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """Return a rule whose alarms are also named as supervision does."""
    alarms = rule.get("alarms")
    if not isinstance(alarms, list):
        return rule
    return {**rule, "alarms": [_named(alarm, causes) for alarm in alarms]}


def _named(alarm: Value, causes: Mapping[str, Sequence[str]]) -> Value:
    if not isinstance(alarm, dict) or "causes" not in alarm:
        return alarm
    names = [[name, *causes.get(name, ())] for name in alarm["causes"]]
    return {**alarm, "causes": list(dict.fromkeys(chain.from_iterable(names)))}


def _read_family(node: yaml.Node | None, report: Report) -> list[_Read]:
    if node is None:
        return []
    head = attempt(FAMILY, node, report)
    family = head.get("family") if isinstance(head, dict) else None
    defaults = child(node, "defaults")
    found = []
    for item in items(child(node, "rules")):
        whole = merged(item, defaults, DEFAULTS)
        values = attempt(RULE, whole, report)
        if isinstance(values, dict):
            found.append(_Read(whole, {"family": family, **values}))
    return found


def _check_rules(rules: list[_Read], known: Mapping[str, bool] | None, report: Report) -> None:
    _report_repeated_ids("rule", [rule.node for rule in rules], report)
    for rule in rules:
        if known is not None:
            _check_symptoms(rule, known, report)
    _check_dial(rules, report)


def _report_repeated_ids(what: str, nodes: Iterable[yaml.Node], report: Report) -> None:
    first: dict[str, yaml.Node] = {}
    for node in nodes:
        value = child(node, "id")
        if not isinstance(value, yaml.ScalarNode):
            continue
        if value.value in first:
            used = place(first[value.value])
            report.at(value, f"{what} id '{value.value}' is already used at {used}")
        first.setdefault(value.value, value)


def _check_symptoms(rule: _Read, known: Mapping[str, bool], report: Report) -> None:
    profile = child(rule.node, "symptoms")
    if not isinstance(profile, yaml.MappingNode):
        return
    domains = rule.values.get("domains")
    outside = isinstance(domains, list) and OUTSIDE in domains
    for name, key, _ in entries(profile):
        if name not in known:
            report.at(key, f"unknown symptom '{name}'{report.hint(name, known)}")
        elif not known[name] and not outside:
            report.at(key, f"'{name}' is no fault (`fault: false`): no equipment causes it")


def _check_dial(rules: list[_Read], report: Report) -> None:
    """Check the sum where it can be known: every share was read."""
    shares = [rule.values.get("dial_share") for rule in rules]
    numbers = [share for share in shares if isinstance(share, float)]
    last = child(rules[-1].node, "dial_share") if rules else None
    if last is None or len(numbers) < len(shares):
        return
    total = sum(numbers)
    if abs(total - 1) > _ROUNDING:
        message = f"the dial shares of the {len(numbers)} rules sum to {total:.6g}, not to 1"
        report.at(last, message)


def _catalog(
    rules: list[dict[str, Value]],
    symptoms: list[Value],
    language: Language,
    sentences: tuple[Sentence, ...],
) -> Catalog:
    """Build the catalog in an order of its own: the same content is the same catalog."""
    some = msgspec.convert([_ordered(rule) for rule in rules], tuple[Rule, ...])
    named = msgspec.convert(symptoms, tuple[Symptom, ...])
    by_id = (
        tuple(sorted(some, key=lambda rule: rule.id)),
        tuple(sorted(named, key=lambda symptom: symptom.id)),
        language,
        tuple(sorted(sentences, key=lambda sentence: sentence.text)),
    )
    return Catalog(_version(by_id), *by_id)


def _version(content: tuple[object, ...]) -> str:
    """Return the version of a catalog's content.

    A key that came later counts only where it is set: the versions of kept catalogs stay theirs.
    """
    rules, *rest = msgspec.to_builtins(content)
    for rule in rules:
        if rule["callers"] == FEWEST_CALLERS:
            del rule["callers"]
    return hashlib.sha256(msgspec.json.encode((rules, *rest))).hexdigest()[:16]


def _ordered(rule: dict[str, Value]) -> dict[str, Value]:
    profile = rule["symptoms"]
    return (
        {**rule, "symptoms": dict(sorted(profile.items()))} if isinstance(profile, dict) else rule
    )
