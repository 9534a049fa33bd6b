"""Array types, growable columns, expiry of dictionaries in order of age: used by every package."""

from correlator.engine.arrays.expiry import drop_oldest
from correlator.engine.arrays.growable import Bools, Floats, Ints, with_room

__all__ = ["Bools", "Floats", "Ints", "drop_oldest", "with_room"]
