"""Texts for customers on the screen: what changed since the last one, how many SMS it takes."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from markupsafe import Markup, escape

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""3GPP TS 23.038, 6.2.1: what a text message holds in seven bits a character."""

_EXTENDED = frozenset("^{}\\[~]|€\f")
"""The same, 6.2.1.1: two places each."""


def sms_parts(text: str) -> int:
    """Return how many text messages a text takes.

    160 places in one, 153 in each of several; 70 and 67 where a character is outside the basic
    alphabet (`ê`, `’`, a space that does not break).
    """
    if all(c in _BASIC or c in _EXTENDED for c in text):
        places, alone, each = len(text) + sum(c in _EXTENDED for c in text), 160, 153
    else:
        places, alone, each = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if places <= alone else -(-places // each)


def changed(text: str, before: str) -> Markup:
    """Return a text with the words marked that the last one did not have; unmarked if it is new."""
    if not before:
        return escape(text)
    new, old = _pieces(text), _pieces(before)
    moves = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return Markup().join(
        _piece("".join(new[begin:end]), kept=move == "equal")
        for move, _, _, begin, end in moves
        if end > begin
    )


def _pieces(text: str) -> list[str]:
    """Return the words, each with the space after it."""
    return re.findall(r"\S+\s*", text)


def _piece(text: str, *, kept: bool) -> Markup:
    return escape(text) if kept else Markup("<ins>{}</ins>").format(text)
