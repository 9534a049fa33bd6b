"""A day that somebody learns on, compared: `learner` reads what they did, `truth` what was true.

`comparing` puts both beside what the cell of then said, `notes` are the files of a training.
"""

from correlator.tools.training.comparing import compare_training
from correlator.tools.training.learner import Learnt, learnt
from correlator.tools.training.notes import Note, read_note, report_of, write_note

__all__ = [
    "Learnt",
    "Note",
    "compare_training",
    "learnt",
    "read_note",
    "report_of",
    "write_note",
]
