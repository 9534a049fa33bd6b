"""The words that come with the package, for catalogs that have none of their own."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from msgspec import structs

from rules.findings import Report
from rules.nodes import compose
from rules.schema import CAUSES
from rules.sentences import OTHER, SENTENCES_FILE, read_sentences
from rules.words import LANGUAGE_FILE, read_language

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from rules.model import Language, Sentence

CAUSES_FILE = "causes.yaml"
_KEPT = 8


def packaged() -> Traversable:
    """Return the folder of the catalog that comes with the package."""
    return files("rules") / "catalog"


@cache
def _language() -> Language:
    content = (packaged() / LANGUAGE_FILE).read_bytes()
    return read_language(LANGUAGE_FILE, content, None, Report())


@cache
def _sentences() -> tuple[Sentence, ...]:
    content = (packaged() / SENTENCES_FILE).read_bytes()
    return read_sentences(SENTENCES_FILE, content, None, Report())


@cache
def common_causes() -> dict[str, list[str]]:
    """Return what supervision calls the causes of alarms, by the names that the rules use."""
    node = compose(CAUSES_FILE, (packaged() / CAUSES_FILE).read_bytes(), Report())
    found: Any = CAUSES.read(node, Report()) if node is not None else {}
    causes: dict[str, list[str]] = found["causes"]
    return causes


def common_language(known: frozenset[str]) -> Language:
    """Return the package's language, without terms of other symptoms."""
    language = _language()
    says = {name: terms for name, terms in language.says.items() if name in known}
    about = {name: terms for name, terms in language.about.items() if name in known}
    return structs.replace(language, says=says, about=about)


@lru_cache(_KEPT)
def common_sentences(known: frozenset[str]) -> tuple[Sentence, ...]:
    """Return the package's sentences; other symptoms in them are `other`."""
    named = {*known, OTHER}

    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name if name in named else OTHER for name in names))

    return tuple(
        one
        if named.issuperset(one.symptoms) and named.issuperset(one.also)
        else structs.replace(one, symptoms=renamed(one.symptoms), also=renamed(one.also))
        for one in _sentences()
    )
