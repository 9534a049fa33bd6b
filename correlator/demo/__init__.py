"""The demo: an evening at a simulated operator, at once (`evening`) or as it happens (`living`).

`stage` says what is played; `archived` makes a stage of a day in an archive, and `training` lets
somebody learn on either.
"""

from correlator.demo.archived import span_of
from correlator.demo.evening import SEED, DemoResult, Told, play, prepare
from correlator.demo.living import address, live
from correlator.demo.stage import Stage, evening_stage
from correlator.demo.training import day_training, evening_training, fresh, report_in

__all__ = [
    "SEED",
    "DemoResult",
    "Stage",
    "Told",
    "address",
    "day_training",
    "evening_stage",
    "evening_training",
    "fresh",
    "live",
    "play",
    "prepare",
    "report_in",
    "span_of",
]
