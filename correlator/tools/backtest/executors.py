"""Who runs the pieces of a backtest: processes of this machine, or the workers of a cluster.

dask and ray are asked for by name and imported only then: nothing else here needs them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

Name: TypeAlias = Literal["processes", "dask", "ray"]
Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Executor(Protocol):
    """Does the same work with each of some pieces, many at once."""

    def run(
        self, work: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield (place, result) of each piece as it is done; what the work raises is raised.

        `work` is a function of a module, pieces and results can be pickled.
        """
        ...


def executor_of(name: Name, jobs: int, address: str = "") -> Executor:
    """Return an executor with `jobs` workers, or with those of the cluster at an address.

    Raises ValueError where the library is not installed, or processes are given an address.
    """
    if name == "processes":
        if address:
            raise ValueError("processes have no address: name the cluster's executor, dask or ray")
        return Processes(jobs)
    if name == "dask":
        return Dask(_imported("distributed", "dask"), jobs, address)
    return Ray(_imported("ray", "ray"), jobs, address)


def _imported(library: str, extra: str) -> Any:
    try:
        return import_module(library)
    except ImportError as error:
        told = f"{extra} is not installed: pip install 'correlator[{extra}]'"
        raise ValueError(told) from error


class Processes:
    """Processes of this machine; with one, this one."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def run(
        self, work: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield (place, result) of each piece as it is done."""
        if self._jobs <= 1:
            yield from enumerate(map(work, pieces))
            return
        pool = ProcessPoolExecutor(self._jobs, mp_context=get_context("spawn"))
        try:
            places = {pool.submit(work, piece): place for place, piece in enumerate(pieces)}
            for future in as_completed(places):
                yield places[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


class Dask:
    """A dask scheduler's workers; without an address those of a local cluster, a process each."""

    def __init__(self, distributed: Any, jobs: int, address: str) -> None:
        self._distributed, self._jobs, self._address = distributed, jobs, address
        # It would tell of each worker that comes and goes.
        logging.getLogger("distributed").setLevel(logging.WARNING)

    def run(
        self, work: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield (place, result) of each piece as it is done."""
        with self._client() as client:
            # Not pure: the same piece is run again where it is asked for again.
            places = {
                client.submit(work, piece, pure=False): place for place, piece in enumerate(pieces)
            }
            for future in self._distributed.as_completed(places):
                yield places[future], future.result()

    def _client(self) -> Any:
        if self._address:
            return self._distributed.Client(self._address)
        # As a pool does: a thread each, no bound of memory, and nothing else to connect to.
        return self._distributed.Client(
            n_workers=self._jobs, threads_per_worker=1, memory_limit=0, dashboard_address=None
        )


class Ray:
    """A ray cluster's workers; without an address those of a local cluster, a process each."""

    def __init__(self, ray: Any, jobs: int, address: str) -> None:
        self._ray, self._jobs, self._address = ray, jobs, address

    def run(
        self, work: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield (place, result) of each piece as it is done."""
        ray = self._ray
        self._connect()
        try:
            task = ray.remote(work)
            places = {task.remote(piece): place for place, piece in enumerate(pieces)}
            while places:
                (done,), _ = ray.wait(list(places))
                yield places.pop(done), self._result(done)
        finally:
            ray.shutdown()

    def _connect(self) -> None:
        quiet = {"configure_logging": False, "log_to_driver": False}
        if self._address:
            self._ray.init(self._address, **quiet)
        else:
            self._ray.init("local", num_cpus=self._jobs, include_dashboard=False, **quiet)

    def _result(self, done: Any) -> Any:
        try:
            return self._ray.get(done)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error  # what the work raised, without ray's words around it
