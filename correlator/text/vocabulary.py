"""Which words of a ticket tell something: word stems, and how usual each is in named tickets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from correlator.text.words import VAGUE, normalise

_STEM = 6  # letters that "redémarre", "redémarrage" and "redemarrer" have in common
_SHORTEST = 3  # letters; shorter words tell nothing by themselves
_LONGEST = 160  # characters of a sentence that are kept
_MOST_TEXTS = 4_000  # texts counted before older ones count half
_RAREST = 0.005  # a word heard in fewer named texts weighs no more than one at this share

# What says nothing about the kind of trouble, beside the words of the vague sentences.
_SMALL = (
    "les des une est sont sur dans par pour son ses sa qui que mais tout tous toute toutes cette "
    "elle lui nous vous leur aux avec fois encore toujours aussi tres deja plusieurs appel heure "
    "heures minute minutes jour jours soir midi nuit semaine hors souci bonjour madame monsieur "
    "svp urgent deuxieme"
)
_EMPTY = frozenset(word for text in (*VAGUE, _SMALL) for word in normalise(text).split())
_MAIL = re.compile(r"\S+@\S+")
_IDENTIFIER = re.compile(r"[^\W_]*\d[^\W_]*")


def telling(text: str) -> dict[str, str]:
    """Return the stems of the words that may tell something, each with its first full word."""
    found: dict[str, str] = {}
    for word in normalise(text).split():
        if len(word) >= _SHORTEST and word not in _EMPTY:
            found.setdefault(word[:_STEM], word)
    return found


def masked(text: str) -> str:
    """Return a sentence to show to people, its identifiers, numbers and addresses as `#`."""
    short = " ".join(_MAIL.sub("#", text).split())[:_LONGEST]
    return _IDENTIFIER.sub("#", short)


class Vocabulary:
    """How usual a stem is in texts whose symptom has a name; recent texts count most."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._counts: dict[str, float] = {}
        self._texts = 0.0
        for text in texts:
            self.hear(text)

    def hear(self, text: str) -> None:
        """Count a text whose symptom has a name."""
        if self._texts >= _MOST_TEXTS:
            self._texts /= 2.0
            self._counts = {s: n / 2.0 for s, n in self._counts.items() if n >= 1.0}
        self._texts += 1.0
        for stem in telling(text):
            self._counts[stem] = self._counts.get(stem, 0.0) + 1.0

    def share(self, stem: str) -> float:
        """Return the share of named texts that hold the stem, never 0."""
        return (self._counts.get(stem, 0.0) + 0.5) / (self._texts + 1.0)

    def weights(self, stems: Iterable[str]) -> dict[str, float]:
        """Return a text as a vector of length 1: rare stems weigh most (inverse frequency)."""
        raw = {stem: -math.log(max(self.share(stem), _RAREST)) + 0.1 for stem in stems}
        length = math.sqrt(sum(weight * weight for weight in raw.values()))
        return {stem: weight / length for stem, weight in raw.items()}

    def state(self) -> dict[str, Any]:
        """Return the counts, for a snapshot."""
        return {"counts": self._counts, "texts": self._texts}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._counts, self._texts = state["counts"], state["texts"]
