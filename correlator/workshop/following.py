"""How the daemon follows the rules in force: from the database, where its folder puts its own.

A folder that changes is a change like a person's: it is put in force where nobody else has changed
the rules since the folder was taken over last, and refused otherwise. Then the folder is brought up
with `correlator rules pull`, or what is in it is proposed with `correlator rules push`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

import structlog

from correlator.adapters.sql import RuleDesk, RulesMovedError
from correlator.model import CHANGED, FILES, FIRST, How, InForce, Millis, Ruleset
from correlator.ports import ServerUnreachableError
from correlator.workshop.files import catalog_of, files_in, packaged_files, ruleset_id
from rules.findings import CatalogError
from rules.model import Catalog

log = structlog.get_logger(__name__)


class RulesConflictError(ValueError):
    """The folder and somebody else have both changed the rules."""


class FollowedRules:
    """The catalog in force, built anew when it changes, in a thread of its own.

    `folder`: None is the catalog that comes with the package.
    """

    what: Final = "rules"

    def __init__(self, desk: RuleDesk, folder: Path | None, clock: Callable[[], Millis]) -> None:
        self._desk = desk
        self._folder = folder
        self._clock = clock
        self._seen: str | None = None  # the id of what the folder held when it was looked at last
        self._ruleset = ""
        self._catalog: Catalog | None = None
        self._builder = ThreadPoolExecutor(1, "reload-rules")
        self._looking: Future[bool] | None = None
        self._refused: Exception | None = None
        self._turn = Lock()

    def current(self) -> Catalog:
        """Return the catalog in force now, for an engine that begins.

        Where that cannot be built, the last one that could. Raises `CatalogError` where there is
        none, and `ServerUnreachableError`.
        """
        try:
            self._look()
        except ServerUnreachableError:
            raise
        except Exception as refused:  # noqa: BLE001 - whatever a row or a file holds
            self._refused = self._said(refused)  # which the next `poll` tells
        if self._catalog is None:
            self._catalog = self._last_good()
        return self._catalog

    def poll(self) -> Catalog | Exception | None:
        """Return what has come into force since the last call, or why it was refused, or None."""
        if self._refused is not None:
            refused, self._refused = self._refused, None
            return refused
        if self._looking is None:
            self._looking = self._builder.submit(self._look)
            return None
        if not self._looking.done():
            return None
        looked, self._looking = self._looking, None
        error = looked.exception()
        if isinstance(error, ServerUnreachableError):
            return None  # the loop finds out by itself
        if isinstance(error, Exception):
            return self._said(error)
        # Not what that look found: an engine may have begun with a later one meanwhile.
        return self._catalog if looked.result() else None

    def _said(self, error: Exception) -> Exception:
        """Say in the log why something is not used."""
        log.error("reload_refused", what=self.what, error=f"{type(error).__name__}: {error}")
        return error

    def _last_good(self) -> Catalog:
        """Return the latest catalog that was in force and can be built."""
        for note in self._desk.history():
            with suppress(Exception):
                catalog = self._build(note.ruleset)
                log.error("rules_of_before", ruleset=note.ruleset, version=catalog.version)
                return catalog
        files = packaged_files() if self._folder is None else files_in(self._folder)
        return catalog_of(files)

    def _build(self, name: str) -> Catalog:
        ruleset = self._desk.ruleset(name)
        if ruleset is None:
            raise ValueError(f"the rules in force, {name}, are not in the database")
        return catalog_of(ruleset.files)

    def close(self) -> None:
        """Wait for a look that is under way and forget it."""
        self._builder.shutdown(cancel_futures=True)

    def _look(self) -> bool:
        """Take a changed folder over; return whether another catalog is in force than before.

        Raises what is wrong with the folder, once; the next look goes on without it. A set that
        cannot be built is not tried again.
        """
        with self._turn:
            self._take_folder()
            now = self._desk.in_force()
            if now is None:
                self._seen = None  # the database has gone back to before there was any
                return False
            if now.ruleset == self._ruleset:
                return False
            before, self._ruleset = self._ruleset, now.ruleset
            try:
                self._catalog = self._build(now.ruleset)
            except ServerUnreachableError:
                self._ruleset = before
                raise
            return True

    def _take_folder(self) -> None:
        if self._folder is None and self._seen is not None:
            return  # that of the package stays as it is
        try:
            files = packaged_files() if self._folder is None else files_in(self._folder)
        except CatalogError as error:
            if self._seen != str(error):
                self._seen = str(error)
                raise
            return
        name = ruleset_id(files)
        if name == self._seen:
            return
        self._seen = name  # even where it is refused, which is said once
        try:
            self._take_over(files, name)
        except ServerUnreachableError:
            self._seen = None
            raise

    def _take_over(self, files: Mapping[str, str], name: str) -> None:
        now, last = self._desk.in_force(), self._desk.last_of_folder()
        if last is not None and last.ruleset == name:
            return  # as it was when it was taken over: what came later stays
        if now is not None and now.how is not How.FILES and now.ruleset != name:
            raise RulesConflictError(
                f"the folder of rules has changed, but {now.actor} has put other rules in force "
                f"({now.reason}): `correlator rules pull` brings the folder up, "
                "`correlator rules push` proposes what is in it"
            )
        self._put_in_force(files, name, now)

    def _put_in_force(self, files: Mapping[str, str], name: str, now: InForce | None) -> None:
        at, version = self._clock(), catalog_of(files).version
        reason = CHANGED if now else FIRST
        parent = now.ruleset if now else ""
        ruleset = Ruleset(name, version, dict(files), parent, at, FILES, reason)
        note = InForce(name, version, How.FILES, FILES, reason, at)
        try:
            self._desk.put_in_force(note, parent or None, ruleset=ruleset)
        except RulesMovedError:
            self._seen = None  # somebody was faster: look again
