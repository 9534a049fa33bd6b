"""The engine's state as bytes, states of older versions, and states of another network."""

from correlator.engine.state.carry import Renumbering
from correlator.engine.state.component import Component
from correlator.engine.state.snapshot import VERSION, SnapshotError, dump, load

__all__ = ["VERSION", "Component", "Renumbering", "SnapshotError", "dump", "load"]
