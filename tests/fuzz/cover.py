"""Which inputs cover the most of the project's own lines: the few that are worth keeping.

Libraries in C have no lines; what they refuse, each in other words, counts in their place.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.known import known
from tests.fuzz.targets import TARGETS

MOST = 20
"""Inputs of one target."""
_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(str(_ROOT / room) for room in ("correlator", "rules", "topology"))

_VALUES = re.compile(r"'[^']*'|[0-9]+")

Line = tuple[str, int]
Trace = Callable[[FrameType, str, Any], Any]


def lines_of(target: str, data: bytes) -> frozenset[tuple[Line, Line]]:
    """Return the steps, from line to line, that an input takes within the project."""
    found: set[tuple[Line, Line]] = set()
    last: Line = ("", 0)

    def within(frame: FrameType, event: str, about: Any) -> Trace:
        nonlocal last
        if event == "exception":
            found.add((last, (_VALUES.sub("", f"{about[0].__name__} {about[1]}")[:100], 0)))
        if event == "line":
            here = (frame.f_code.co_filename, frame.f_lineno)
            found.add((last, here))
            last = here
        return within

    def calls(frame: FrameType, _event: str, _: Any) -> Trace | None:
        return within if frame.f_code.co_filename.startswith(_OURS) else None

    sys.settrace(calls)
    try:
        TARGETS[target].run(data)
    except Exception as error:
        sys.settrace(None)
        if known(target, error):
            return frozenset()  # a defect is in no corpus until it is mended
        raise
    finally:
        sys.settrace(None)
    return frozenset(found)


def best(target: str, inputs: Iterable[bytes]) -> list[bytes]:
    """Return at most `MOST` inputs: in turn the one that adds the most, the shorter one first."""
    left = {data: lines_of(target, data) for data in sorted(set(inputs), key=len)}
    covered: set[tuple[Line, Line]] = set()
    chosen: list[bytes] = []
    while left and len(chosen) < MOST:
        data = max(left, key=lambda one: len(left[one] - covered))
        if not left[data] - covered:
            break
        covered |= left.pop(data)
        chosen.append(data)
    return chosen
