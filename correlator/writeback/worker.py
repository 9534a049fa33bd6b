"""The worker: from what is committed to what stands in the tool, one write after the other.

It holds no queue. What is to be done follows from the store and the journal at every turn, so that
it may die at any moment, and whatever was not written is found again.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from correlator.model import DAY, Millis
from correlator.ports import ServerUnreachableError
from correlator.ticket_tool import OWN, ToolBusyError, ToolDownError, ToolRefusedError, Written
from correlator.writeback.messages import Messages
from correlator.writeback.pacing import Pace
from correlator.writeback.plan import Plan, plan
from correlator.writeback.views import Desk
from correlator.writeback.writer import Writer

log = structlog.get_logger(__name__)

LOOK = 0.5
"""Seconds between two looks at what changed, where nothing is to be written."""
_AGO: Millis = 7 * DAY  # of incidents that are over: a worker that was away for longer is silent
_AT_ONCE = 20  # writes of one plan, before the newest is asked for


class Worker:
    """Brings a tool to the state of the store."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it reads, writes and keeps to
        self,
        desk: Desk,
        writer: Writer,
        messages: Messages,
        pace: Pace,
        most: int,
        clock: Callable[[], Millis],
        seconds: Callable[[], float],
    ) -> None:
        """`most`: see `plan`; `clock` in ms; `seconds`: a monotonic clock."""
        self._desk = desk
        self._writer = writer
        self._messages = messages
        self._pace = pace
        self._most = most
        self._clock = clock
        self._seconds = seconds
        self._seq: int | None = None
        self._open: dict[str, None] = {}  # incidents of which something may be left to write
        self._held: set[str] = set()

    @property
    def settled(self) -> bool:
        """Whether nothing is left to write, as far as it has looked."""
        return self._seq is not None and not self._open

    def run(self, wait: Callable[[float], bool]) -> None:
        """Work until `wait(seconds)`, which waits for so long, returns true."""
        pause = 0.0
        while not wait(pause):
            try:
                pause = self.turn()
            except ServerUnreachableError as error:
                log.warning("store_unreachable", error=str(error))
                pause = LOOK

    def turn(self) -> float:
        """Write a little; returns for how many seconds there is nothing to do."""
        self._look()
        if not self._open:
            return LOOK
        wait = self._pace.wait(self._seconds())
        if wait > 0.0:
            return wait
        incident = next(iter(self._open))
        if not self._write(incident):
            self._open.pop(incident, None)
        else:  # the others' turn
            self._open[incident] = self._open.pop(incident)
        return 0.0

    def _look(self) -> None:
        if self._seq is None:
            self._seq, found = self._desk.begin(self._clock() - _AGO)
        else:
            self._seq, found = self._desk.changed(self._seq)
        for incident in found:
            self._open.setdefault(incident)

    def _write(self, incident: str) -> bool:
        """Write what is first to write about an incident; returns whether there may be more."""
        picture = self._desk.picture(incident)
        if picture is None:
            return False
        lines = {(line.ticket, line.key): line for line in self._desk.written(incident)}
        wanted = plan(picture, lines, self._messages, self._most)
        self._tell_held(incident, wanted, len(picture.linked))
        own = lines.get(("", OWN))
        for write in wanted.writes[:_AT_ONCE]:
            if self._pace.wait(self._seconds()) > 0.0:
                return True
            self._pace.write(self._seconds())
            try:
                self._writer.carry_out(incident, write, "" if own is None else own.number)
            except ToolRefusedError as error:
                self._writer.refuse(incident, write, str(error))
                log.warning("tool_refused", incident=incident, error=str(error))
                return True
            except ToolDownError as error:
                self._failed(error)
                return True
            self._pace.succeed()
            if own is None or not own.number:
                own = self._own(incident)
        return bool(wanted.writes)

    def _own(self, incident: str) -> Written | None:
        found = (line for line in self._desk.written(incident) if line.key == OWN)
        return next(found, None)

    def _failed(self, error: ToolDownError) -> None:
        after = error.after if isinstance(error, ToolBusyError) else None
        self._pace.fail(self._seconds(), after)
        wait = round(self._pace.wait(self._seconds()), 1)
        log.warning("tool_down", error=str(error), failures=self._pace.failures, again_in_s=wait)

    def _tell_held(self, incident: str, wanted: Plan, tickets: int) -> None:
        if not wanted.held:
            self._held.discard(incident)
        elif incident not in self._held:
            self._held.add(incident)
            log.warning("held_until_confirmed", incident=incident, tickets=tickets)
