"""Defects that fuzzing has found and that are there still.

A run passes over them, and so does the mutation in CI. Each has its input in `defects/` beside this
file, and a strict xfail in `test_corpus.py`, which fails as soon as the defect is mended. Then its
line goes from here, and its input into the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple


class Known(NamedTuple):
    """A defect: which error escapes (`says` is a part of it), and through which function.

    `name` is that of its input. `targets` are those that meet it. `mending`: somebody is at it, and
    it may be gone.
    """

    name: str
    targets: tuple[str, ...]
    error: str
    where: str
    says: str = ""
    mending: bool = False


_YAML = ("catalog", "rule_tests", "configuration")
_CONFIGURATION = ("configuration",)
KNOWN: tuple[Known, ...] = (
    # Half of a surrogate pair in a rule's words.
    Known("catalog-half", ("catalog",), "UnicodeEncodeError", "_catalog", mending=True),
    # PyYAML: characters beyond Unicode, a version of thousands of digits.
    Known("yaml-character", _YAML, "ValueError", "compose", "chr()", mending=True),
    Known("yaml-character-large", _YAML, "OverflowError", "compose", mending=True),
    Known("yaml-version", _YAML, "ValueError", "scan_yaml_directive_number", mending=True),
    # PyYAML: values that are not what their tag says.
    Known("configuration-int", _CONFIGURATION, "IndexError", "construct_yaml_int", mending=True),
    Known(
        "configuration-float", _CONFIGURATION, "IndexError", "construct_yaml_float", mending=True
    ),
    Known("configuration-bool", _CONFIGURATION, "KeyError", "construct_yaml_bool", mending=True),
    Known(
        "configuration-time",
        _CONFIGURATION,
        "AttributeError",
        "construct_yaml_timestamp",
        mending=True,
    ),
    # `file:` and `env:` with what no name of a file may hold, or with a file that is no text.
    Known(
        "configuration-nul", _CONFIGURATION, "ValueError", "reference", "null byte", mending=True
    ),
    Known("configuration-half", _CONFIGURATION, "UnicodeEncodeError", "reference", mending=True),
    Known("configuration-binary", _CONFIGURATION, "UnicodeDecodeError", "reference", mending=True),
)


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
