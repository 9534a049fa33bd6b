"""Which terms of the catalog a text has, clause by clause, and what is said of them.

A term *says* a symptom ("plus de synchro"), or it names something that can be in order or not
("tele hs, internet ok"): then the nearest word of trouble, or of its opposite, in the same clause
decides; in a clause without either, that of the clause before it, if a comma is between them.
`Lexicon.read` counts what was found of each symptom. It weighs nothing: that is the classifier's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rules.model import Language
from rules.terms import NUMBER, Step, parse

FEATURES = (
    "said", "said again", "in trouble", "in trouble again", "in order", "named", "named after",
    "said in order",
)  # fmt: skip
"""What is counted of each symptom: terms that say it, beside a word of trouble or none, and beside
its opposite; terms about it in trouble, in order, in a clause that says nothing of the kind, and in
one after a clause with trouble."""

REST = ("other", "trouble", "length")
"""What is counted of the whole: terms of other business, words of trouble, ln(1 + words)."""

_SIGNS = re.compile(r"[a-z][a-z0-9]*|[0-9]+|[.;:!?\n()…]+|,")
_MISSPELT = 6  # letters from which a word may have a slip
_LONGEST = 30  # letters of a word that is looked at for slips
_SHORTEST = 2  # letters of a word's beginning
_MOST_WORDS = 120  # of a text; the rest of a long mail is politeness
_MOST_FORMS = 50_000
_NOBODY = -1

_SAID, _AGAIN, _TROUBLE, _TROUBLE_AGAIN, _ORDER, _NAMED, _AFTER, _SAID_ORDER = range(len(FEATURES))
_MOST = (1, 2, 1, 2, 1, 1, 1, 1)
"""Counts beyond say no more."""


class _Term(NamedTuple):
    steps: tuple[Step, ...]
    kind: str
    symptom: int


class _Hit(NamedTuple):
    """A term at words `start` up to, not including, `end`."""

    start: int
    end: int
    kind: str
    symptom: int

    def covers(self, other: _Hit) -> bool:
        """Return whether another one lies within this longer one."""
        inside = self.start <= other.start and other.end <= self.end
        return inside and self.end - self.start > other.end - other.start


_STATES = frozenset({"trouble", "fine"})
_THINGS = frozenset({"says", "about"})


def _hides(longer: _Hit, hit: _Hit) -> bool:
    """Return whether a longer term around a hit shows that this is not what was meant."""
    if longer.kind == "ignore":
        return True
    if hit.kind in _STATES:
        return longer.kind in _STATES
    if hit.kind == "says" and longer.kind == "fine":
        return True
    return hit.kind in _THINGS and longer.kind in _THINGS and longer.symptom != hit.symptom


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
        # By first word: what is a whole term; and by second word, how far a longer one is then.
        self._whole: dict[str, list[tuple[str, int]]] = {}
        self._begun: dict[str, dict[str, list[tuple[int, int]]]] = {}
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
        self._forms: dict[str, frozenset[str]] = {}
        self._near = _deletions(self._words | self._beginnings)

    @property
    def width(self) -> int:
        """How many features there are: those of each symptom, then those of the whole."""
        return len(self.symptoms) * len(FEATURES) + len(REST)

    def _add(self, terms: Iterable[str], kind: str, symptom: int) -> None:
        for text in terms:
            term = _Term(parse(text), kind, symptom)
            for place in _after(term.steps, 0):
                for piece in term.steps[place].pieces if place < len(term.steps) else ():
                    self._begin(term, piece, place + 1)
            self._terms.append(term)

    def _begin(self, term: _Term, first: str, place: int) -> None:
        """Note what may come after the first word of a term."""
        for after in _after(term.steps, place):
            if after == len(term.steps):
                self._whole.setdefault(first, []).append((term.kind, term.symptom))
                return
            begun = self._begun.setdefault(first, {})
            for second in term.steps[after].pieces:
                begun.setdefault(second, []).append((len(self._terms), after + 1))

    # -------------------------------------------------------------------------------- words

    def _words_of(self, text: str) -> tuple[list[str], dict[int, bool]]:
        """Return the words, and before which of them a sign stands; true: a comma."""
        words: list[str] = []
        signs: dict[int, bool] = {}
        for sign in _SIGNS.findall(text):
            if sign[0].isalnum():
                words.extend(self._spelt_out.get(sign, (sign,)))
            elif words:
                signs[len(words)] = sign == "," and signs.get(len(words), True)
        return words[:_MOST_WORDS], signs

    def _forms_of(self, word: str) -> frozenset[str]:
        """Return the pieces of terms that a word may stand for."""
        found = self._forms.get(word)
        if found is None:
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            found = self._forms[word] = frozenset(self._find_forms(word))
        return found

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

    # ---------------------------------------------------------------------------------- hits

    def _hits(self, words: list[str], signs: dict[int, bool]) -> list[_Hit]:
        """Return the terms that a text has, without those that a longer one hides."""
        forms = [self._forms_of(word) for word in words]
        found: set[_Hit] = set()
        for start, own in enumerate(forms):
            second = start + 1
            follow = forms[second] if second < len(words) and second not in signs else ()
            for form in own:
                for kind, symptom in self._whole.get(form, ()):
                    found.add(_Hit(start, second, kind, symptom))
                begun = self._begun.get(form) if follow else None
                for other in follow if begun else ():
                    if begun and other in begun:
                        found.update(self._longer(start, begun[other], forms, signs))
        return _shown(found)

    def _longer(
        self,
        start: int,
        begun: Iterable[tuple[int, int]],
        forms: Sequence[frozenset[str]],
        signs: dict[int, bool],
    ) -> Iterator[_Hit]:
        """Yield the terms of two words and more that begin so; `begun`: terms, and next steps."""
        todo = [(number, place, start + 2) for number, place in begun]
        seen = set(todo)  # optional steps lead to the same place in many ways
        while todo:
            number, place, at = todo.pop()
            steps, kind, symptom = self._terms[number]
            for after in _after(steps, place):
                if after == len(steps):
                    yield _Hit(start, at, kind, symptom)
                elif at < len(forms) and at not in signs and steps[after].pieces & forms[at]:
                    state = number, after + 1, at + 1
                    if state not in seen:
                        seen.add(state)
                        todo.append(state)

    # ------------------------------------------------------------------------------- reading

    def read(self, text: str) -> list[tuple[int, float]]:
        """Return (feature, count) of what a text has, features ascending; see `FEATURES`.

        `text`: in small letters without accents (`words.Forms.letters`).
        """
        words, signs = self._words_of(text)
        hits = self._hits(words, signs)
        counts: dict[int, float] = {}
        state = ""
        for inside, goes_on in _clauses(hits, signs, len(words)):
            states = [hit for hit in inside if hit.kind in _STATES]
            before = state if goes_on else ""
            for hit in inside:
                if hit.kind in _THINGS:
                    _count(counts, hit.symptom, _feature(hit, states, before))
            state = states[-1].kind if states else before
        rest = len(self.symptoms) * len(FEATURES)
        other = min(2, sum(hit.kind == "other" for hit in hits))
        trouble = min(2, sum(hit.kind == "trouble" for hit in hits))
        for place, count in enumerate((other, trouble, math.log1p(len(words)))):
            if count:
                counts[rest + place] = float(count)
        return sorted(counts.items())


def _shown(found: Iterable[_Hit]) -> list[_Hit]:
    """Return hits in order, without those that a longer one hides."""
    hits = sorted(found)
    long = [hit for hit in hits if hit.end - hit.start > 1]
    if not long:
        return hits
    return [hit for hit in hits if not any(one.covers(hit) and _hides(one, hit) for one in long)]


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


def _clauses(
    hits: Sequence[_Hit], signs: dict[int, bool], length: int
) -> Iterator[tuple[list[_Hit], bool]]:
    """Yield the hits of each clause, and whether it goes on after a comma."""
    cuts = sorted([*signs.items(), *((hit.start, False) for hit in hits if hit.kind == "breaks")])
    begin, goes_on = 0, False
    for cut, comma in [*cuts, (length, False)]:
        if cut > begin:
            yield [hit for hit in hits if begin <= hit.start < cut], goes_on
            begin, goes_on = cut, comma
        else:
            goes_on = goes_on and comma


def _feature(hit: _Hit, states: Sequence[_Hit], before: str) -> int:
    """Return as what a term counts: by the nearest word of trouble or its opposite."""
    near = min(states, key=lambda state: _distance(hit, state)).kind if states else ""
    if hit.kind == "says":
        return _SAID_ORDER if near == "fine" else _SAID
    if near:
        return _TROUBLE if near == "trouble" else _ORDER
    return _AFTER if before == "trouble" else _NAMED


def _distance(hit: _Hit, state: _Hit) -> tuple[int, bool]:
    """Return how many words are between, and whether the state comes first: later ones win."""
    if state.start >= hit.end:
        return state.start - hit.end, False
    if state.end <= hit.start:
        return hit.start - state.end, True
    return -1, state.start < hit.start


def _count(counts: dict[int, float], symptom: int, feature: int) -> None:
    column = symptom * len(FEATURES) + feature
    if feature in {_SAID, _TROUBLE} and column in counts:
        column += 1  # said, or in trouble, again
        feature += 1
    counts[column] = min(counts.get(column, 0.0) + 1.0, float(_MOST[feature]))
