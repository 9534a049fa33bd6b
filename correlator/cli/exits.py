"""How a command ends: exit codes, and what goes wrong without being a bug."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

FINDINGS, USAGE, UNREACHABLE = 1, 2, 3

CODES: Final = {
    "builtins.ValueError": USAGE,
    "builtins.OSError": USAGE,
    "rules.findings.CatalogError": USAGE,
    "correlator.adapters.kafka.settings.MissingExtensionError": USAGE,
    "correlator.adapters.kafka.settings.SecretMissingError": USAGE,
    "correlator.adapters.kafka.source.PositionLostError": USAGE,
    "correlator.adapters.kafka.topics.UnknownTopicError": USAGE,
    "correlator.adapters.sql.migrate.UnknownSchemaError": USAGE,
    "correlator.ports.ServerUnreachableError": UNREACHABLE,
    "correlator.tools.explain.UnknownIdError": USAGE,
    "correlator.tools.file_replay.TooManyAsideError": USAGE,
    "correlator.tools.replay_store.StoreBusyError": USAGE,
    "correlator.tools.worldfiles.EvaluationError": USAGE,
}
"""Errors that a sentence says all of, by name: to import them takes longer than most commands."""


def code_of(error: Exception) -> int | None:
    """Return the exit code that an error stands for, None if it is a bug."""
    kinds = (f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__)
    return next((CODES[kind] for kind in kinds if kind in CODES), None)


def fail(message: str, code: int) -> NoReturn:
    """End with a sentence and an exit code."""
    print(message, file=sys.stderr)
    raise SystemExit(code)
