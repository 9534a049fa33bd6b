"""Snapshots of the state, migration of older versions, carrying over to another network."""

from correlator.engine.state.carry import Renumbering
from correlator.engine.state.component import Component
from correlator.engine.state.snapshot import VERSION, SnapshotError, dump, load

__all__ = ["VERSION", "Component", "Renumbering", "SnapshotError", "dump", "load"]
