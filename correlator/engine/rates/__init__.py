"""Expected rates of calls, operational time, liveness of the feeds.

Owners: `Baseline` (all learned rates, operational time, the concurrent ratio) and `FeedLiveness`.
The package knows nothing of bursts, incidents or the weight of alarms.
"""

from correlator.engine.rates.baseline import Baseline
from correlator.engine.rates.calendar import HOURS_A_WEEK, WeekClock
from correlator.engine.rates.habits import PlaceHabits
from correlator.engine.rates.kernels.ratios import RatioColumns, concurrent_factors
from correlator.engine.rates.liveness import FeedLiveness
from correlator.engine.rates.operational_time import Expected, Moment
from correlator.engine.rates.places import Places, places_of
from correlator.engine.rates.tuning import MOST_SYMPTOMS

__all__ = [
    "HOURS_A_WEEK",
    "MOST_SYMPTOMS",
    "Baseline",
    "Expected",
    "FeedLiveness",
    "Moment",
    "PlaceHabits",
    "Places",
    "RatioColumns",
    "WeekClock",
    "concurrent_factors",
    "places_of",
]
