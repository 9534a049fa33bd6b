"""The engine's state as bytes."""

from typing import Any

import numpy as np
import pytest

from correlator.engine.state import VERSION, SnapshotError, dump, load
from correlator.engine.state.migration import MIGRATIONS


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


# ------------------------------------------------------------------------------- from 8 to 9

DOMAINS = {"number": 7, "domain": 3, "first_domain": 5, "symptom": "no-sync"}
OTHERS = {"published": {"GI-1": 1}, "numbers": {"GI-1": 7}, "next": 8}


def of_version_8(**parts: Any) -> dict[str, Any]:
    """Return as much of a state as the next version is made of."""
    return {
        "incidents": {"live": [], "closed": [], **OTHERS, **parts},
        "calls": {"first": 4},
        "classifier": {"kept": [("rien", "no-sync")], "waiting": [], "trainings": 3},
        "rates": {"concurrent": {"seen": 2.0}, "week": {"heard": 7.0}},
    }


def migrated(state: dict[str, Any]) -> dict[str, Any]:
    written = dump(state).replace(b"version" + bytes([VERSION]), b"version" + bytes([8]))
    return load(written)


@pytest.mark.parametrize("kept", ["live", "closed"])
def test_a_cause_of_version_8_is_a_scope_of_one_domain(kept: str) -> None:
    (found,) = migrated(of_version_8(**{kept: [DOMAINS]}))["incidents"][kept]
    assert found == {
        "number": 7, "symptom": "no-sync", "scope": [3, [], []], "first_scope": [5, [], []],
    }  # fmt: skip


def test_nothing_else_of_version_8_is_another_in_9() -> None:
    found = migrated(of_version_8(live=[DOMAINS]))
    assert found["calls"] == {"first": 4}
    assert {name: found["incidents"][name] for name in OTHERS} == OTHERS


def test_what_version_8_did_not_count_yet_is_at_its_beginning() -> None:
    found = migrated(of_version_8())
    assert found["ticked"]
    assert found["classifier"]["kept"] == [("rien", "no-sync", 1.0, "")]
    assert found["classifier"]["trainings"] == 3
    assert found["rates"]["concurrent"] == {"seen": 2.0, "placed": (0.0, 0.0)}
    assert found["rates"]["habits"] == {"hour": ((), ()), "high": ()}
    assert found["rates"]["week"]["heard"] == 7.0  # a later one of version 8 counted it
    assert not found["rates"]["week"]["unheard"].any()


def test_a_migration_leaves_what_it_reads_as_it_was() -> None:
    state = of_version_8(live=[dict(DOMAINS)], closed=[dict(DOMAINS)])
    MIGRATIONS[8](state)
    assert state == of_version_8(live=[DOMAINS], closed=[DOMAINS])


@pytest.mark.parametrize("lacking", ["domain", "first_domain"])
def test_an_incident_of_version_8_without_a_domain_is_damaged(lacking: str) -> None:
    damaged = {name: value for name, value in DOMAINS.items() if name != lacking}
    with pytest.raises(SnapshotError, match=f"damaged snapshot of version 8.*{lacking}"):
        migrated(of_version_8(live=[damaged]))


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        dump({"a": object()})
