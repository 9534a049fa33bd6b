"""Who runs the pieces of a backtest: all of them, each at its place, and what goes wrong."""

from __future__ import annotations

import math
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from correlator.cli import cli, history
from correlator.tools.backtest.executors import Name, executor_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from correlator.tools.backtest import Request

NAMES: tuple[tuple[Name, str], ...] = (
    ("processes", "math"), ("dask", "distributed"), ("ray", "ray"),
)  # fmt: skip
PIECES = [49.0, 1.0, 16.0, 4.0, 0.25]
NO_ROOT = "has no root"
every = pytest.mark.parametrize("name", [name for name, _ in NAMES])


def root_of(piece: float) -> float:
    if piece < 0:
        raise ValueError(f"{piece} {NO_ROOT}")
    return math.sqrt(piece)


def process_of(_piece: int) -> int:
    return os.getpid()


@every
def test_each_piece_is_done_once_and_told_with_its_place(name: Name) -> None:
    found = list(executor_of(name, 2).run(root_of, PIECES))
    assert sorted(found) == [(0, 7.0), (1, 1.0), (2, 4.0), (3, 2.0), (4, 0.5)]


@every
def test_what_the_work_raises_is_raised(name: Name) -> None:
    with pytest.raises(ValueError, match=rf"^-1.0 {NO_ROOT}$"):
        list(executor_of(name, 2).run(root_of, [4.0, -1.0]))


@every
def test_others_do_the_work(name: Name) -> None:
    ((_, worker),) = executor_of(name, 2).run(process_of, [0])
    assert worker != os.getpid()


def test_one_process_is_this_one_and_keeps_the_order() -> None:
    found = executor_of("processes", 1).run(lambda piece: (piece, os.getpid()), PIECES)
    assert list(found) == [(n, (piece, os.getpid())) for n, piece in enumerate(PIECES)]


@pytest.mark.parametrize(("name", "library"), NAMES[1:])
def test_a_library_that_is_not_there_is_named_with_what_to_install(
    name: Name, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    told = rf"^{name} is not installed: pip install 'correlator\[{name}\]'$"
    with pytest.raises(ValueError, match=told):
        executor_of(name, 2)


def test_processes_are_nowhere_else() -> None:
    with pytest.raises(ValueError, match="processes have no address"):
        executor_of("processes", 2, "tcp://cluster:8786")


@pytest.fixture
def scheduler() -> Iterator[Any]:
    """Return a scheduler with two workers, as a cluster has them."""
    distributed: Any = import_module("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        yield cluster


def test_the_workers_of_a_cluster_are_found_at_its_address(scheduler: Any) -> None:
    found = executor_of("dask", 1, scheduler.scheduler_address).run(root_of, PIECES)
    assert sorted(found)[:2] == [(0, 7.0), (1, 1.0)]
    distributed: Any = import_module("distributed")
    with distributed.Client(scheduler.scheduler_address) as client:
        assert len(client.scheduler_info()["workers"]) == 2  # it goes on without us


class AskedError(Exception):
    pass


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], ("processes", "", 1)),
        (["--executor", "dask", "--jobs", "3"], ("dask", "", 3)),
        (["--executor", "ray", "--address", "head:6379"], ("ray", "head:6379", 1)),
    ],
)
def test_the_command_line_names_the_executor(
    options: list[str],
    asked: tuple[str, str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[tuple[str, str, int]] = []

    def asks(request: Request, _seen: Any) -> None:
        found.append((request.executor, request.address, request.jobs))
        raise AskedError

    monkeypatch.setattr(history.logs, "set_up", lambda *_: None)  # it would outlive the test
    monkeypatch.setattr(history, "run_backtest", asks)
    arguments = ["backtest", "--rules", "live", "--archive", str(tmp_path), *options]
    ran = CliRunner().invoke(cli, arguments)
    assert isinstance(ran.exception, AskedError)
    assert found == [asked]
