"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import HOUR, MINUTE, Millis


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

    together: Millis = 10 * MINUTE
    """In ms, within which alarms along the network are of one cause, though its root is silent."""

    root_lasts: Millis = 2 * HOUR
    """In ms, for which what a standing alarm takes along may still alarm: as long as a battery."""

    at_once: Millis = 2 * MINUTE
    """In ms, within which alarms on related equipment come together."""

    sociable: float = 0.25
    """Share of alarms of a kind that come with others, from which one tells of a failure."""

    company_start: tuple[float, float] = (1.0, 3.5)
    """Alarms with others and alone that a kind starts with."""

    most_company: float = 400.0
    """Alarms of a kind that are remembered; beyond that all count half."""

    most_recent: int = 200
    """Alarms just before one that are looked at."""

    tell_together: int = 3
    """Alarms next to it just before, with which one that tells nothing by itself begins a group."""

    flaps_from: int = 2
    """Times that an alarm came in the last day before, from which it flaps."""

    alarmed_below: float = 3.4
    """Nats of alarmed equipment for a cause that takes it along: ln(0.3 / 0.01)."""

    silent_child: float = 1.4
    """Nats of a silent child against a cause: −ln(1 − 0.75), of what is next to the failure."""

    silent_parent: float = 3.0
    """Nats of its children's alarms from which a silent parent is their cause."""

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
