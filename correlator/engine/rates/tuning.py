"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import HOUR, Millis


@dataclass(frozen=True, slots=True)
class Tuning:
    """How fast rates are learned, and from which priors."""

    half_life_days: float = 28.0
    """In days, of everything learned about rates."""

    known_calls: float = 30.0
    """Fewer say nothing of what is usual, if a silence of days followed on them."""

    rush: float = 4.0
    """National level from which calls count less for their hour; first mornings reach it."""

    first_caution: float = 2.0
    """What is added to the expected rate before a day is known, as a factor of it."""

    large: tuple[float, float] = (0.03, 0.97)
    """Share of all customers from which, and up to which, a domain has its own control group."""

    most_customers: float = 0.5
    """Share of all customers from which a domain's own calls about other symptoms count."""

    half_life_slots: float = 4.0
    """In slots of five minutes, of calls seen and expected for the concurrent ratio."""

    most_risen: float = 5.0
    """Upper bound of the concurrent ratio of a small domain.

    The opening of a hotline reaches it; without it hundreds of faults at once would hide each
    other."""

    others_prior: float = 2.0
    """Calls that the prior "other symptoms are as frequent as usual" is worth."""

    rest_prior: float = 4.0
    """Calls that the prior "the control group calls as usual", or as about all else, is worth."""

    habit_days: int = 7
    """In days, in which an hour has to be high again and again."""

    habit_from: int = 4
    """Days of these from which it is a habit."""

    habit_calls: float = 3.0
    """Calls in an hour, at least, for it to be high."""

    habit_times: float = 4.0
    """Times as many calls as are usual from which an hour is high."""

    habit_peak: float = 4.0
    """Times the calls of a median day that are expected: a batch takes a part of its hour."""

    placed_prior: float = 30.0
    """Calls that the prior "of every caller customer or place is known" is worth."""

    feed_half_life: float = 168.0
    """In hours, or τ: a week, of a feed's rate."""

    feed_known: float = 100.0
    """Beats after which a feed's rate is known."""

    feed_missed: float = 30.0
    """Missing beats from which a feed is silent: by chance alone once in e^30 times."""

    feed_missed_a_few: float = 6.0
    """Missing beats from which no incident is resolved: by chance once in e^6 times."""

    backlog: Millis = HOUR
    """In ms: a backlog lasts no longer than that."""

    level_half_life: float = 2.0
    """In hours, of the national level d, once the hours are known."""

    level_first: float = 1.0
    """The same before anything is known."""

    known_after: float = 3.0
    """Days that it takes to know the hours."""

    level_prior: float = 12.0
    """Calls that the prior level, 1, is worth."""

    level_range: tuple[float, float] = (0.2, 20.0)
    """The least and the highest national level."""

    hour_prior: float = 4.0
    """Calls that the prior profile is worth in a mean hour of the day, at most."""

    day_prior: float = 1.0
    """Days that the prior profile is worth, at most."""

    week_prior: float = 3.0
    """Weeks that "every day is alike" is worth."""

    weekday_prior: float = 8.0
    """Mean hours that "this weekday is like any" is worth."""

    prior_hours: tuple[float, ...] = (
        0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.8, 1.2, 1.8, 1.9, 1.7,
        1.3, 1.3, 1.5, 1.5, 1.5, 1.7, 1.9, 1.9, 1.6, 1.2, 0.8, 0.6,
    )  # fmt: skip
    """Relative contacts per hour of day before anything is learned: a French hotline of 8–22 h."""

    first_variance: float = 0.25
    """v before anything is known: off by half."""

    first_slots: float = 12.0
    """Slots of five minutes, a day's, that this guess is worth."""

    variance_keeps: float = 2.0 ** (-1.0 / 84.0)
    """Share of what is known of v that stays, slot by slot: half in a week."""

    most_variance: float = 9.0
    """Upper bound of what one slot adds to v: four times what was expected was seen."""

    doubted: tuple[float, float] = (0.25, 1.0)
    """v from which an hour is doubted, and from which fully."""

    first_shape: float = 8.0
    """a before anything is known: calls that the mean of its type is worth to a domain."""

    first_places: float = 128.0
    """Domains that expect one call each, which that guess is worth."""

    shape_range: tuple[float, float] = (1.0, 100.0)
    """The least and the largest a."""

    most_symptoms: int = 250
    """A ticketType beyond that many is counted under none."""

    prior_rate: float = 0.0015
    """Calls per line and hour, before anything is known."""

    prior_tickets: float = 10.0
    """Calls that the prior rate is worth."""

    symptom_hour_prior: float = 30.0
    """Calls that the prior "this symptom's hours are like any" is worth."""


TUNING = Tuning()
"""The tuning in force."""

MOST_SYMPTOMS = TUNING.most_symptoms
"""Symptoms that are counted, each on its own."""
