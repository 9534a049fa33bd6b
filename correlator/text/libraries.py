"""What trains and groups: libraries that take longer to import than all the rest together."""

from __future__ import annotations

from importlib import import_module

_LIBRARIES = ("scipy.sparse", "sklearn.cluster", "sklearn.linear_model")


def import_libraries() -> None:
    """Import them before the first training asks for them, where nobody waits for an answer."""
    for name in _LIBRARIES:
        import_module(name)
