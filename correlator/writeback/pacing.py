"""How fast a tool is written to: a token bucket, and a circuit breaker.

The bucket holds `burst` tokens and gains `rate` a second; a write takes one. After some failures in
a row the circuit is open: nothing is asked for a while, which doubles with each further failure up
to five minutes, and then one attempt decides. Where a tool says itself how long, that counts.
"""

from __future__ import annotations

FAILURES = 3
"""In a row, after which the circuit is open."""
FIRST_WAIT = 2.0
"""Seconds."""
LONGEST_WAIT = 300.0
_ROUNDED = 1e-9
"""Of a token: what additions may round off. A wait shorter than the clock's step would not end."""


class Pace:
    """Tells when to write next. All times are seconds of one monotonic clock."""

    def __init__(self, rate: float, burst: int) -> None:
        """`rate`: writes a second, more than 0; `burst`: as many at once, at least 1."""
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = 0.0
        self._not_before = 0.0
        self.failures = 0

    def wait(self, now: float) -> float:
        """Return for how many seconds nothing is to be written."""
        self._fill(now)
        missing = 1.0 - self._tokens
        filled = missing / self._rate if missing > _ROUNDED else 0.0
        return max(filled, self._not_before - now, 0.0)

    def write(self, now: float) -> None:
        """Count a write."""
        self._fill(now)
        self._tokens -= 1.0

    def succeed(self) -> None:
        """Close the circuit."""
        self.failures, self._not_before = 0, 0.0

    def fail(self, now: float, after: float | None = None) -> None:
        """Count a failure; `after`: seconds that the tool asks to wait."""
        self.failures += 1
        further = self.failures - FAILURES
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(further, 20)) if further >= 0 else 0.0
        self._not_before = now + max(wait, after or 0.0)

    def _fill(self, now: float) -> None:
        gained = max(0.0, now - self._at) * self._rate
        self._tokens, self._at = min(self._burst, self._tokens + gained), max(now, self._at)
