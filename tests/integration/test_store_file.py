"""The file of a SQLite store is its owner's alone."""

from __future__ import annotations

import os
import stat
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from correlator.adapters.sql import connect, open_store
from correlator.adapters.sql.connect import reading
from correlator.ports import ServerUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_a_new_file_and_those_beside_it_are_private(tmp_path: Path, mask: int) -> None:
    with umask(mask), closing(open_store(f"sqlite:///{tmp_path / 's.db'}")) as store:
        assert store.acquire("engine", "one", 1, 1)
        assert modes(tmp_path) == {"s.db": 0o600, "s.db-wal": 0o600, "s.db-shm": 0o600}


def test_a_file_that_is_there_keeps_the_mode_that_its_owner_gave_it(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    open_store(f"sqlite:///{file}").close()
    file.chmod(0o640)
    with closing(open_store(f"sqlite:///{file}")) as store:
        assert store.acquire("engine", "one", 1, 1)
        assert set(modes(tmp_path).values()) == {0o640}


def test_where_no_file_can_be_made_the_database_says_so(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'nowhere' / 's.db'}", 1)
    with pytest.raises(ServerUnreachableError, match="unable to open"), reading(engine):
        pass
    assert list(tmp_path.iterdir()) == []
