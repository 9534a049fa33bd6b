"""Stores as the commands open them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from correlator.adapters.sql import SqlStore, open_store


@contextmanager
def existing_store(url: str) -> Iterator[SqlStore]:
    """Open a store to look into: one that is not there is an error, and none is made."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise FileNotFoundError(f"no store at {path}")
    with closing(open_store(url)) as store:
        yield store
