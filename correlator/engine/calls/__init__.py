"""The calls (tickets) of the last hours: what was said, under which domains, what explains each.

Owner: `CallWindow`, the only one that changes a `Call` and what incidents account for of it, and
`KnownTickets`, which tells a repeat from a change. Knows nothing of rates or incidents: an incident
is a number here.
"""

from correlator.engine.calls.call import Call, CallColumns, cautious
from correlator.engine.calls.known import REMEMBERED, Known, KnownTickets
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
    "cautious",
]
