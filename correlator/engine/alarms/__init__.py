"""Alarms as evidence, and planned maintenance.

Owners: `AlarmBook` (standing alarms, outcomes of earlier ones), `AlarmGroups` (those of one cause)
and `MaintenanceCalendar`.
`AlarmHierarchy` weighs the alarms below a domain. The package knows nothing of calls or incidents.
"""

from correlator.engine.alarms.book import AlarmBook
from correlator.engine.alarms.groups import AlarmGroups
from correlator.engine.alarms.hierarchy import AlarmHierarchy
from correlator.engine.alarms.maintenance import MaintenanceCalendar, MaintenanceWindow
from correlator.engine.alarms.outcomes import AlarmOutcomes
from correlator.engine.alarms.relations import Relations
from correlator.engine.alarms.roots import AlarmGroup, AlarmRoots
from correlator.engine.alarms.standing import CHILD_WINDOW, Standing
from correlator.engine.alarms.types import AlarmingTypes

__all__ = [
    "CHILD_WINDOW",
    "AlarmBook",
    "AlarmGroup",
    "AlarmGroups",
    "AlarmHierarchy",
    "AlarmOutcomes",
    "AlarmRoots",
    "AlarmingTypes",
    "MaintenanceCalendar",
    "MaintenanceWindow",
    "Relations",
    "Standing",
]
