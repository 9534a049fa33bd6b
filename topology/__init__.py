"""The network: inventory files, checked and compiled into failure domains.

Knows nothing of tickets or alarms. `load` a folder, ask the `Topology`.
"""

from topology.findings import Finding, InventoryError
from topology.index import Topology
from topology.inventory import load
from topology.links import CORE_TYPES
from topology.scopes import ALL_OF, Scope

__all__ = ["ALL_OF", "CORE_TYPES", "Finding", "InventoryError", "Scope", "Topology", "load"]
