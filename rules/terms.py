"""Terms: what is looked for in the words of a ticket, in a notation without surprises.

    coupure fibre          these words, one after the other
    synchro*               any word that begins so
    plus|pas [de|d|la] tv  one of several words; in brackets: it may be missing
    etape <n>              a number

Written with accents or without, in any case. There is no way to write a term that takes long: a
text is looked through once, whatever the terms are.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

NUMBER = "<n>"
"""Stands for any number."""

_WORD = re.compile(r"\[[^\[\]]*\]|[^\s\[\]]+")
_PIECE = re.compile(r"[a-z][a-z0-9]*|[a-z][a-z0-9]+\*|[0-9]|<n>")
# What has no canonical decomposition; any other sign is a space between words.
_LETTERS = {"œ": "oe", "æ": "ae", "’": "'"}


class Step(NamedTuple):
    """One of these words comes next; `optional`: or none of them."""

    pieces: frozenset[str]
    optional: bool


class TermError(ValueError):
    """A term that cannot be read."""


def plain(text: str) -> str:
    """Return a text in small letters, without accents; signs that are no letters stay."""
    small = text.lower()
    if small.isascii():
        return small
    for letter, spelt in _LETTERS.items():
        small = small.replace(letter, spelt)
    decomposed = unicodedata.normalize("NFKD", small)
    for sign in set(decomposed):  # a text has few different ones
        if unicodedata.combining(sign):
            decomposed = decomposed.replace(sign, "")
    return decomposed


def parse(term: str) -> tuple[Step, ...]:
    """Return the steps of a term; raises TermError.

    A word is letters, perhaps with digits behind, and from two on perhaps with `*` at its end; or a
    single digit, or `<n>`: larger numbers are all alike, and what is written `5ghz` are two words.
    """
    text = plain(term)
    words = _WORD.findall(text)
    if not words or sum(map(len, words)) != len("".join(text.split())):
        raise TermError(f"'{term}' is no term: words, `|` between some, brackets around some")
    steps = tuple(_step(word) for word in words)
    if all(step.optional for step in steps):
        raise TermError(f"'{term}' may be missing altogether")
    return steps


def _step(word: str) -> Step:
    optional = word.startswith("[")
    pieces = frozenset((word[1:-1] if optional else word).split("|"))
    for piece in sorted(pieces):
        if not _PIECE.fullmatch(piece):
            raise TermError(f"'{piece}' is no word: letters, perhaps with `*`, a digit, or `<n>`")
    return Step(pieces, optional)
