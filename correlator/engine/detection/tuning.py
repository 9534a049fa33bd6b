"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import MINUTE, Millis


@dataclass(frozen=True, slots=True)
class Tuning:
    """The burst statistic, its dial and its cool-downs."""

    mass_half_life: float = 28.0 * 24.0
    """In τ, of the mean mass that alarms add: four weeks."""

    rest: Millis = MINUTE // 3
    """In ms, for which a domain rests after an alert that led to no new cause."""

    pause: Millis = 1000
    """In ms, for which a domain pauses where another caller has to decide, of hundreds a second."""

    candidate_share: float = 0.1
    """Level from which the cell is shown a candidate."""

    alerts_to_one: float = 5.0
    """Alerts a week for each false incident a week that the operator accepts.

    At least four in five that chance raises find no cause that is plausible, has support, explains
    enough and is beyond doubt. Measured where nothing fails: docs/detection.md."""

    after_decision: float = 0.05
    """Level to which a row is lowered once its alert has been decided."""

    upper_rate: float = 1.0 + 15.0 ** (-0.5)
    """An incident's call rate one standard deviation up, as a factor, for fifteen calls."""

    call_rates: tuple[float, ...] = (0.0005, 0.002, 0.007, 0.02, 0.07, 0.2)
    """c_k: calls per line and unit of τ that a failure adds, from a slow platform to a card."""

    first_weights: tuple[float, ...] = (0.04, 0.08, 0.13, 0.2, 0.3, 0.25)
    """w_k to begin with.

    Of those who are struck 5–25 % call within four hours, 1–3 % where it is slow: most of the
    weight is on 0.02 … 0.2 calls per line and τ. See docs/method.md, section 2.
    """

    first_worth: float = 6.0
    """Failures that the first weights are worth."""

    met_kept: float = 0.99
    """Share of what is known of earlier failures that stays with each further one."""

    least_weight: float = 0.01
    """No call rate becomes less likely than that."""

    profile_worth: float = 50.0
    """Tickets that the rule's own profile is worth."""

    most_counts: float = 500.0
    """Tickets that a rule remembers; beyond that all fade in proportion."""


TUNING = Tuning()
"""The tuning in force."""
