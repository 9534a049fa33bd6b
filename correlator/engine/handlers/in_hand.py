"""A ticket on its way from stage to stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from correlator.engine.arrays import Ints
from correlator.engine.calls import Call, Known
from correlator.engine.incidents import Nearby
from correlator.engine.rates import Moment
from correlator.model import Reason, Shares, Ticket

_NOTHING = Nearby([], [], [])


@dataclass(slots=True)
class TicketInHand:
    """A ticket with the results of the stages so far.

    `before`: its content before, None for a new one; `known`: its content now; `shares`: of the
    symptoms that it may be about; `domains`: of the customer, or of the place that it names, or
    `*` alone; `known_customer`: the inventory knows the customer; `silence`: which feed is silent,
    if one is; `nearby`: the live incidents on the domains; `call`: the ticket as a call; `where`:
    the domains, in an array; `level`: the highest level that it moved a row to.
    """

    ticket: Ticket
    moment: Moment
    before: Known | None = None
    known: Known | None = None
    symptom: str = ""
    shares: Shares = ()
    domains: tuple[int, ...] = ()
    known_customer: bool = False
    silence: Reason | None = None
    nearby: Nearby = _NOTHING
    call: Call | None = None
    where: Ints | None = None
    level: float = 0.0


Stage: TypeAlias = Callable[[TicketInHand], bool]
