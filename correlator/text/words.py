"""Hotline sentences, brought to one form, and which of their words tell something."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rules.model import Language
from rules.terms import plain

_TEXTS_KEPT = 2_000
_WORD = re.compile(r"[a-z0-9]+")
_TAG = re.compile(r"#(\w+)")
_NUMBER = re.compile(r"[0-9]{2,}")
_ANY_NUMBER = "99"  # steps of a start-up count; times and identifiers make no text another one
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_STEM = 6  # letters that "redémarre", "redémarrage" and "redemarrer" have in common
_SHORTEST = 3  # letters; shorter words tell nothing by themselves


class Forms(NamedTuple):
    """A text in small letters without accents, and its words alone, short forms spelt out.

    Numbers of two digits and more are `99` in the letters.
    """

    letters: str
    words: str


class Words:
    """The words of a language, as the catalog has them."""

    def __init__(self, language: Language) -> None:
        self._short = language.short
        self.forms = lru_cache(_TEXTS_KEPT)(self._forms)
        """A text → its `Forms`; a ticket's text is read by several."""
        self.telling = lru_cache(_TEXTS_KEPT)(self._telling)
        """A text → the stems of the words that may tell something, each with its first full word;
        not to be changed."""
        said = (*language.vague, *language.small)
        self._empty = frozenset(word for text in said for word in self._forms(text).words.split())

    def _forms(self, text: str) -> Forms:
        if "#" in text:
            text = _TAG.sub(lambda tag: f" {_CAMEL.sub(' ', tag[1])} ", text)
        letters = _NUMBER.sub(_ANY_NUMBER, plain(text))
        words = _WORD.findall(letters.encode("ascii", "ignore").decode("ascii"))
        said = [self._short.get(word, word) if word.isalpha() else "9" for word in words]
        return Forms(letters, " ".join(said))

    def normalise(self, text: str) -> str:
        """Return lower-case words without accents, short forms spelt out, identifiers as `9`."""
        return self.forms(text).words

    def forget(self) -> None:
        """Drop the texts that are held to be read faster."""
        self.forms.cache_clear()
        self.telling.cache_clear()

    def _telling(self, text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for word in self.normalise(text).split():
            if len(word) >= _SHORTEST and word not in self._empty:
                found.setdefault(word[:_STEM], word)
        return found
