"""The recent calls: symptom and domains of each, and which incidents explain it.

Owners: `CallWindow`, the only one that changes a `Call` and its attributions, and `KnownTickets`,
which distinguishes a repeat from a change. The package knows nothing of rates or incidents: an
incident is a number here.
"""

from correlator.engine.calls.call import Call, CallColumns, cautious
from correlator.engine.calls.kernels.columns import (
    ScopeTable,
    WindowColumns,
    grown,
    places_of,
    rows_by_domain,
    rows_in,
)
from correlator.engine.calls.known import REMEMBERED, Known, KnownTickets
from correlator.engine.calls.scoped import in_scope
from correlator.engine.calls.window import FIT_HORIZON, HORIZON, CallWindow

__all__ = [
    "FIT_HORIZON",
    "HORIZON",
    "REMEMBERED",
    "Call",
    "CallColumns",
    "CallWindow",
    "Known",
    "KnownTickets",
    "ScopeTable",
    "WindowColumns",
    "cautious",
    "grown",
    "in_scope",
    "places_of",
    "rows_by_domain",
    "rows_in",
]
