"""Expiry of dictionaries whose entries stand in the order of their age."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def drop_oldest(held: dict[Key, Value], old: Callable[[Value], bool]) -> None:
    """Drop entries from the front for as long as they are old.

    To take the first entry again and again would walk, each time, over the gaps that the dropped
    ones have left: a tenth of a second for 20,000 of them.
    """
    found = [key for key, _ in takewhile(lambda entry: old(entry[1]), held.items())]
    for key in found:
        del held[key]
