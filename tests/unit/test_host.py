"""What the machine is asked for."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from correlator.adapters.host import settle


class Knot:
    """Something that only the garbage collector can let go of."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_there_is_left_out_of_the_rounds_until_it_is_settled_again() -> None:
    knot = Knot()
    still_there = weakref.ref(knot)
    settle()
    del knot
    gc.collect()
    assert still_there() is not None
    settle()
    assert still_there() is None
