"""What is compiled for the first time is said once; what is found compiled is not mentioned."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numba.core.event as events
import pytest

from correlator.cli.compiling import SAID, OnceCompiling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOPS = """
from numba import njit

@njit(cache=True)
def one(x):
    return x + 1

@njit(cache=True)
def other(x):
    return one(x) * 2
"""


@pytest.fixture
def said() -> Iterator[list[str]]:
    texts: list[str] = []
    listener = OnceCompiling(texts.append)
    events.register("numba:compile", listener)
    yield texts
    events.unregister("numba:compile", listener)


def loops_in(path: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_compiling_is_said_once(said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "loops.py"
    path.write_text(LOOPS)
    assert said == []
    assert loops_in(path, "loops").other(3) == 8
    assert said == [SAID]


def test_loops_that_are_kept_are_not_mentioned(said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "loops.py"
    path.write_text(LOOPS)
    loops_in(path, "loops").other(3)
    said.clear()
    later = OnceCompiling(said.append)
    events.register("numba:compile", later)
    try:
        assert loops_in(path, "loops").other(3) == 8
    finally:
        events.unregister("numba:compile", later)
    assert said == []
