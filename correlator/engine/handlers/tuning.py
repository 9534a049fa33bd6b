"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import HOUR, MINUTE, PROBABLE, YES, Millis


@dataclass(frozen=True, slots=True)
class Tuning:
    """When incidents end, what verdicts teach, what an agent reads."""

    clear_long: Millis = HOUR
    """In ms, between a clear and the next alarm: two failures, not one that flaps."""

    faded_to: float = 0.5
    """Share of the highest call rate at which a failure is taken to be ending."""

    predicted_share: float = 0.1
    """Share of such alarms that customers must follow for one to be shown as predicted."""

    decisions: int = 3
    """Alerts decided after one call, the highest first."""

    given_up: float = 0.5
    """Level to which a row that rose is lowered when it was not decided."""

    yes: float = YES
    """P(an incident explains it) from which an agent reads *yes*."""

    probable: float = PROBABLE
    """The same for *probable*."""

    in_full: float = 1.0
    """Weight of a ticket of a confirmed incident, or with a person's own link, in a profile."""

    in_part: float = 0.25
    """Weight of a ticket whose incident nobody confirmed."""

    most_confirmed: float = 50.0
    """Tickets that one incident counts for, however large, when confirmed."""

    most_unjudged: float = 5.0
    """The same without a verdict."""

    enough_linked: int = 8
    """Linked tickets from which an incident that nobody confirmed teaches something."""

    confirmation: float = 2.0
    """Alarms that a person's confirmation is worth, beside the alarm itself."""

    group_settles: Millis = MINUTE
    """In ms, after its first alarm, before a group of alarms is shown."""

    fewest_alarmed: int = 2
    """Equipments with an alarm of a group that is shown."""

    predicted_rate: float = 0.02
    """Calls per line and τ that a predicted incident expects."""

    another_trouble: Millis = 4 * HOUR
    """In ms, after which another symptom of the same customer is another trouble."""

    declared_calls: float = 2.0
    """Calls that an incident which a person declares is taken to have had, at least."""

    declared_span: float = 1.0
    """In τ: how far back calls are looked for that such an incident explains."""

    review_growth: float = 1.5
    """Callers, as a multiple of those at the last fit, from which it is reviewed again."""

    most_reviews: int = 2
    """Reviews a minute: in a storm the others wait for the next."""

    gaps_of_quiet: float = 4.0
    """Mean gaps between callers without a call that make it quiet."""

    longest_quiet: float = 4.0
    """In τ: quiet for so long is always long enough."""

    alarm_holds: Millis = 12 * HOUR
    """In ms since the last call: then a standing alarm holds no incident, its clear was lost."""

    alarm_near: Millis = HOUR
    """In ms, to the onset or the last call: an alarm of the same failure."""

    alarm_counts: float = 0.05
    """Share of such alarms that customers follow, from which it holds an incident."""

    night_factor: int = 8
    """Clock time may be that much longer than τ before silence counts anyway."""

    candidate_tau: float = 2.0
    """In τ, for which a candidate lives without another caller."""

    says_both: float = 0.8
    """Sum of the shares from which a text that says several symptoms is believed beside a type."""

    weak_words: float = 0.25
    """Weight of a text without a category that a confirmed incident explains; 1: of a typed one."""

    telling_callers: int = 4
    """Callers from which an incident teaches whether its cause alarms."""


TUNING = Tuning()
"""The tuning in force."""
