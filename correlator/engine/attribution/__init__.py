"""Attribution: which calls each incident explains, line by line.

Owner: `Ledger`, the only writer of attributions and of the links that follow from them: arrivals
and named causes in `ledger.py`, people's words in `assignments.py`, one entry in `bookkeeper.py`.
"""

from correlator.engine.attribution.ledger import Ledger

__all__ = ["Ledger"]
