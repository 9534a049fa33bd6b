"""Compiled loops of the hashed features: which columns a text has, and what each weighs.

All of it is worked out anew from the letters of each text: a hash of a few letters costs less than
it does to look a word up, and nothing that a customer wrote is kept.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]

WORD_FEATURES = 2**12
CHARACTER_FEATURES = 2**13
HASHED = WORD_FEATURES + CHARACTER_FEATURES
"""Columns of what is hashed: words first."""

_SHORTEST_WORD = 2
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 5
_SPACE = 32
_ALL = 0xFFFFFFFF  # 32 bits
_SIGN = 0x80000000


@njit(cache=True)
def murmur(letters: Bytes, begin: int, end: int) -> int:
    """Return MurmurHash3 (x86, 32 bits, seed 0; Appleby 2011) of `letters[begin:end]`, unsigned.

    As scikit-learn's `murmurhash3_32`, to which the tests hold it: that one is a call of Python for
    each of some hundred grams of a text, and compiled loops cannot call it.
    """
    found = 0
    at = begin
    while at < end:
        block, size = 0, min(4, end - at)
        for place in range(size):
            block |= int(letters[at + place]) << (8 * place)
        block = (block * 0xCC9E2D51) & _ALL
        block = ((block << 15) | (block >> 17)) & _ALL
        found ^= (block * 0x1B873593) & _ALL
        if size == 4:
            found = ((found << 13) | (found >> 19)) & _ALL
            found = (found * 5 + 0xE6546B64) & _ALL
        at += 4
    found ^= int(end - begin)
    found = ((found ^ (found >> 16)) * 0x85EBCA6B) & _ALL
    found = ((found ^ (found >> 13)) * 0xC2B2AE35) & _ALL
    return found ^ (found >> 16)


@njit(cache=True)
def _column(letters: Bytes, begin: int, end: int, columns: int) -> int:
    """Return which of so many columns some letters have: |hash as a signed number| mod columns."""
    found = murmur(letters, begin, end)
    return (found if found < _SIGN else _ALL + 1 - found) % columns


@njit(cache=True)
def _heard(letters: Bytes, found: Columns) -> int:
    """Write the columns of words, then of pairs of neighbours, into `found`; return how many.

    Shorter words than two letters are left out, also between the words of a pair.
    """
    longer = np.empty(len(letters) + 1, np.uint8)  # those words with a space behind each
    starts = np.empty(len(letters) // 2 + 1, np.int64)
    used = words = begin = 0
    for at in range(len(letters)):
        if letters[at] != _SPACE:
            continue
        if at - begin >= _SHORTEST_WORD:
            starts[words] = used
            words += 1
            for place in range(begin, at + 1):
                longer[used] = letters[place]
                used += 1
        begin = at + 1
    starts[words] = used
    for word in range(words):
        found[word] = _column(longer, starts[word], starts[word + 1] - 1, WORD_FEATURES)
    for word in range(words - 1):
        end = starts[word + 2] - 1
        found[words + word] = _column(longer, starts[word], end, WORD_FEATURES)
    return max(0, 2 * words - 1)


@njit(cache=True)
def _spelt(letters: Bytes, begin: int, end: int, found: Columns, used: int) -> int:
    """Write the columns of the letters of a word, a space on each side, from `used`; return where.

    Three, four and five neighbours; a word of fewer counts once, as a whole.
    """
    size = end - begin
    for length in range(_SHORTEST_GRAM, _LONGEST_GRAM + 1):
        for place in range(begin, max(begin, end - length) + 1):
            column = _column(letters, place, min(place + length, end), CHARACTER_FEATURES)
            found[used] = WORD_FEATURES + column
            used += 1
        if size <= length:
            break
    return used


@njit(cache=True)
def _counted(found: Columns) -> tuple[Columns, Floats]:
    """Return each column once, and how often it was found, words and characters of length 1."""
    size = 1
    while size < 2 * len(found):
        size *= 2
    places = np.full(size, -1, np.int32)  # of columns, by open addressing: small, soon cleared
    columns, counts = np.empty(len(found), np.int32), np.zeros(len(found))
    used = 0
    words = characters = 0.0
    for column in found:
        slot = column & (size - 1)
        while places[slot] >= 0 and columns[places[slot]] != column:
            slot = (slot + 1) & (size - 1)
        if places[slot] < 0:
            places[slot] = used
            columns[used] = column
            used += 1
        place = places[slot]
        # The square of a count that grows by one: n² + 2n + 1.
        if column < WORD_FEATURES:
            words += 2.0 * counts[place] + 1.0
        else:
            characters += 2.0 * counts[place] + 1.0
        counts[place] += 1.0
    for place in range(used):
        counts[place] /= math.sqrt(words if columns[place] < WORD_FEATURES else characters)
    return columns[:used], counts[:used]


@njit(cache=True)
def hashed_columns(letters: Bytes) -> tuple[Columns, Floats]:
    """Return the columns of a text, and what each weighs: both shape (columns that it has,).

    `letters`: words of small letters and digits, a space before, between and after them.
    """
    found = np.empty(4 * len(letters) + 4, np.int32)
    used = _heard(letters, found)
    begin = 0
    for at in range(1, len(letters)):
        if letters[at] == _SPACE:
            if at > begin + 1:
                used = _spelt(letters, begin, at + 1, found, used)
            begin = at
    return _counted(found[:used])
