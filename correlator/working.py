"""`python -m correlator.working`: tries drafts of rules, a process beside the daemon.

It asks the database what is wanted and starts it as processes of their own, under a lower priority:
one job at a time, and the draft that is in the shadow. Whatever dies is started again. The engine
is loaded by those processes only.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Literal

import msgspec
import structlog

from correlator import logs
from correlator.adapters.host import BESIDE, is_left_alone, wall_clock
from correlator.adapters.sql import RuleDesk, SqlStore
from correlator.model import Draft, JobState, RulesJob
from correlator.ports import ServerUnreachableError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

log = structlog.get_logger(__name__)

_LOOK = 1.0  # seconds between two looks at what is wanted
_NICE = 10
_ATTEMPTS = 2


class WorkSettings(msgspec.Struct, frozen=True):
    """What of a configuration it needs. `config`: the file; `archive`: the address of the history.

    `store_timeout`: in ms.
    """

    config: str
    store_url: str
    store_timeout: int
    archive: str
    log_format: Literal["json", "console"] = "json"
    log_level: str = "info"


def run(settings: WorkSettings) -> None:
    """Work until SIGTERM or SIGINT, or until the daemon that it runs beside is dead."""
    logs.set_up(settings.log_format, settings.log_level)
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = _store(settings)
    worker = Worker(RuleDesk(store.engine), settings)
    try:
        while not stop.wait(_LOOK) and not is_left_alone():
            worker.look()
    finally:
        worker.end()
        store.close()


def _store(settings: WorkSettings) -> SqlStore:
    return SqlStore(settings.store_url, timeout=settings.store_timeout / 1000)


class Worker:
    """Starts what is wanted and ends what is not."""

    def __init__(self, desk: RuleDesk, settings: WorkSettings) -> None:
        self._desk = desk
        self._settings = settings
        self._job: tuple[RulesJob, SpawnProcess] | None = None
        self._attempts: dict[int, int] = {}
        self._shadow: tuple[str, SpawnProcess] | None = None

    def look(self) -> None:
        """See what is wanted; while the database does not answer, all stays as it is."""
        try:
            self._look_at_jobs()
            self._look_at_shadow()
        except ServerUnreachableError as error:
            log.warning("store_unreachable", error=str(error))

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
            self._job = wanted, _start(_job_main, self._settings, wanted)

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
            self._shadow = draft.ruleset, _start(_shadow_main, self._settings, draft)


def _start(main: Callable[..., None], *arguments: object) -> SpawnProcess:
    process = get_context("spawn").Process(
        target=main, args=(*arguments, os.getpid()), daemon=False
    )
    process.start()
    return process


def _begin(settings: WorkSettings, parent: int) -> SqlStore:
    """Set a process of ours up: it gives way to the daemon, and ends when its parent has."""
    os.environ[BESIDE] = str(parent)
    with suppress(OSError):
        os.nice(_NICE)
    logs.set_up(settings.log_format, settings.log_level)
    return _store(settings)


def _job_main(settings: WorkSettings, job: RulesJob, parent: int) -> None:
    from correlator.tools.workshop import run_job  # noqa: PLC0415 - brings the engine

    store = _begin(settings, parent)
    run_job(RuleDesk(store.engine), job, settings.archive, wall_clock)
    store.close()


def _shadow_main(settings: WorkSettings, draft: Draft, parent: int) -> None:
    from correlator import shadowing  # noqa: PLC0415 - brings the engine

    store = _begin(settings, parent)
    stop = Flag()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def over(seconds: float) -> bool:
        return stop.wait(seconds) or is_left_alone()

    shadowing.run(Path(settings.config), settings.archive, store, draft, over)
    store.close()


if __name__ == "__main__":
    run(msgspec.json.decode(sys.argv[1], type=WorkSettings))
