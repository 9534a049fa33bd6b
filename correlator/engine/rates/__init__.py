"""Expected rates of tickets, operational time, and whether the feeds are alive.

Owner: `Baseline` (all learned rates, the clock of the hotline, the concurrent ratio) and
`FeedLiveness`. Knows nothing of bursts, incidents or alarms.
"""

from correlator.engine.rates.baseline import Baseline
from correlator.engine.rates.calendar import HOURS_A_WEEK, WeekClock
from correlator.engine.rates.liveness import FeedLiveness
from correlator.engine.rates.operational_time import Expected, Moment
from correlator.engine.rates.places import Places, places_of

__all__ = [
    "HOURS_A_WEEK",
    "Baseline",
    "Expected",
    "FeedLiveness",
    "Moment",
    "Places",
    "WeekClock",
    "places_of",
]
