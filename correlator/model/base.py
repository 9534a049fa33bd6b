"""What every type of the model stands on: frozen structs and integer milliseconds."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Millis: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

MINUTE: Millis = 60_000
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

Shares: TypeAlias = tuple[tuple[str, float], ...]
"""Symptoms that a text may say, with the probability of each, largest first; 0 … 1 in all."""

UNNAMED = "other"
"""The symptom of a ticket that neither an agent nor its text has named."""

CORRELATOR = "correlator"
"""The actor of everything that no person did."""


class Frozen(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of the frozen types; trees without cycles, which the garbage collector need not walk."""
