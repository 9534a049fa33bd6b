"""Incidents: state of the live ones, life cycle as a table, published pictures.

Owner: `Registry`, the only one that opens, moves, relocates and publishes an incident. A
`LiveIncident` changes only through its own methods. The package knows nothing of how calls are
expected or explained; only `Renderer` reads rules, for their templates.
"""

from correlator.engine.incidents.decisions import Decisions
from correlator.engine.incidents.incident import LiveIncident
from correlator.engine.incidents.index import Nearby
from correlator.engine.incidents.lifecycle import (
    IllegalMoveError,
    Move,
    RefusedError,
    after,
    diagram,
)
from correlator.engine.incidents.persistence import lasting, left_of
from correlator.engine.incidents.records import (
    Description,
    Fit,
    IncidentSeed,
    LinkRecord,
    incident_id,
    person,
)
from correlator.engine.incidents.registry import Registry
from correlator.engine.incidents.rendering import Renderer

__all__ = [
    "Decisions",
    "Description",
    "Fit",
    "IllegalMoveError",
    "IncidentSeed",
    "LinkRecord",
    "LiveIncident",
    "Move",
    "Nearby",
    "RefusedError",
    "Registry",
    "Renderer",
    "after",
    "diagram",
    "incident_id",
    "lasting",
    "left_of",
    "person",
]
