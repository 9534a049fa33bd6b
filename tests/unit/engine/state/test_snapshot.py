"""The engine's state as bytes."""

import numpy as np
import pytest

from correlator.engine.state import VERSION, SnapshotError, dump, load


def test_equal_states_are_equal_bytes_and_come_back() -> None:
    state = {"a": np.arange(6.0).reshape(2, 3), "b": [1, "é"], "c": {"x": None}}
    back = load(dump(state))
    assert dump(back) == dump(state)
    assert (back["a"] == state["a"]).all()
    back["a"][0, 0] = 9.0  # an array of its own, that can be written to


def of_version(version: int) -> bytes:
    """Return a snapshot of another version, with nothing in it."""
    return dump({}).replace(b"version" + bytes([VERSION]), b"version" + bytes([version]))


@pytest.mark.parametrize("version", [5, VERSION + 1, 99])
def test_a_snapshot_of_another_version_is_refused(version: int) -> None:
    with pytest.raises(SnapshotError, match=f"of version {version}; this correlator reads"):
        load(of_version(version))


def test_one_of_an_older_version_that_lacks_what_that_had_is_damaged() -> None:
    with pytest.raises(SnapshotError, match="damaged snapshot of version 6"):
        load(of_version(6))


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        dump({"a": object()})
