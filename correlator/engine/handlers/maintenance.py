"""What happens to planned works: they are kept, explain tickets, and may overrun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from correlator.engine.alarms import MaintenanceCalendar
from correlator.engine.rates import Moment
from correlator.model import MINUTE, Effect, Maintenance, MaintenanceKept


class AlarmsHeldBack(Protocol):
    """Holds alarms back while works last; see `handlers.alarms`."""

    def overrun(self, domain: int, moment: Moment) -> None:
        """Works on a domain should have ended."""


class MaintenanceHandler:
    """Takes works that are planned, changed or cancelled, and notices their end."""

    def __init__(
        self, emit: Callable[[Effect], None], works: MaintenanceCalendar, alarms: AlarmsHeldBack
    ) -> None:
        self._emit = emit
        self._works = works
        self._alarms = alarms

    def handle(self, maintenance: Maintenance, _moment: Moment) -> None:
        """Take works as they stand now."""
        self._works.take(maintenance)
        self._emit(MaintenanceKept(maintenance))

    def overrun(self, moment: Moment) -> None:
        """Look, each minute, at the domains of works that were to end just now."""
        for domain in self._works.ended(moment.now - MINUTE, moment.now):
            self._alarms.overrun(domain, moment)
