"""A made-up operator in the formats of the feeds, with the truth about what happened to it."""

from correlator.simulate.evening import simulate_evening
from correlator.simulate.settings import SettingsError, WorldSettings
from correlator.simulate.world import WorldSummary, simulate

__all__ = ["SettingsError", "WorldSettings", "WorldSummary", "simulate", "simulate_evening"]
