"""One write at a time: looked up, written, read back, and kept in the journal before and after.

What the tool answers is not believed: a write is done once it is read. One that may have been made
before a crash is found by the same look, and is not made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from correlator.model import Millis
from correlator.ticket_tool import (
    OWN,
    TIE,
    Note,
    TicketTool,
    ToolDownError,
    ToolRefusedError,
    ToolTicket,
    WriteState,
    Written,
)
from correlator.writeback.plan import Own, Say, Tie, Write
from correlator.writeback.views import Journal


class Writer:
    """Carries writes out against one tool."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it may touch, and how
        self,
        tool: TicketTool,
        journal: Journal,
        queue: str,
        customers: Sequence[str],
        prefix: str,
        clock: Callable[[], Millis],
        *,
        public: bool = False,
    ) -> None:
        """`queue`: our own; `customers`: theirs; `prefix`: before numbers in `gi.tickets`.

        `public`: customers read the messages as well.
        """
        self._tool = tool
        self._journal = journal
        self._queue = queue
        self._customers = frozenset(customers)
        self._prefix = prefix
        self._clock = clock
        self._public = public

    def probe(self, unlikely: str) -> str:
        """Return why this tool must not be written to, "" where nothing speaks against it.

        `unlikely`: an id that no ticket has. A tool that finds one all the same takes no notice of
        what is asked for, and every ticket would pass for ours.
        """
        found = len(self._tool.find(unlikely))
        if not found:
            return ""
        return f"a search for an id that is nobody's found {found} tickets: the filter is ignored"

    def carry_out(self, incident: str, write: Write, own: str) -> WriteState:
        """Carry one write out; `own`: number of the incident's ticket, "" before there is one.

        Raises `ToolError`; after a `ToolRefusedError` the write is to be kept as refused.
        """
        match write:
            case Own():
                return self._see_own(incident, write)
            case Tie():
                return self._tie(incident, write, own)
            case Say():
                return self._say(incident, write)

    def refuse(self, incident: str, write: Write, why: str) -> None:
        """Keep that the tool will not do this."""
        ticket = "" if isinstance(write, Own) else write.ticket
        self._keep(incident, ticket, key_of(write), WriteState.REFUSED, "", why)

    # ------------------------------------------------------------------------------- each kind

    def _see_own(self, incident: str, write: Own) -> WriteState:
        found = self._ours(incident)
        if not found:
            self._keep(incident, "", OWN, WriteState.BEGUN)
            self._tool.create(incident, write.subject, write.text)
            found = self._ours(incident)
        if not found:
            raise ToolDownError(f"a ticket for {incident} was opened, and is not found")
        for twice in found[1:]:  # no tool refuses one with an id that another has
            if twice.open:
                with suppress(ToolRefusedError):  # it stays, and nothing is linked to it
                    self._tool.reject(twice.id)
        return self._keep(incident, "", OWN, WriteState.DONE, found[0].id)

    def _ours(self, incident: str) -> list[ToolTicket]:
        """Return the tickets of an incident, the first one first: what was found, looked at."""
        found = self._tool.find(incident)
        ours = [one for one in found if (one.external, one.queue) == (incident, self._queue)]
        return sorted(ours, key=lambda one: (len(one.id), one.id))

    def _tie(self, incident: str, write: Tie, own: str) -> WriteState:
        if not own:
            raise ToolDownError(f"{incident} has no ticket yet")
        number, wanted = self._number(write.ticket), own if write.linked else ""
        found = self._customers_ticket(number, parents=True)
        if found is None:
            return self._skip(incident, write)
        if (own in found.parents) is not write.linked:
            self._keep(incident, write.ticket, TIE, WriteState.BEGUN, own)
            change = self._tool.link if write.linked else self._tool.unlink
            change(own, number)
            found = self._tool.read(number, parents=True)
            if found is None or (own in found.parents) is not write.linked:
                raise ToolDownError(
                    f"ticket {number}: the link to {own} is not as it was asked for"
                )
        return self._keep(incident, write.ticket, TIE, WriteState.DONE, wanted)

    def _say(self, incident: str, write: Say) -> WriteState:
        number = self._number(write.ticket)
        found = self._customers_ticket(number)
        if found is None:
            return self._skip(incident, write)
        note = Note(number, f"{incident} [{number} {write.key}]", write.text, self._public)
        if not self._tool.has(note):
            if not found.open:
                return self._skip(incident, write, f"ticket {number} is {found.status}")
            self._keep(incident, write.ticket, write.key, WriteState.BEGUN)
            self._tool.write(note)
            if not self._tool.has(note):
                raise ToolDownError(f"ticket {number}: the message is not there")
        return self._keep(incident, write.ticket, write.key, WriteState.DONE)

    def _customers_ticket(self, number: str, *, parents: bool = False) -> ToolTicket | None:
        """Return a customer's ticket, None for any other: identity comes before every write."""
        found = self._tool.read(number, parents=parents)
        if found is None or found.id != number or found.queue not in self._customers:
            return None
        return found

    def _number(self, ticket: str) -> str:
        return ticket.removeprefix(self._prefix)

    def _skip(self, incident: str, write: Tie | Say, why: str = "") -> WriteState:
        told = why or f"no customer's ticket in {', '.join(sorted(self._customers))}"
        return self._keep(incident, write.ticket, key_of(write), WriteState.SKIPPED, "", told)

    def _keep(  # noqa: PLR0913, PLR0917 - a line of the journal
        self,
        incident: str,
        ticket: str,
        key: str,
        state: WriteState,
        number: str = "",
        error: str = "",
    ) -> WriteState:
        self._journal.keep(incident, Written(ticket, key, state, number, self._clock(), error))
        return state


def key_of(write: Write) -> str:
    """Return the key of a write in the journal."""
    match write:
        case Own():
            return OWN
        case Tie():
            return TIE
        case Say():
            return write.key
