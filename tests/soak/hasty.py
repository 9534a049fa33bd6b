"""`correlator run`, but for two times of the clock that are divided by how fast event time runs.

Once an hour a daemon forgets what is too old, and what has changed is kept for a day. Both are by
the clock, and an hour and a half of it would see that once. Everything else is the daemon as it is.
"""

from __future__ import annotations

import os

from correlator.adapters.sql import store, thinning
from correlator.cli import main

EVERY_S, CHANGES_S = "SOAK_THIN_EVERY_S", "SOAK_CHANGES_KEPT_S"

if __name__ == "__main__":
    vars(store)["THIN_EVERY"] = int(os.environ[EVERY_S]) * 1000
    vars(thinning)["CHANGES_KEPT"] = int(os.environ[CHANGES_S]) * 1000
    main()
