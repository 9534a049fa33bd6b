"""The wiring of the process that tries drafts of rules, beside the daemon.

It asks the database what is wanted and starts it as processes of their own, under a lower priority:
one job at a time, and the draft that is in the shadow. Whatever dies is started again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from threading import Event as Flag
from typing import TYPE_CHECKING

import msgspec
import structlog

from correlator import logs
from correlator.adapters.host import BESIDE, is_left_alone, wall_clock
from correlator.adapters.sql import RuleDesk, SqlStore
from correlator.config import Config
from correlator.model import Draft, JobState, RulesJob
from correlator.ports import ServerUnreachableError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

log = structlog.get_logger(__name__)

_LOOK = 1.0  # seconds between two looks at what is wanted
_NICE = 10
_ATTEMPTS = 2


def run(config: Config) -> None:
    """Work until SIGTERM or SIGINT, or until the daemon that it runs beside is dead.

    Raises ValueError where no archive is configured.
    """
    if config.archive is None:
        raise ValueError("the configuration names no archive: archive.url")
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = SqlStore(config.store_url, timeout=config.store_timeout / 1000)
    worker = Worker(RuleDesk(store.engine), config, config.archive.url)
    try:
        while not stop.wait(_LOOK) and not is_left_alone():
            try:
                worker.look()
            except ServerUnreachableError as error:
                log.warning("store_unreachable", error=str(error))
    finally:
        worker.end()
        store.close()


class Worker:
    """Starts what is wanted and ends what is not. `archive`: the address of the history."""

    def __init__(self, desk: RuleDesk, config: Config, archive: str) -> None:
        self._desk = desk
        self._given = config, archive
        self._job: tuple[RulesJob, SpawnProcess] | None = None
        self._attempts: dict[int, int] = {}
        self._shadow: tuple[str, SpawnProcess] | None = None

    def look(self) -> None:
        """See what is wanted."""
        self._look_at_jobs()
        self._look_at_shadow()

    def end(self) -> None:
        """End what runs; a job that is not over is begun again by whoever comes next."""
        for running in (self._job, self._shadow):
            if running is not None:
                running[1].terminate()
                running[1].join()

    def _look_at_jobs(self) -> None:
        if self._job is not None:
            job, process = self._job
            if process.is_alive():
                return
            self._job = None
            if process.exitcode and self._attempts[job.seq] >= _ATTEMPTS:
                found = (f"ended {_ATTEMPTS} times with code {process.exitcode}",)
                self._desk.report_job(
                    msgspec.structs.replace(job, state=JobState.FAILED, findings=found)
                )
        wanted = self._desk.next_job()
        if wanted is not None:
            self._attempts[wanted.seq] = self._attempts.get(wanted.seq, 0) + 1
            self._job = wanted, _start(_job_main, *self._given, wanted)

    def _look_at_shadow(self) -> None:
        draft = self._desk.in_shadow()
        wanted = "" if draft is None else draft.ruleset
        if self._shadow is not None:
            ruleset, process = self._shadow
            if ruleset == wanted and process.is_alive():
                return
            process.terminate()
            process.join()
            self._shadow = None
        if draft is not None:
            self._shadow = draft.ruleset, _start(_shadow_main, *self._given, draft)


def _start(main: Callable[..., None], *arguments: object) -> SpawnProcess:
    process = get_context("spawn").Process(
        target=main, args=(*arguments, os.getpid()), daemon=False
    )
    process.start()
    return process


def _begin(config: Config, parent: int) -> SqlStore:
    """Set a process of ours up: it gives way to the daemon, and ends when its parent has."""
    os.environ[BESIDE] = str(parent)
    with suppress(OSError):
        os.nice(_NICE)
    logs.set_up(config.log_format, config.log_level)
    return SqlStore(config.store_url, timeout=config.store_timeout / 1000)


def _job_main(config: Config, archive: str, job: RulesJob, parent: int) -> None:
    from correlator.tools.workshop import run_job  # noqa: PLC0415 - brings the engine

    store = _begin(config, parent)
    run_job(RuleDesk(store.engine), job, archive, wall_clock)
    store.close()


def _shadow_main(config: Config, archive: str, draft: Draft, parent: int) -> None:
    from correlator import shadowing  # noqa: PLC0415 - brings the engine

    store = _begin(config, parent)
    stop = Flag()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    shadowing.run(
        config, archive, store, draft, lambda seconds: stop.wait(seconds) or is_left_alone()
    )
    store.close()
