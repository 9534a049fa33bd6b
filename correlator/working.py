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
from secrets import token_hex
from threading import Event as Flag
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Literal

import msgspec
import structlog

from correlator import logs
from correlator.adapters.host import BESIDE, is_left_alone, owner, wall_clock
from correlator.adapters.sql import RuleDesk, SqlStore
from correlator.config_file import ConfigError, ConfigFile, optional
from correlator.model import OPEN_DRAFTS, Draft, JobState, Millis, RulesJob
from correlator.ports import ServerUnreachableError
from rules.shapes import Anything, Duration, Record, Text

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

log = structlog.get_logger(__name__)

_REST = ("topology", "rules", "engine", "kafka", "web", "daemon", "ticket_tool")
SHAPE = Record(
    optional(
        store=Record(optional(url=Text(), timeout=Duration())),
        archive=Record(optional(url=Text(), every=Anything(), keep=Anything())),
        log=Record(optional(format=Text(), level=Text())),
        **{name: Anything() for name in _REST},
    )
)
"""The keys that it reads; the daemon checks the rest."""

_LOOK = 1.0  # seconds between two looks at what is wanted
_NICE = 10
_ATTEMPTS = 2
_STALE: Millis = 20_000  # of a job whose owner is not heard any more
_LONGEST_WAIT = 64.0  # seconds until a shadow that ends by itself is begun again
_ENDS_WITHIN = 5.0  # seconds that a process of ours has to end when it is asked to
_UNREACHABLE = 75  # exit code: a server did not answer, which is nobody's fault


class WorkSettings(msgspec.Struct, frozen=True):
    """What of a configuration it needs. `config`: the file; `archive`: the address of the history.

    `store_timeout`: in ms.
    """

    config: str
    store_url: str
    store_timeout: int
    archive: str
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def load_work_settings(path: Path) -> WorkSettings:
    """Read the configuration file, of which the daemon checks the rest; raises `ConfigError`."""
    file = ConfigFile(path, SHAPE)
    store, log_ = file.section("store"), file.section("log")
    url = file.reference(store.get("url", "sqlite:///correlator.db"), "store", "url")
    archive = file.reference(file.section("archive").get("url", ""), "archive", "url")
    if not archive:
        file.error("names no archive, over which drafts could be tried: archive.url")
    file.done()
    if "://" not in archive:
        archive = str(file.base / archive)
    return WorkSettings(
        str(path.resolve()), str(url), store.get("timeout", 10_000), archive,
        log_.get("format", "json"), log_.get("level", "info"),
    )  # fmt: skip


def run(settings: WorkSettings) -> None:
    """Work until SIGTERM or SIGINT, or until the daemon that it runs beside is dead."""
    logs.set_up(settings.log_format, settings.log_level)
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = _store(settings)
    worker = Worker(RuleDesk(store.engine), settings, wall_clock)
    try:
        while not stop.wait(_LOOK) and not is_left_alone():
            worker.look()
    finally:
        worker.end()
        store.close()


def _store(settings: WorkSettings) -> SqlStore:
    return SqlStore(settings.store_url, timeout=settings.store_timeout / 1000)


class Worker:
    """Starts what is wanted and ends what is not. One of several that share a database."""

    def __init__(self, desk: RuleDesk, settings: WorkSettings, clock: Callable[[], Millis]) -> None:
        self._desk = desk
        self._settings = settings
        self._clock = clock
        self._name = f"{owner()}:{token_hex(4)}"
        self._job: tuple[RulesJob, SpawnProcess] | None = None
        self._attempts: dict[int, int] = {}
        self._shadow: tuple[str, SpawnProcess] | None = None
        self._wait = _LOOK
        self._not_before = 0.0

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
                _end(running[1])

    def _look_at_jobs(self) -> None:
        if self._job is not None:
            job, process = self._job
            if process.is_alive() and self._is_wanted(job):
                return
            _end(process)
            self._job = None
            self._see_end(job, process.exitcode or 0)
        claimed = self._desk.claim_job(self._name, self._clock(), _STALE)
        if claimed is not None:
            self._attempts[claimed.seq] = self._attempts.get(claimed.seq, 0) + 1
            self._job = claimed, _start(_job_main, self._settings, claimed)

    def _is_wanted(self, job: RulesJob) -> bool:
        """Say that it runs still; whether its draft still has these files, and it is ours."""
        draft = self._desk.draft(job.draft)
        same = draft is not None and draft.ruleset == job.ruleset and draft.state in OPEN_DRAFTS
        return self._desk.keep_job(job, self._clock()) and same

    def _see_end(self, job: RulesJob, code: int) -> None:
        """Give up a job that ended without a word, the second time; nothing where it is over."""
        failed = msgspec.structs.replace(job, state=JobState.FAILED)
        draft = self._desk.draft(job.draft)
        if draft is None or draft.ruleset != job.ruleset or draft.state not in OPEN_DRAFTS:
            told = ("the draft is another by now",)
        elif code == _UNREACHABLE:
            self._attempts[job.seq] -= 1
            return
        elif code and self._attempts[job.seq] >= _ATTEMPTS:
            told = (f"ended {_ATTEMPTS} times with code {code}",)
        else:
            return
        self._desk.report_job(msgspec.structs.replace(failed, findings=told))

    def _look_at_shadow(self) -> None:
        draft = self._desk.in_shadow()
        wanted = "" if draft is None else draft.ruleset
        if self._shadow is not None:
            ruleset, process = self._shadow
            if ruleset == wanted and process.is_alive():
                return
            _end(process)
            self._shadow = None
            self._wait = _LOOK if ruleset != wanted else min(2 * self._wait, _LONGEST_WAIT)
            self._not_before = monotonic() + self._wait
        if draft is not None and monotonic() >= self._not_before:
            self._shadow = draft.ruleset, _start(_shadow_main, self._settings, draft)


def _start(main: Callable[..., None], *arguments: object) -> SpawnProcess:
    process = get_context("spawn").Process(target=main, args=(*arguments, os.getpid()))
    process.start()
    return process


def _end(process: SpawnProcess) -> None:
    """End a process of ours with all that it has started; one that has ended is waited for."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.is_alive():
            with suppress(ProcessLookupError):
                os.killpg(process.pid or 0, number)
        process.join(_ENDS_WITHIN)


def _begin(settings: WorkSettings, parent: int) -> SqlStore:
    """Set a process of ours up: it gives way to the daemon, and ends when its parent has."""
    os.setsid()  # with what it starts it is a group of its own
    os.environ[BESIDE] = str(parent)
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(OSError):
        os.nice(_NICE)
    logs.set_up(settings.log_format, settings.log_level)
    return _store(settings)


def _end_with_parent() -> None:
    while not is_left_alone():
        sleep(_LOOK)
    os.killpg(0, signal.SIGKILL)


def _job_main(settings: WorkSettings, job: RulesJob, parent: int) -> None:
    from correlator.tools.workshop import run_job  # noqa: PLC0415 - brings the engine

    store = _begin(settings, parent)
    try:
        run_job(RuleDesk(store.engine), job, settings.archive, wall_clock)
    except ServerUnreachableError as error:
        log.warning("store_unreachable", error=str(error))
        sys.exit(_UNREACHABLE)
    finally:
        store.close()


def _shadow_main(settings: WorkSettings, draft: Draft, parent: int) -> None:
    from correlator import shadowing  # noqa: PLC0415 - brings the engine

    store = _begin(settings, parent)
    never = Flag()  # it has nothing to finish: it is ended where it stands
    shadowing.run(Path(settings.config), settings.archive, store, draft, never.wait)


def main(arguments: list[str]) -> int:
    """Work as the configuration file says that is named; returns the exit code."""
    try:
        settings = load_work_settings(Path(arguments[0]))
    except (ConfigError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
