"""Sets of rules, drafts, what is in force and what is run for drafts.

Written by consoles, the command line, and the daemon where its folder changes; outside the lease,
in short transactions. What is put in force is compared with what is: who has not seen the latest is
refused.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from correlator.adapters.sql import console
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.values import storable
from correlator.model import (
    OPEN_DRAFTS,
    Draft,
    DraftState,
    How,
    InForce,
    JobState,
    Millis,
    Ruleset,
    RulesJob,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping, Select

KEPT_JOBS: Final = 500
_LISTED: Final = 200
_OPEN_JOBS: Final = (JobState.RUNNING.value, JobState.WAITING.value)

T = TypeVar("T")


class RulesMovedError(ValueError):
    """Others have put another set of rules in force meanwhile; `current` is its id."""

    def __init__(self, expected: str, current: str) -> None:
        super().__init__(
            f"the rules in force are {current or 'none'}, not {expected or 'none'}: "
            "somebody has changed them meanwhile"
        )
        self.current = current


class DraftMovedError(ValueError):
    """Somebody else has changed a draft since it was seen."""

    def __init__(self, draft: str) -> None:
        super().__init__(f"{draft} has been changed meanwhile")


class DraftGoneError(ValueError):
    """A draft that is not there, or is no draft any more."""


class RuleDesk:
    """Reads and writes all of it. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine

    # -------------------------------------------------------------------------------- sets

    def keep(self, ruleset: Ruleset) -> None:
        """Keep a set of rules; one that is kept already stays as it is."""
        with writing(self.engine) as connection:
            _keep(connection, ruleset)

    def ruleset(self, name: str) -> Ruleset | None:
        """Return a set of rules by its id, or None."""
        return self._ruleset(console.rulesets.c.id == storable(name))

    def ruleset_of(self, version: str) -> Ruleset | None:
        """Return the latest set of rules that makes a version of the catalog, or None."""
        return self._ruleset(console.rulesets.c.version == storable(version))

    # ----------------------------------------------------------------------------- in force

    def in_force(self) -> InForce | None:
        """Return what is in force, None before a daemon has begun."""
        with reading(self.engine) as connection:
            return _in_force(connection)

    def history(self) -> list[InForce]:
        """Return what was put in force, the latest first."""
        table = console.rules_in_force
        return self._rows(select(table).order_by(table.c.seq.desc()).limit(_LISTED), InForce)

    def last_of_folder(self) -> InForce | None:
        """Return what a daemon's folder put in force last, or None."""
        table = console.rules_in_force
        own = select(table).where(table.c.how == How.FILES.value)
        found = self._rows(own.order_by(table.c.seq.desc()).limit(1), InForce)
        return found[0] if found else None

    def once_in_force(self, ruleset: str) -> InForce | None:
        """Return when a set of rules came into force last, None where it never did."""
        table = console.rules_in_force
        own = select(table).where(table.c.ruleset == storable(ruleset))
        found = self._rows(own.order_by(table.c.seq.desc()).limit(1), InForce)
        return found[0] if found else None

    def put_in_force(
        self,
        note: InForce,
        expected: str | None,
        *,
        ruleset: Ruleset | None = None,
        draft: str = "",
    ) -> None:
        """Put a set of rules in force in the place of the set `expected`, None: of none.

        `ruleset`: kept as well; `draft`: is promoted. Raises `RulesMovedError`.
        """
        with writing(self.engine) as connection:
            _alone(connection)
            now = _in_force(connection)
            if (None if now is None else now.ruleset) != expected:
                raise RulesMovedError(expected or "", now.ruleset if now else "")
            if ruleset is not None:
                _keep(connection, ruleset)
            connection.execute(console.rules_in_force.insert(), [_row(note)])
            if draft:
                _move(connection, draft, DraftState.PROMOTED, note.at, ruleset=note.ruleset)

    # ------------------------------------------------------------------------------- drafts

    def drafts(self) -> list[Draft]:
        """Return the latest drafts, the latest first."""
        table = console.rule_drafts
        return self._rows(select(table).order_by(table.c.changed.desc()).limit(_LISTED), Draft)

    def draft(self, name: str) -> Draft | None:
        """Return a draft, or None."""
        table = console.rule_drafts
        found = self._rows(select(table).where(table.c.id == storable(name)), Draft)
        return found[0] if found else None

    def begin_draft(self, draft: Draft, ruleset: Ruleset) -> None:
        """Begin a draft."""
        with writing(self.engine) as connection:
            _keep(connection, ruleset)
            connection.execute(console.rule_drafts.insert(), [_row(draft)])

    def change_draft(self, draft: Draft, ruleset: Ruleset, seen: str) -> None:
        """Give a draft other files; `seen`: the set that it had when it was read.

        It leaves the shadow, where the files of before ran. Raises `DraftMovedError` where another
        has changed it meanwhile, `DraftGoneError` where it is none any more.
        """
        table = console.rule_drafts
        with writing(self.engine) as connection:
            _alone(connection)
            row = connection.execute(select(table).where(table.c.id == draft.id)).mappings().first()
            if row is None or row["state"] not in OPEN_DRAFTS:
                raise DraftGoneError(f"{draft.id} is no draft any more")
            if row["ruleset"] != seen:
                raise DraftMovedError(draft.id)
            _keep(connection, ruleset)
            connection.execute(update(table).where(table.c.id == draft.id).values(_row(draft)))

    def move_draft(self, name: str, state: DraftState, now: Millis) -> None:
        """Put a draft in the shadow, take it out, or withdraw it; raises `DraftGoneError`.

        One draft is in the shadow at a time.
        """
        with writing(self.engine) as connection:
            _alone(connection)
            if state is DraftState.SHADOW:
                table = console.rule_drafts
                others = update(table).where(table.c.state == DraftState.SHADOW.value)
                connection.execute(others.values(state=DraftState.DRAFT.value))
            _move(connection, name, state, now)

    def in_shadow(self) -> Draft | None:
        """Return the draft that is in the shadow, or None."""
        table = console.rule_drafts
        found = self._rows(select(table).where(table.c.state == DraftState.SHADOW.value), Draft)
        return found[0] if found else None

    # --------------------------------------------------------------------------------- jobs

    def ask(self, job: RulesJob) -> None:
        """Ask for a job; one that waits or runs for the same already is not doubled."""
        table = console.rule_jobs
        same = select(table.c.seq).where(
            table.c.ruleset == job.ruleset,
            table.c.kind == job.kind.value,
            table.c.days == job.days,
            table.c.state.in_(_OPEN_JOBS),
        )
        row = {name: value for name, value in _row(job).items() if name != "seq"}
        with writing(self.engine) as connection:
            _alone(connection)
            if connection.execute(same).first() is None:
                connection.execute(table.insert(), [row])
            kept = select(table.c.seq).order_by(table.c.seq.desc()).limit(KEPT_JOBS)
            connection.execute(delete(table).where(table.c.seq.not_in(kept)))

    def jobs(self, ruleset: str) -> list[RulesJob]:
        """Return the jobs of a set of rules, the latest first."""
        table = console.rule_jobs
        query = select(table).where(table.c.ruleset == storable(ruleset))
        return self._rows(query.order_by(table.c.seq.desc()), RulesJob)

    def open_jobs(self) -> list[RulesJob]:
        """Return the jobs that wait or run, tests first."""
        table = console.rule_jobs
        query = select(table).where(table.c.state.in_(_OPEN_JOBS))
        return self._rows(query.order_by(table.c.kind.desc(), table.c.seq), RulesJob)

    def claim_job(self, owner: str, now: Millis, stale: Millis) -> RulesJob | None:
        """Take the first job that waits, or whose owner has not been heard for `stale` ms."""
        table = console.rule_jobs
        left = (table.c.state == JobState.RUNNING.value) & (table.c.beat < now - stale)
        free = select(table).where((table.c.state == JobState.WAITING.value) | left)
        with writing(self.engine) as connection:
            _alone(connection)
            first = free.order_by(table.c.kind.desc(), table.c.seq).limit(1)
            row = connection.execute(first).mappings().first()
            if row is None:
                return None
            job = msgspec.structs.replace(
                _from(row, RulesJob), state=JobState.RUNNING, owner=owner, beat=now, done=0, all=0
            )
            connection.execute(update(table).where(table.c.seq == job.seq).values(_row(job)))
        return job

    def keep_job(self, job: RulesJob, now: Millis) -> bool:
        """Say that its owner still runs it; returns whether it still is the owner's."""
        return self._change_own(job, {"beat": now})

    def report_job(self, job: RulesJob) -> bool:
        """Record where a job stands, if it still is its owner's; returns whether it is."""
        names = ("state", "done", "all", "findings", "report")
        return self._change_own(job, {name: _row(job)[name] for name in names})

    def _change_own(self, job: RulesJob, values: dict[str, Any]) -> bool:
        table = console.rule_jobs
        own = update(table).where(
            table.c.seq == job.seq,
            table.c.owner == job.owner,
            table.c.state == JobState.RUNNING.value,
        )
        with writing(self.engine) as connection:
            return connection.execute(own.values(values)).rowcount == 1

    def stamp(self) -> tuple[object, ...]:
        """Return what is another when anything here has changed, or a backtest has come."""
        live, drafts, jobs = console.rules_in_force, console.rule_drafts, console.rule_jobs
        open_ = jobs.c.state.in_(_OPEN_JOBS)
        with reading(self.engine) as connection:
            return (
                connection.execute(select(func.max(live.c.seq))).scalar(),
                tuple(
                    connection.execute(
                        select(func.max(drafts.c.changed), func.count(drafts.c.id))
                    ).one()
                ),
                connection.execute(select(func.max(jobs.c.seq))).scalar(),
                tuple(connection.execute(select(jobs.c.seq, jobs.c.done).where(open_)).all()),
                connection.execute(select(func.max(console.backtests.c.made))).scalar(),
            )

    # -------------------------------------------------------------------------------- inside

    def _ruleset(self, where: ColumnElement[bool]) -> Ruleset | None:
        table, contents = console.rulesets, console.rule_contents
        query = select(table).where(where).order_by(table.c.made.desc()).limit(1)
        with reading(self.engine) as connection:
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            named: dict[str, str] = msgspec.json.decode(row["files"])
            wanted = select(contents.c.id, contents.c.content)
            some = wanted.where(contents.c.id.in_(sorted(set(named.values()))))
            known = {str(key): str(content) for key, content in connection.execute(some)}
        files = {name: known[key] for name, key in named.items()}
        return msgspec.convert({**_values(row), "files": files}, Ruleset)

    def _rows(self, query: Select[Any], kind: type[T]) -> list[T]:
        with reading(self.engine) as connection:
            return [_from(row, kind) for row in connection.execute(query).mappings()]


_JSON = frozenset({"gates", "findings"})


def _row(value: msgspec.Struct) -> dict[str, Any]:
    """Return the columns of a value; what is no plain value is JSON."""
    row = {name: getattr(value, name) for name in value.__struct_fields__}
    for name in _JSON & row.keys():
        row[name] = msgspec.json.encode(row[name]).decode()
    return {name: storable(v) if isinstance(v, str) else v for name, v in row.items()}


def _values(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _from(row: RowMapping, kind: type[T]) -> T:
    values = _values(row)
    for name in _JSON & values.keys():
        values[name] = msgspec.json.decode(values[name])
    return msgspec.convert(values, kind)


def _keep(connection: Connection, ruleset: Ruleset) -> None:
    """Keep a set; a content that many sets have is kept once."""
    keys = {name: _key(content) for name, content in ruleset.files.items()}
    contents = {keys[name]: storable(content) for name, content in ruleset.files.items()}
    for key, content in sorted(contents.items()):
        _add(connection, console.rule_contents, {"id": key, "content": content})
    row = _row(ruleset) | {"files": msgspec.json.encode(keys).decode()}
    _add(connection, console.rulesets, row)


def _key(content: str) -> str:
    return sha256(content.encode()).hexdigest()[:32]


def _add(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(made(table).values(row).on_conflict_do_nothing(index_elements=["id"]))


def _in_force(connection: Connection) -> InForce | None:
    table = console.rules_in_force
    row = connection.execute(select(table).order_by(table.c.seq.desc()).limit(1)).mappings().first()
    return None if row is None else _from(row, InForce)


def _move(
    connection: Connection, name: str, state: DraftState, now: Millis, *, ruleset: str = ""
) -> None:
    """Move a draft, where a set is named only while it has that one."""
    table = console.rule_drafts
    open_ = [one.value for one in OPEN_DRAFTS]
    draft = update(table).where(table.c.id == storable(name), table.c.state.in_(open_))
    if ruleset:
        draft = draft.where(table.c.ruleset == ruleset)
    if not connection.execute(draft.values(state=state.value, changed=now)).rowcount:
        raise DraftGoneError(f"{name} is no draft any more")


def _alone(connection: Connection) -> None:
    """Let nobody else change the rules until the end; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE rules_in_force IN EXCLUSIVE MODE")
