"""Snapshots of the state, migration, carrying over to another network, forgetting a customer."""

from correlator.engine.state.carry import Renumbering
from correlator.engine.state.component import Component
from correlator.engine.state.forgetting import FORGETTING, KNOWS_NOBODY, forget
from correlator.engine.state.snapshot import VERSION, SnapshotError, dump, load

__all__ = [
    "FORGETTING",
    "KNOWS_NOBODY",
    "VERSION",
    "Component",
    "Renumbering",
    "SnapshotError",
    "dump",
    "forget",
    "load",
]
