"""Dictionaries whose entries stand in the order of their age."""

from correlator.engine.arrays import drop_oldest


def test_only_what_is_old_and_stands_first_is_dropped() -> None:
    held = {"a": 1, "b": 2, "c": 9, "d": 1}
    drop_oldest(held, lambda value: value < 5)
    assert held == {"c": 9, "d": 1}
