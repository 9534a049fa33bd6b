"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import HOUR, MINUTE, Millis


@dataclass(frozen=True, slots=True)
class Tuning:
    """Which causes are weighed, named, kept waiting or revised."""

    lent: float = 1.5
    """In nats, taken off an alarm for what hangs on its equipment: one time in five it is that."""

    fit_tau: float = 4.0
    """In τ: how far back an onset is searched for."""

    most_calls: int = 4000
    """Calls that a fit uses; of more, one in 2, 4, 8, … stands for all."""

    rivals: int = 5
    """Rivals that are kept with an incident."""

    alarm_before: Millis = 2 * HOUR
    """In ms, before the first call: an alarm of the cause since then dates the onset."""

    listed: float = 0.02
    """π from which a symptom counts as one of the rule's."""

    ladder: tuple[int, ...] = (5, 15, 30, 60, 120, 240)
    """Windows of observed and expected calls, in minutes."""

    most_windows: int = 5
    """Windows that are kept with an incident."""

    most_alarms: int = 8
    """Alarms that are kept with an incident, the heaviest."""

    explained: float = 0.5
    """P(explained) from which a call is attributed to something else."""

    call_rates: tuple[float, ...] = (
        0.0003, 0.0008, 0.002, 0.005, 0.012, 0.03, 0.07, 0.15, 0.35, 0.8,
    )  # fmt: skip
    """c on the grid: calls per line and unit of τ, from a slow platform to a card at noon."""

    lead: float = 0.02
    """In τ, by which the onset precedes its first caller."""

    outside_penalty: float = 3.0
    """Nats against "outside the network", which can explain anything."""

    group_penalty: float = 2.0
    """Nats against a group of customers, which fails more seldom than equipment, and against what
    everybody hangs on, while it has not alarmed."""

    most_beside: float = 6.0
    """Upper bound, in nats, of what neighbours' alarms add: as of children for their parent."""

    column_penalty: float = 3.0
    """Nats against each further column of a combination: ln 20, as many values as a column has."""

    narrows_from: int = 5
    """Callers of a cause from which scopes within it are looked for."""

    fewest_in_scope: int = 4
    """Callers of a combination, or of several neighbours."""

    most_columns: int = 3
    """Columns of a combination; three at most, since so many loops are nested to count them."""

    most_scopes: int = 8
    """Combinations that are weighed within one cause, those with most excess first."""

    most_counted: int = 64
    """Combinations whose lines are counted, those first that the fewest would have by chance."""

    most_arcs: int = 40
    """Arcs of rings that are weighed on one alert, the smallest first."""

    most_neighbours: int = 40
    """Neighbours that are named together."""

    simpler: float = 3.0
    """Nats by which a combination or neighbours must beat every single domain."""

    most_weighed: int = 12
    """Causes that are weighed in the place of live incidents."""

    better: float = 3.0
    """Nats by which another cause must beat what is already named."""

    first_explained: float = 0.5
    """Share of an incident's first callers that the cause which takes its place must explain."""

    first_callers: int = 50
    """First callers of an incident that are asked whether another cause explains them."""

    fewest_callers: int = 2
    """Callers of a cause, at least."""

    one_more_failure: float = 8.5
    """Nats, −ln of the odds that another domain fails in the same half hour."""

    many_lines: int = 1000
    """Lines of a domain from which on two callers are no evidence."""

    newest_calls: int = 600
    """The newest calls, from which the domains to weigh are taken."""

    most_domains: int = 40
    """Causes weighed on one alert, those with most excess first."""

    nested: float = 0.5
    """Two domains compete when they share that much of the smaller one."""

    first_day_share: float = 0.2
    """Of all lines: a wider cause is not named on a first day without an alarm."""

    outstanding: float = 2.0
    """Times as much as all other calls that a surge of a first day must have risen."""

    fewest_of_many: int = 3
    """Calls that a cause with many lines must explain."""

    fewest_outside: int = 10
    """Calls that a surge must explain."""

    callers_gain: float = 1.0
    """Nats that the callers must gain, without alarms."""

    own_share: float = 0.1
    """Level that a cause must have reached to be named."""

    stale: Millis = HOUR
    """In ms without a call, after which a failure may be over: shown, not announced."""

    stale_backlog: Millis = 10 * MINUTE
    """The same while the backlog of a feed arrives."""

    over: float = 0.1
    """Persistence below which it is shown, not announced."""

    sure: float = 4.0
    """Nats between a cause and its rivals, odds of 55, that need no further caller."""

    settles: int = 4
    """Callers after which a cause is named in doubt as well."""

    toss: float = 1.0
    """Nats between a cause and its rival below which it is as good as a toss of a coin."""

    settles_toss: int = 6
    """Callers after which a cause is named even then."""

    settles_many: int = 20
    """The same where a domain has many lines, and chance many callers."""

    callers_tau: float = 1.0
    """In τ, within which so many have called."""


TUNING = Tuning()
"""The tuning in force."""
