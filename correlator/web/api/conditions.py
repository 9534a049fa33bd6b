"""What a write depends on: a key that makes a repeat the same, and the `rev` that was seen."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from correlator.web.visits import Visit

MOST_OF_A_KEY = 200
_TAG = re.compile(r'"?([0-9]{1,15})(?:\.[0-9]{1,15}){0,2}"?')


def request_key(here: Visit, about: str) -> str:
    """Return a digest of the request's `Idempotency-Key`, "" where it has none.

    The key of one system says nothing to another, nor `about` something else. Raises ValueError,
    with a sentence, for one that is too long.
    """
    key = here.request.headers.get("idempotency-key", "")
    if len(key) > MOST_OF_A_KEY:
        raise ValueError(f"Idempotency-Key: at most {MOST_OF_A_KEY} letters")
    text = f"{about}\0{here.who.token or here.who.actor}\0{key}"
    return sha256(text.encode("utf-8", "replace")).hexdigest() if key else ""


def rev_of(tag: str) -> int | None:
    """Return the `rev` of an ETag (`"<rev>.<version>"`); None where it is none."""
    found = _TAG.fullmatch(tag.strip())
    return int(found[1]) if found else None
