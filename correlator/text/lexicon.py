"""Which terms of the catalog a text has, clause by clause, and what is said of them.

A term *says* a symptom ("plus de synchro"), or it names something that can be in order or not
("tele hs, internet ok"): then the nearest word of trouble, or of its opposite, in the same clause
decides; in a clause without either, that of the clause before it, if a comma is between them.
`Lexicon.read` counts what was found of each symptom. It weighs nothing: that is the classifier's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from correlator.text.kernels.clauses import FEATURES, REST, Columns, Floats, counts_of
from correlator.text.kernels.terms import COMMA, KINDS, SIGN, Ints, Tables
from rules.model import Language
from rules.terms import NUMBER, Step, parse

_SIGNS = re.compile(r"[a-z][a-z0-9]*|[0-9]+|[.;:!?\n()…]+|,")
_MISSPELT = 6  # letters from which a word may have a slip
_LONGEST = 30  # letters of a word that is looked at for slips
_SHORTEST = 2  # letters of a word's beginning
_MOST_KNOWN = 50_000  # words, and rows of signs
_NOBODY = -1

Codes = tuple[int, ...]
"""Of a word: the sets of the words that it is short for, most often itself; or what it is a sign
of. See `kernels.terms`."""


class _Term(NamedTuple):
    steps: tuple[Step, ...]
    what: int
    """Kind and symptom, as in `Tables.whole`."""
    first: int
    """Its first state."""


class _Known(dict[str, Codes]):
    """Words that were read, so many at most."""

    def __init__(self, read: Callable[[str], Codes]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, word: str) -> Codes:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        found = self[word] = self._read(word)
        return found


class Lexicon:
    """The terms of a catalog, in a form in which a text is looked through once."""

    def __init__(self, language: Language, symptoms: Sequence[str]) -> None:
        """Raises `rules.terms.TermError`."""
        self.symptoms = tuple(symptoms)
        fillers = frozenset(language.fillers)
        spelt_out = {**{word: word for word in fillers}, **language.short}
        self._spelt_out = {
            word: tuple(one for one in words.split() if one not in fillers)
            for word, words in spelt_out.items()
        }
        self._terms: list[_Term] = []
        # By first word: what is a whole term; and by second word, in which states longer ones are.
        self._whole: dict[str, list[int]] = {}
        self._begun: dict[tuple[str, str], list[int]] = {}
        for kind in ("trouble", "fine", "breaks", "other", "ignore"):
            self._add(getattr(language, kind), kind, _NOBODY)
        for number, symptom in enumerate(symptoms):
            self._add(language.says.get(symptom, ()), "says", number)
            self._add(language.about.get(symptom, ()), "about", number)
        pieces = frozenset(
            piece for term in self._terms for step in term.steps for piece in step.pieces
        )
        self._words = frozenset(p for p in pieces if not p.endswith("*") and p != NUMBER)
        self._beginnings = frozenset(p[:-1] for p in pieces if p.endswith("*"))
        self._longest = max(map(len, self._beginnings), default=0)
        self._near = _deletions(self._words | self._beginnings)
        self._forms = {piece: number for number, piece in enumerate(sorted(pieces))}
        self._sets: dict[tuple[int, ...], int] = {}
        self._known = _Known(self._read)
        self.tables = self._tables()
        """The terms, as compiled loops read them."""

    @property
    def width(self) -> int:
        """How many features there are: those of each symptom, then those of the whole."""
        return len(self.symptoms) * len(FEATURES) + len(REST)

    # -------------------------------------------------------------------------------- terms

    def _add(self, terms: Iterable[str], kind: str, symptom: int) -> None:
        for text in terms:
            before = self._terms[-1] if self._terms else None
            first = before.first + len(before.steps) + 1 if before else 0
            what = KINDS.index(kind) * (len(self.symptoms) + 1) + symptom + 1
            term = _Term(parse(text), what, first)
            self._terms.append(term)
            for place in _after(term.steps, 0):
                for piece in term.steps[place].pieces if place < len(term.steps) else ():
                    self._begin(term, piece, place + 1)

    def _begin(self, term: _Term, first: str, place: int) -> None:
        """Note what may come after the first word of a term."""
        for after in _after(term.steps, place):
            if after == len(term.steps):
                self._whole.setdefault(first, []).append(term.what)
                return
            for second in term.steps[after].pieces:
                self._begun.setdefault((first, second), []).append(term.first + after + 1)

    def _tables(self) -> Tables:
        """Return the terms, of which no text has been read."""
        forms = self._forms
        pairs = {
            forms[one] * len(forms) + forms[other]: states
            for (one, other), states in self._begun.items()
        }
        whole_ends, whole = _rows(self._whole.get(piece, ()) for piece in forms)
        begun_ends, begun = _rows(pairs[pair] for pair in sorted(pairs))
        steps = [step for term in self._terms for step in (*term.steps, None)]
        following = (step.pieces if step else () for step in steps)
        pieces_ends, pieces = _rows([forms[piece] for piece in some] for some in following)
        final = np.full(len(steps), -1, np.int64)
        for term in self._terms:
            final[term.first + len(term.steps)] = term.what
        sets_ends, sets = _rows(())
        return Tables(
            len(self.symptoms), len(forms), sets_ends, sets, whole_ends, whole,
            np.array(sorted(pairs), np.int64), begun_ends, begun, pieces_ends, pieces,
            np.array([step is not None and step.optional for step in steps], np.bool_), final,
        )  # fmt: skip

    # -------------------------------------------------------------------------------- words

    def codes(self, text: str) -> list[int]:
        """Return the words of a text, by the sets of their forms, and its signs, as they come."""
        known = self._known
        return [code for found in _SIGNS.findall(text) for code in known[found]]

    def forget(self) -> None:
        """Drop the words that are held to be read faster."""
        self._known.clear()

    def _read(self, found: str) -> Codes:
        """Return the codes of a sign, or of a word and what it is short for; none of a filler."""
        if not found[0].isalnum():
            return (COMMA if found == "," else SIGN,)
        return tuple(map(self._set_of, self._spelt_out.get(found, (found,))))

    def _set_of(self, word: str) -> int:
        """Return the number of the set of forms that a word may stand for."""
        pieces = {self._forms[piece] for piece in self._find_forms(word) if piece in self._forms}
        forms = tuple(sorted(pieces))
        number = self._sets.setdefault(forms, len(self._sets))
        if number == len(self.tables.sets_ends):
            sets = np.append(self.tables.sets, np.array(forms, np.int64))
            ends = np.append(self.tables.sets_ends, len(sets))
            self.tables = self.tables._replace(sets=sets, sets_ends=ends)
        return number

    def _find_forms(self, word: str) -> Iterator[str]:
        if word.isdigit():
            yield NUMBER
        known = word in self._words
        if known:
            yield word
        for end in range(_SHORTEST, min(len(word), self._longest) + 1):
            if word[:end] in self._beginnings:
                known = True
                yield f"{word[:end]}*"
        if not known and _MISSPELT <= len(word) <= _LONGEST and word.isalpha():
            yield from self._spelt(word)

    def _spelt(self, word: str) -> Iterator[str]:
        """Yield the pieces that a word may be a slip for, the first that are found.

        A letter too many, one too few, a wrong one or two that changed place: what is left of both
        without a letter is the same. Not the first letter: a *rappel* is no *appel*.
        """
        for variant in (word, *(word[:i] + word[i + 1 :] for i in range(1, len(word)))):
            meant = variant if variant in self._words else self._near.get(variant)
            for end in range(len(variant) - 1, _MISSPELT - 2, -1) if meant is None else ():
                beginning = self._near.get(variant[:end])
                if beginning in self._beginnings:
                    meant = beginning
                    break
            if meant is not None and meant[0] == word[0]:
                if meant in self._words:
                    yield meant
                if meant in self._beginnings:
                    yield f"{meant}*"
                return

    # ------------------------------------------------------------------------------- reading

    def read(self, text: str) -> tuple[Columns, Floats]:
        """Return (features, counts) of what a text has, features ascending; see `FEATURES`.

        `text`: in small letters without accents (`words.Forms.letters`).
        """
        codes = np.array(self.codes(text), np.int64)
        return counts_of(codes, self.tables)


def _rows(rows: Iterable[Iterable[int]]) -> tuple[Ints, Ints]:
    """Return where each row ends, and what stands in them."""
    found: list[int] = []
    ends = []
    for row in rows:
        found += row
        ends.append(len(found))
    return np.array(ends, np.int64), np.array(found, np.int64)


def _after(steps: Sequence[Step], place: int) -> Iterator[int]:
    """Yield the steps that may come at a place: itself, and those behind optional ones."""
    yield place
    while place < len(steps) and steps[place].optional:
        place += 1
        yield place


def _deletions(words: Iterable[str]) -> dict[str, str]:
    """Return what is left of long words without one letter, and the word."""
    found: dict[str, str] = {}
    for word in sorted(words):
        for place in range(len(word)) if len(word) >= _MISSPELT else ():
            found.setdefault(word[:place] + word[place + 1 :], word)
    return found
