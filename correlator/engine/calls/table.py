"""The columns of the call window: one row a call, oldest first."""

from __future__ import annotations

import numpy as np

from correlator.engine.arrays import with_room
from correlator.engine.calls.call import Call

_FIRST_ROWS = 4_096


class CallTable:
    """Calls in columns; `CallWindow` alone writes them.

    `taus`, when a call occurred, and `came`, when it arrived, in τ; `symptoms`; `marks`;
    `expected`, λ of its line per τ with all that explains it, ∞ for a spent call, and `usual`, λ
    when nothing is wrong; `alive`, false for a call that was removed; `assigned`, the number of an
    incident, by a person; `links`, the first in the domain index, and `places`, how many it has
    there; `room` for sums, zero in between.
    """

    COLUMNS = (
        *("taus", "came", "symptoms", "marks", "expected", "usual", "alive", "assigned"),
        *("links", "places", "room"),
    )

    def __init__(self) -> None:
        self.taus = np.zeros(_FIRST_ROWS)
        self.came = np.zeros(_FIRST_ROWS)
        self.symptoms = np.zeros(_FIRST_ROWS, np.int64)
        self.marks = np.zeros(_FIRST_ROWS, np.int64)
        self.expected = np.zeros(_FIRST_ROWS)
        self.usual = np.zeros(_FIRST_ROWS)
        self.alive = np.zeros(_FIRST_ROWS, np.bool_)
        self.assigned = np.zeros(_FIRST_ROWS, np.int64)
        self.links = np.zeros(_FIRST_ROWS, np.int64)
        self.places = np.zeros(_FIRST_ROWS, np.int64)
        self.room = np.zeros(_FIRST_ROWS)

    def put(self, row: int, call: Call, came: float) -> None:
        """Write a call that is under no domain yet; rows are written in turn."""
        if row >= len(self.taus):
            for name in self.COLUMNS:
                setattr(self, name, with_room(getattr(self, name), row + 1))
        plain = not (call.attributions or call.planned or call.spent)
        self.taus[row] = call.tau
        self.came[row] = came
        self.symptoms[row], self.marks[row] = call.symptom, call.mark
        self.expected[row] = call.rate if plain else call.expected()
        self.usual[row] = call.rate
        self.alive[row] = True
        self.assigned[row] = call.assigned
        self.places[row] = 0

    def drop(self, rows: int, left: int) -> None:
        """Drop so many rows from the front; `left`: how many there are behind them."""
        for name in self.COLUMNS:
            column = getattr(self, name)
            column[:left] = column[rows : rows + left].copy()
