"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import HOUR, Millis


@dataclass(frozen=True, slots=True)
class Tuning:
    """What alarms and planned maintenance are worth."""

    base_odds: float = 0.0002
    """Odds that a given domain begins to fail within half an hour and customers call."""

    child_if_failed: float = 0.3
    """P(a child alarms | its parent fails)."""

    most_from_children: float = 6.0
    """Upper bound of the evidence of children's alarms for their parent, in nats."""

    noticed_share: float = 0.2
    """Share of its customers that equipment must have in common with a passive domain to notice
    its failure."""

    largest_passive: int = 5000
    """Customers of the largest passive domain for which others' alarms count."""

    works_forgotten: Millis = 12 * HOUR
    """In ms, after the announced end."""

    start_count: float = 10.0
    """Alarms that a rule's starting share is worth."""

    booked_tau: float = 72.0
    """In τ, for which a person can still change an outcome that is booked."""

    outcome_tau: float = 2.0
    """In τ, after which an alarm that no customer followed counts as such."""

    child_window: float = 0.5
    """In τ, within which alarms of children count for one failure."""

    weight_range: tuple[float, float] = (-2.0, 8.0)
    """The least and the highest weight of an alarm, in nats."""

    rate_half_life: float = 7 * 24.0
    """In τ, of how often equipment of a type alarms: a week."""

    rate_prior: float = 24.0
    """In τ: the exposure that the least rate is worth."""

    child_if_well: float = 0.01
    """P(a child alarms in the same half hour | all is well), at least."""

    own_alarm_prior: tuple[float, float] = (3.0, 2.0)
    """Failures with and without an alarm that a type starts with."""

    enough_alarms: float = 50.0
    """Alarms of all types, after which a type without any is taken to be passive."""


TUNING = Tuning()
"""The tuning in force."""
