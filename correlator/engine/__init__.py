"""The pure core: events in, effects out. No clock, no I/O, no randomness."""

from correlator.engine.engine import Engine, Versions
from correlator.engine.incidents import diagram
from correlator.engine.settings import EngineSettings
from correlator.engine.ticks import ticks_between

__all__ = ["Engine", "EngineSettings", "Versions", "diagram", "ticks_between"]
