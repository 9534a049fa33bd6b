"""The pure core: events in, effects out. No clock, no I/O, no chance."""

from correlator.engine.calendar import ticks_between
from correlator.engine.engine import Engine
from correlator.engine.settings import EngineSettings

__all__ = ["Engine", "EngineSettings", "ticks_between"]
