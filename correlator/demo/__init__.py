"""The demo: an evening at a simulated operator, at once (`evening`) or as it happens (`living`)."""

from correlator.demo.evening import SEED, DemoResult, Told, play, prepare
from correlator.demo.living import address, live

__all__ = ["SEED", "DemoResult", "Told", "address", "live", "play", "prepare"]
