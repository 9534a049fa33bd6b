"""Marks: what a call is about, where its words say more than one symptom, or half of one.

A text w says symptom s with probability q(s); what is missing to 1 says nothing, as a ticket of no
symptom does. With P(w | s) ∝ q(s) / λ(s), λ the usual rates, a failure that adds c calls per line
adds `c·π(w)/λ` of such texts to what is usual, where

    π(w) / λ  =  Σ_s q(s)·π(s) / λ(s).

So a mark is a linear combination of symptoms, and its π a column beside theirs, for the λ of its
likeliest symptom. One that is certain is the symptom itself; one that says nothing weighs what a
ticket without a symptom weighs. One λ counts at most twenty times another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from correlator.engine.arrays import Floats

MOST_MARKS = 4_000
"""Twice as many as three shares of ten symptoms give."""
_PARTS = 4  # of a whole: shares are rounded to quarters
_MOST_TIMES = 20.0  # that one rate counts beside another: those of the first days are guesses

Shares: TypeAlias = tuple[tuple[int, float], ...]


class Marks:
    """The marks that calls bear. Numbers of symptoms: 0 is none at all."""

    def __init__(self, first: int) -> None:
        """`first`: the column of the first mark; before it, a symptom's number is its column."""
        self._first = first
        self._numbers: dict[tuple[int, Shares], int] = {}
        self._kept: list[tuple[int, Shares]] = []  # likeliest symptom, shares that sum to 1

    def __len__(self) -> int:
        return len(self._kept)

    def number(self, symptom: int, shares: Iterable[tuple[int, float]]) -> int:
        """Return the column of a call, of which this is the likeliest symptom.

        `shares`: what is missing to 1 says nothing.
        """
        parts: dict[int, float] = {}
        for other, share in shares:
            parts[other] = parts.get(other, 0.0) + round(share * _PARTS) / _PARTS
        parts[0] = parts.get(0, 0.0) + max(0.0, 1.0 - sum(parts.values()))
        whole = sum(parts.values())
        key = symptom, tuple(sorted((o, part / whole) for o, part in parts.items() if part))
        if key[1] == ((symptom, 1.0),):
            return symptom
        found = self._numbers.get(key)
        if found is None:
            if len(self._kept) >= MOST_MARKS:
                return symptom
            found = self._numbers[key] = self._first + len(self._kept)
            self._kept.append(key)
        return found

    def mixture(self, column: int, rates: Floats) -> Shares:
        """Return how much of π of which symptoms is in π of a mark; `rates[symptom]`: λ."""
        symptom, shares = self._kept[column - self._first]
        return tuple((other, share * _ratio(rates, symptom, other)) for other, share in shares)

    def columns(self) -> range:
        """Return the columns of all marks."""
        return range(self._first, self._first + len(self._kept))

    def state(self) -> dict[str, Any]:
        """Return the marks, for a snapshot."""
        return {"kept": self._kept}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._kept = [
            (symptom, tuple((other, share) for other, share in shares))
            for symptom, shares in state["kept"]
        ]
        self._numbers = {key: self._first + place for place, key in enumerate(self._kept)}


def _ratio(rates: Floats, symptom: int, other: int) -> float:
    ratio = float(rates[symptom] / max(rates[other], 1e-300))
    return min(max(ratio, 1.0 / _MOST_TIMES), _MOST_TIMES)
