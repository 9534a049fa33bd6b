"""Attribution: which calls an incident explains, line by line, in every book at once.

Owner: `Ledger`, the only writer of who explains which call, and of the links that follow from it.
"""

from correlator.engine.attribution.ledger import Ledger

__all__ = ["Ledger"]
