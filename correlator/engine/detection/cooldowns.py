"""Cool-downs: until when the alerts of a domain are not decided again."""

from __future__ import annotations

from typing import Any

from correlator.engine.detection.tuning import TUNING
from correlator.model import Millis


class CoolDowns:
    """Times in ms, by domain.

    A domain *rests* after an alert that led to no new cause, apart for those that may announce and
    those that only keep a candidate; it *pauses* where another caller has to decide between causes.
    """

    def __init__(self) -> None:
        self._resting: dict[tuple[int, bool], Millis] = {}
        self._paused: dict[int, Millis] = {}

    def rest(self, domain: int, now: Millis, *, announce: bool) -> None:
        """Decide no such alert of the domain for a while."""
        self._resting[domain, announce] = now + TUNING.rest

    def pause(self, domain: int, now: Millis) -> None:
        """Decide no alert of the domain for a moment: hundreds may call in a second."""
        self._paused[domain] = now + TUNING.pause

    def resting(self, domain: int, now: Millis, *, announce: bool) -> bool:
        """Return whether a domain rests."""
        return self._resting.get((domain, announce), 0) > now

    def paused(self, domain: int, now: Millis) -> bool:
        """Return whether a domain pauses."""
        return self._paused.get(domain, 0) > now

    def prune(self, now: Millis) -> None:
        """Forget cool-downs that are over."""
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        self._paused = {key: until for key, until in self._paused.items() if until > now}

    def state(self) -> dict[str, Any]:
        """Return all cool-downs, for a snapshot."""
        return {
            "resting": [[*key, until] for key, until in self._resting.items()],
            "paused": list(self._paused.items()),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._resting = {(domain, announce): until for domain, announce, until in state["resting"]}
        self._paused = dict(state["paused"])
