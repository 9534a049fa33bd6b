"""Compiled search for the terms of a catalog among the words of a text; see `lexicon`.

A word is known by its set: the forms, numbered, that it may stand for in terms. A term is a row of
states, one before each of its steps and one behind the last; states of all terms are numbered on.
A hit is one number: first word, word behind the last, kind and symptom, in this order, so that
sorted numbers are sorted hits.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

KINDS = ("about", "breaks", "fine", "ignore", "other", "says", "trouble")
ABOUT, BREAKS, FINE, IGNORE, OTHER, SAYS, TROUBLE = range(len(KINDS))
COMMA, SIGN = -1, -2
"""What stands for a comma, and for other signs, among the sets of words."""
MOST_WORDS = 120
"""Words of a text that are read; the rest of a long mail is politeness."""

_HITS = 64
_END_BITS, _WHAT_BITS = 8, 32
_END_MASK, _WHAT_MASK = (1 << _END_BITS) - 1, (1 << _WHAT_BITS) - 1


class Tables(NamedTuple):
    """The terms of a catalog. `x_ends`: where the row of each ends in `x`; the first begins at 0.

    `sets`: the forms of each set. `whole`: of each form, what it is alone: `kind · (symptoms + 1) +
    symptom + 1`. `pairs`: first form · forms + second form, ascending; `begun`: of each pair the
    states of the terms that begin so. Of each state: `pieces`, the forms of the step that follows;
    `optional`, whether that may be missing; `final`, what the term is if nothing follows, or -1.
    """

    symptoms: int
    forms: int
    sets_ends: Ints
    sets: Ints
    whole_ends: Ints
    whole: Ints
    pairs: Ints
    begun_ends: Ints
    begun: Ints
    pieces_ends: Ints
    pieces: Ints
    optional: Bools
    final: Ints


@njit(cache=True)
def start_of(hit: int) -> int:
    """Return the first word of a hit."""
    return hit >> (_END_BITS + _WHAT_BITS)


@njit(cache=True)
def end_of(hit: int) -> int:
    """Return the word behind the last of a hit."""
    return (hit >> _WHAT_BITS) & _END_MASK


@njit(cache=True)
def kind_of(hit: int, symptoms: int) -> int:
    """Return the kind of a hit, a place in `KINDS`."""
    return (hit & _WHAT_MASK) // (symptoms + 1)


@njit(cache=True)
def symptom_of(hit: int, symptoms: int) -> int:
    """Return the symptom of a hit, -1 for none."""
    return (hit & _WHAT_MASK) % (symptoms + 1) - 1


@njit(cache=True)
def _row(ends: Ints, number: int) -> tuple[int, int]:
    """Return where a row begins and ends."""
    return (ends[number - 1] if number else 0), ends[number]


@njit(cache=True)
def split(codes: Ints) -> tuple[Ints, Ints]:
    """Return the set of each word, and what stands before it: 0, `COMMA`, or `SIGN`.

    `codes`: sets of words and what stands for signs, as they come. Signs that are not all commas
    are a `SIGN`; those before the first word and behind the last say nothing.
    """
    words = np.empty(MOST_WORDS, np.int64)
    signs = np.zeros(MOST_WORDS + 1, np.int64)
    used = 0
    for code in codes:
        if code < 0:
            if used:
                signs[used] = min(signs[used], code)
        elif used == MOST_WORDS:
            break
        else:
            words[used] = code
            used += 1
    return words[:used], signs[:used]


@njit(cache=True)
def _with_room(hits: Ints) -> Ints:
    """Return the same hits with room for as many again."""
    more = np.empty(2 * len(hits), np.int64)
    for place in range(len(hits)):
        more[place] = hits[place]
    return more


@njit(cache=True)
def _noted(hits: Ints, first: int, used: int, hit: int) -> tuple[Ints, int]:
    """Put a hit in its place after `first`, unless it is there; return hits and how many."""
    place = used
    while place > first and hits[place - 1] > hit:
        place -= 1
    if place > first and hits[place - 1] == hit:
        return hits, used
    if used == len(hits):
        hits = _with_room(hits)
    for moved in range(used, place, -1):
        hits[moved] = hits[moved - 1]
    hits[place] = hit
    return hits, used + 1


@njit(cache=True)
def _comes(tables: Tables, state: int, word: int) -> bool:
    """Say whether a word is one of those that may follow in a state."""
    begin, end = _row(tables.pieces_ends, state)
    own, last = _row(tables.sets_ends, word)
    for piece in range(begin, end):
        for form in range(own, last):
            if tables.pieces[piece] == tables.sets[form]:
                return True
    return False


@njit(cache=True)
def _place_of(pairs: Ints, pair: int) -> int:
    """Return where a number stands among ascending ones, -1 if it does not."""
    low, high = 0, len(pairs)
    while low < high:
        middle = (low + high) // 2
        if pairs[middle] < pair:
            low = middle + 1
        else:
            high = middle
    return low if low < len(pairs) and pairs[low] == pair else -1


@njit(cache=True)
def _begun(tables: Tables, one: int, other: int, states: Ints, seen: Ints, turn: int) -> int:
    """Write the states of terms that begin with two words into `states`; return how many."""
    used = 0
    begin, end = _row(tables.sets_ends, one)
    own, last = _row(tables.sets_ends, other)
    for first in range(begin, end):
        for second in range(own, last):
            pair = tables.sets[first] * tables.forms + tables.sets[second]
            place = _place_of(tables.pairs, pair)
            row, behind = _row(tables.begun_ends, place) if place >= 0 else (0, 0)
            for at in range(row, behind):
                state = tables.begun[at]
                if seen[state] != turn:
                    seen[state] = turn
                    states[used] = state
                    used += 1
    return used


@njit(cache=True)
def _followed(
    states: Ints, word: int, tables: Tables, after: Ints, seen: Ints, turn: int
) -> tuple[int, int]:
    """Write the states behind a word into `after`; return how many, and of how many terms.

    `word`: -1 where none may follow. The terms that end before the word stand in `after` from its
    end on, the first of them last.
    """
    used, ended = 0, 0
    for begun in states:
        state = begun
        while tables.final[state] < 0:
            if word >= 0 and seen[state + 1] != turn and _comes(tables, state, word):
                seen[state + 1] = turn
                after[used] = state + 1
                used += 1
            if not tables.optional[state]:
                break
            state += 1
        if tables.final[state] >= 0:
            ended += 1
            after[-ended] = tables.final[state]
    return used, ended


@njit(cache=True)
def _alone(words: Ints, start: int, tables: Tables, hits: Ints, used: int) -> tuple[Ints, int]:
    """Note the terms that one word is; return hits and how many."""
    first, here = used, start << (_END_BITS + _WHAT_BITS) | (start + 1) << _WHAT_BITS
    begin, end = _row(tables.sets_ends, words[start])
    for form in range(begin, end):
        row, behind = _row(tables.whole_ends, tables.sets[form])
        for at in range(row, behind):
            hits, used = _noted(hits, first, used, here | tables.whole[at])
    return hits, used


@njit(cache=True)
def matched(words: Ints, signs: Ints, tables: Tables) -> Ints:
    """Return the hits of a text, ascending, each once; `words`, `signs`: as `split` returns them.

    A term does not go on behind a sign. All states that terms may be in after a word are followed
    together, each once: optional steps lead to the same one in many ways.
    """
    hits, used = np.empty(_HITS, np.int64), 0
    size = len(tables.final)  # states; in a row of twice as many their terms' ends have room
    states, after = np.empty(2 * size, np.int64), np.empty(2 * size, np.int64)
    seen, turn = np.zeros(size, np.int64), 0
    for start in range(len(words)):
        first = used
        hits, used = _alone(words, start, tables, hits, used)
        count, at, turn = 0, start + 2, turn + 1
        if start + 1 < len(words) and signs[start + 1] == 0:
            count = _begun(tables, words[start], words[start + 1], states, seen, turn)
        while count:
            word = words[at] if at < len(words) and signs[at] == 0 else -1
            turn += 1
            count, ended = _followed(states[:count], word, tables, after, seen, turn)
            here = start << (_END_BITS + _WHAT_BITS) | at << _WHAT_BITS
            for place in range(1, ended + 1):
                hits, used = _noted(hits, first, used, here | after[-place])
            states, after, at = after, states, at + 1
    return hits[:used]


@njit(cache=True)
def _hides(longer: int, hit: int, symptoms: int) -> bool:
    """Say whether a longer term around a hit shows that this is not what was meant."""
    outer, inner = kind_of(longer, symptoms), kind_of(hit, symptoms)
    if outer == IGNORE:
        return True
    if inner in (FINE, TROUBLE):
        return outer in (FINE, TROUBLE)
    if inner == SAYS and outer == FINE:
        return True
    things = inner in (SAYS, ABOUT) and outer in (SAYS, ABOUT)
    return things and symptom_of(longer, symptoms) != symptom_of(hit, symptoms)


@njit(cache=True)
def shown(hits: Ints, symptoms: int) -> Ints:
    """Return hits without those that a longer one around them hides."""
    kept, used = np.empty(len(hits), np.int64), 0
    for hit in hits:
        start, end = start_of(hit), end_of(hit)
        hidden = False
        for longer in hits:
            if start_of(longer) > start:
                break
            around = end_of(longer) >= end and end_of(longer) - start_of(longer) > end - start
            if around and _hides(longer, hit, symptoms):
                hidden = True
                break
        if not hidden:
            kept[used] = hit
            used += 1
    return kept[:used]
