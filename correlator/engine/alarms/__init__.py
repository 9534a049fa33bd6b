"""Alarms as evidence, and planned maintenance.

Owners: `AlarmBook` (what stands, and what alarms have meant so far) and `MaintenanceCalendar`.
`AlarmHierarchy` reads what alarms below a domain say of it. Knows nothing of calls or incidents.
"""

from correlator.engine.alarms.book import AlarmBook
from correlator.engine.alarms.hierarchy import AlarmHierarchy
from correlator.engine.alarms.maintenance import MaintenanceCalendar, MaintenanceWindow
from correlator.engine.alarms.outcomes import AlarmOutcomes
from correlator.engine.alarms.standing import CHILD_WINDOW, Standing
from correlator.engine.alarms.types import AlarmingTypes

__all__ = [
    "CHILD_WINDOW",
    "AlarmBook",
    "AlarmHierarchy",
    "AlarmOutcomes",
    "AlarmingTypes",
    "MaintenanceCalendar",
    "MaintenanceWindow",
    "Standing",
]
