"""Projections: what holds of the live incidents just now, for people to see.

Read from the owners between events, whenever the shell commits; nothing here changes any state, and
no decision depends on it.
"""

from correlator.engine.projections.projector import Projector, projector_of

__all__ = ["Projector", "projector_of"]
