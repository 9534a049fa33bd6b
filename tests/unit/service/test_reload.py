"""Folders that change while the daemon runs: a good one is built, a broken one refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from correlator.service.reload import Watched, fingerprint, watched_topology
from tests.builders import customer_rows, dependency_rows, equipment_rows, write_inventory
from tests.harness.waiting import until
from topology import InventoryError, Topology

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    folder = tmp_path / "inventory"
    folder.mkdir()
    return write_inventory(
        folder,
        {
            "equipment": [("id", "type"), *equipment_rows()],
            "dependencies": [("id", "depends_on", "redundancy_group"), *dependency_rows()],
            "customers": [("customer_id", "depends_on", "cpe_firmware"), *customer_rows()],
        },
    )


@pytest.fixture
def watched(inventory: Path) -> Iterator[Watched[Topology]]:
    watch = watched_topology(inventory, None)
    yield watch
    watch.close()


def add_line(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")


def drop_last_line(file: Path) -> None:
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))


def test_what_has_not_changed_is_not_built(watched: Watched[Topology]) -> None:
    assert [watched.poll() for _ in range(3)] == [None, None, None]
    assert watched.latest is None
    assert watched._building is None


def test_a_changed_inventory_is_built_and_returned_once(
    watched: Watched[Topology], inventory: Path
) -> None:
    add_line(inventory / "customers.csv", "NEW,DSL-1/C1,5.1.0")
    built = until(watched.poll)
    assert isinstance(built, Topology)
    assert built.domains_of("NEW")
    assert watched.latest is built
    assert watched.poll() is None


def test_the_attributes_of_the_configuration_hold_for_reloads(inventory: Path) -> None:
    watch = watched_topology(inventory, ())
    add_line(inventory / "customers.csv", "NEW,DSL-1/C1,5.1.0")
    built = until(watch.poll)
    watch.close()
    assert isinstance(built, Topology)
    assert built.domain("cpe_firmware=5.1.0") is None


def test_links_are_watched_from_the_first_to_the_last(inventory: Path) -> None:
    watch = watched_topology(inventory, None, ("aggregation-switch",))
    links = inventory / "links.csv"
    links.write_text("a,b\nDSL-1,AGG-1\n")
    built = until(watch.poll)
    assert isinstance(built, Topology)
    assert sorted(built.links) == ["AGG-1", "DSL-1"]
    add_line(links, "DSL-1,NOWHERE")
    assert isinstance(until(watch.poll), InventoryError)
    links.unlink()
    without = until(watch.poll)
    watch.close()
    assert isinstance(without, Topology)
    assert not without.links


def test_a_broken_inventory_is_refused_and_the_last_good_one_stays(
    watched: Watched[Topology], inventory: Path
) -> None:
    add_line(inventory / "customers.csv", "NEW,DSL-1/C1,5.1.0")
    good = until(watched.poll)
    add_line(inventory / "customers.csv", "OTHER,NOWHERE,5.1.0")
    refused = until(watched.poll)
    assert isinstance(refused, InventoryError)
    assert "NOWHERE" in str(refused)
    assert watched.latest is good
    assert watched.poll() is None


def test_a_broken_inventory_that_is_mended_is_built(
    watched: Watched[Topology], inventory: Path
) -> None:
    add_line(inventory / "customers.csv", "OTHER,NOWHERE,5.1.0")
    assert isinstance(until(watched.poll), InventoryError)
    assert watched.latest is None
    drop_last_line(inventory / "customers.csv")
    add_line(inventory / "customers.csv", "OTHER,DSL-1/C1,5.1.0")
    assert isinstance(until(watched.poll), Topology)


def test_what_changes_during_a_build_is_built_afterwards(
    watched: Watched[Topology], inventory: Path
) -> None:
    add_line(inventory / "customers.csv", "NEW,DSL-1/C1,5.1.0")
    watched.poll()
    add_line(inventory / "customers.csv", "NEWER,DSL-1/C1,5.1.0")
    until(watched.poll)
    second = until(watched.poll)
    assert isinstance(second, Topology)
    assert second.domains_of("NEWER")


def test_a_folder_that_is_gone_changes_nothing(watched: Watched[Topology], inventory: Path) -> None:
    shutil.rmtree(inventory)
    assert fingerprint(inventory) == ()
    assert watched.poll() is None
    assert watched.latest is None
