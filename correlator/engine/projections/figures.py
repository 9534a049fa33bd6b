"""Figures of a live incident: callers against what is usual, what it adds, what it waits for."""

from __future__ import annotations

from correlator.engine.incidents import LiveIncident
from correlator.engine.projections.views import (
    About,
    Calls,
    Rates,
    Strength,
    TicketsAlive,
    Waiting,
)
from correlator.model import MINUTE, Closing, Figures, Millis, MinuteCount, SymptomRate

_DIGITS = 6  # of a rate: enough for the same P as the engine's, rounded to four


class FigureReader:
    """Reads the figures of incidents, and their calls by minute."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        rates: Rates,
        calls: Calls,
        strength: Strength,
        about: About,
        waiting: Waiting,
        feeds: TicketsAlive,
    ) -> None:
        self._rates = rates
        self._calls = calls
        self._strength = strength
        self._about = about
        self._waiting = waiting
        self._feeds = feeds

    def figures(self, live: LiveIncident) -> Figures:
        """Return what holds of an incident at the present moment."""
        now, tau = self._rates.moment
        return Figures(
            incident=live.id,
            time=now,
            observed=len(live.callers),
            expected=_rounded(self._about.usual(live) * max(0.0, tau - live.onset_tau)),
            symptoms=self._symptoms(live, tau, now),
            closing=Closing(
                quiet=round(max(0.0, tau - live.last_tau), 3),
                needed=round(self._waiting.needed_quiet(live), 3),
                alarms=tuple(alarm.id for alarm in self._waiting.holding(live)),
                tickets_alive=self._feeds.tickets_alive(tau),
            ),
        )

    def _symptoms(self, live: LiveIncident, tau: float, now: Millis) -> dict[str, SymptomRate]:
        names = self._rates.symptoms
        adds = self._strength.strengths(live, tau, now)
        return {
            names[symptom]: SymptomRate(
                _rounded(rate), _rounded(self._rates.expected(symptom, now).rate)
            )
            for symptom, rate in adds.items()
            if names[symptom]
        }

    # ---------------------------------------------------------------------------- by minute

    def minutes(self, live: LiveIncident, since: Millis, until: Millis) -> list[MinuteCount]:
        """Return the calls of each whole minute in [since, until); both are whole minutes."""
        if until <= since:
            return []
        counts = dict.fromkeys(range(since, until, MINUTE), 0)
        listed = self._about.listed(live)
        # A call may arrive long after it occurred: those of an hour before are looked at too.
        recent = self._calls.under(live.scope.domain, self._rates.tau(since - 60 * MINUTE))
        for call in self._calls.calls(recent):
            minute = call.arrived // MINUTE * MINUTE
            wanted = call.counted and listed[call.symptom] and live.scope.holds(call.domains)
            if minute in counts and wanted:
                counts[minute] += 1
        usual = self._about.usual(live)
        return [
            MinuteCount(live.id, minute, seen, _rounded(usual * self._passed(minute)))
            for minute, seen in counts.items()
        ]

    def _passed(self, minute: Millis) -> float:
        """Return how much operational time passed in a minute."""
        return self._rates.tau(minute + MINUTE) - self._rates.tau(minute)


def _rounded(rate: float) -> float:
    return float(f"{rate:.{_DIGITS}g}")
