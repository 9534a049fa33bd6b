"""Forgetting a customer: who it is, what they wrote, and what is left of values that say so."""

from __future__ import annotations

import re
from typing import Any

from correlator.model.base import Frozen

ERASED = "[erased]"
"""In the place of words that named the customer, or were theirs."""

_TELLING = 12  # characters; a shorter text (`plus rien`) is everybody's


class Forgotten(Frozen, frozen=True):
    """A customer to be forgotten, and the id that stands for them in what is kept.

    `tickets`: ids of theirs; `texts`: what they wrote, as it came and as it is shown.
    """

    customer: str
    stand_in: str
    tickets: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    def and_more(self, tickets: frozenset[str], texts: frozenset[str]) -> Forgotten:
        """Return the same customer with more that is known of them."""
        known = self.texts | {text for text in texts if text}
        return Forgotten(self.customer, self.stand_in, self.tickets | tickets, known)


class Eraser:
    """Takes a customer out of values. Built once for each one: it holds a search for all words."""

    def __init__(self, who: Forgotten) -> None:
        self.who = who
        self.words = tuple(sorted(filter(_is_telling, who.texts), key=len, reverse=True))
        """The texts that are theirs alone."""
        names = "|".join(map(re.escape, (who.customer, *self.words)))
        self._named = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])", re.IGNORECASE)
        letters = "|".join(map(re.escape, (who.customer, *sorted(who.tickets), *self.words)))
        self._letter = re.compile(rf"(?<![\w-])(?:{letters})(?![\w-])", re.IGNORECASE)

    def names(self, text: str) -> bool:
        """Whether a text has the customer's id in it, or words of theirs."""
        return self._named.search(text) is not None

    def concerns(self, record: str) -> bool:
        """Whether a record that nobody could read names the customer, a ticket, or has the words.

        What JSON escapes is looked at as it is meant.
        """
        return self._letter.search(record) is not None or (
            "\\" in record and self._letter.search(_unescaped(record)) is not None
        )

    def without(self, value: Any) -> Any:
        """Return a value as JSON has them: the id is the one that stands for it, words are gone."""
        if isinstance(value, str):
            if value == self.who.customer:
                return self.who.stand_in
            if value in self.who.tickets:  # an id stays one, whatever it is made of
                return value
            return ERASED if self.names(value) else value
        if isinstance(value, dict):
            return {self.without(key): self.without(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.without(one) for one in value]
        return value

    def without_subject(self, text: str) -> str:
        """Return a text in which the id, wherever it stands, is the one that stands for it."""
        bare = re.escape(self.who.customer)
        stand_in = self.who.stand_in
        return re.sub(rf"(?<![\w-]){bare}(?![\w-])", lambda _: stand_in, text, flags=re.IGNORECASE)


def _is_telling(text: str) -> bool:
    return len(text) >= _TELLING and " " in text.strip()


_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _SHORT.get(m[2], m[2]), text)
