"""How usual each word stem is in the tickets whose symptom has a name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from correlator.text.words import Words

_LONGEST = 160  # characters of a sentence that are kept
_MOST_TEXTS = 4_000  # texts counted before older ones count half
_RAREST = 0.005  # a word heard in fewer named texts weighs no more than one at this share

_MAIL = re.compile(r"\S+@\S+")
_IDENTIFIER = re.compile(r"[^\W_]*\d[^\W_]*")


def masked(text: str) -> str:
    """Return a sentence to show to people, its identifiers, numbers and addresses as `#`."""
    short = " ".join(_MAIL.sub("#", text).split())[:_LONGEST]
    return _IDENTIFIER.sub("#", short)


class Vocabulary:
    """How usual a stem is in texts whose symptom has a name; recent texts count most."""

    def __init__(self, words: Words, texts: Iterable[str] = ()) -> None:
        self._words = words
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
        for stem in self._words.telling(text):
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
