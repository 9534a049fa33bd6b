"""The tests and the backtest of a draft, as a job that says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from correlator.adapters.archive import ArchiveError, open_archive
from correlator.adapters.sql import RuleDesk, keep_backtest
from correlator.model import DAY, JobKind, JobState, Millis, Ruleset, RulesJob
from correlator.tools.backtest import LIVE, History, Request, run_backtest
from correlator.tools.backtest.reports import kept
from correlator.tools.rule_check import check_rules
from correlator.workshop import catalog_of, write_files
from correlator.workshop.files import tests_of
from rules.findings import CatalogError
from rules.model import Catalog

MOST_FINDINGS = 200


def run_job(desk: RuleDesk, job: RulesJob, archive: str, clock: Callable[[], Millis]) -> None:
    """Run a job that has been claimed to its end; what is wrong with it is said in it.

    `archive`: the address of the history. Raises only where the database does not answer.
    """
    done = job
    try:
        ruleset = _ruleset(desk, job.ruleset)
        catalog = catalog_of(ruleset.files)
        if job.kind is JobKind.TESTS:
            done = _tests(desk, job, ruleset.files, catalog)
        else:
            done = _backtest(desk, job, ruleset, archive, clock)
    except (CatalogError, ArchiveError, ValueError, OSError) as error:
        failed = tuple(str(error).splitlines()[:MOST_FINDINGS]) or (type(error).__name__,)
        done = msgspec.structs.replace(job, state=JobState.FAILED, findings=failed)
    desk.report_job(done)


def _tests(desk: RuleDesk, job: RulesJob, files: Mapping[str, str], catalog: Catalog) -> RulesJob:
    tests = tests_of(files, catalog)
    found: list[str] = []
    for number, test in enumerate(tests, 1):
        found += [str(f) for result in check_rules(catalog, [test]) for f in result.failures]
        if number % 10 == 0:
            desk.report_job(msgspec.structs.replace(job, done=number, all=len(tests)))
    if not tests:
        found.append("there are no tests: nothing says what these rules must raise")
    done = {"state": JobState.DONE, "done": len(tests), "all": len(tests)}
    return msgspec.structs.replace(job, findings=tuple(found[:MOST_FINDINGS]), **done)


def _backtest(
    desk: RuleDesk,
    job: RulesJob,
    ruleset: Ruleset,
    archive: str,
    clock: Callable[[], Millis],
) -> RulesJob:
    def seen(done: int, all_: int) -> None:
        desk.report_job(msgspec.structs.replace(job, done=done, all=all_))

    until = History(open_archive(archive)).end() + 1
    with TemporaryDirectory() as place:
        write_files(ruleset.files, Path(place))
        request = Request(
            archive, until - job.days * DAY, until, place, jobs=max(1, (cpu_count() or 1) // 2),
            cut=True,
        )  # fmt: skip
        found = run_backtest(request, seen)
    found = msgspec.structs.replace(found, after=_why(desk, job), before=LIVE)
    name = f"{job.draft}-{job.seq}"
    keep_backtest(desk.engine, kept(found, name, clock(), job.actor, ruleset.version))
    return msgspec.structs.replace(job, state=JobState.DONE, done=1, all=1, report=name)


def _why(desk: RuleDesk, job: RulesJob) -> str:
    """Return why a draft was begun: what people know it by."""
    draft = desk.draft(job.draft)
    return job.draft if draft is None else draft.reason


def _ruleset(desk: RuleDesk, name: str) -> Ruleset:
    found = desk.ruleset(name)
    if found is None:
        raise ValueError(f"there are no rules {name}")
    return found
