"""Defects that fuzzing has found and that are there still.

A run passes over them, and so does the mutation in CI. Each has its input in `defects/` beside this
file; a test in `test_corpus.py` fails as soon as it is mended. Then its line goes from here, and
its input into the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple


class Known(NamedTuple):
    """A defect: which error escapes (`says` is a part of it), and through which function.

    `name` is that of its input. `targets` are those that meet it.
    """

    name: str
    targets: tuple[str, ...]
    error: str
    where: str
    says: str = ""


KNOWN: tuple[Known, ...] = ()


def known(target: str, error: BaseException) -> Known | None:
    """Return the defect that an error is a sign of, None for a new one."""
    kind, passed = type(error).__name__, frozenset(functions(error.__traceback__))
    return next(
        (
            one
            for one in KNOWN
            if target in one.targets
            and one.error == kind
            and one.where in passed
            and one.says in str(error)
        ),
        None,
    )


def functions(trace: TracebackType | None) -> Iterator[str]:
    """Yield the functions that an error came through, the outermost first."""
    while trace is not None:
        yield trace.tb_frame.f_code.co_name
        trace = trace.tb_next
