"""The files of an archive: what is written and read of a part, and archives made from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from correlator.adapters.archive import (
    ABOUT,
    ArchiveError,
    InventoryNote,
    Kept,
    archive,
    open_archive,
)
from correlator.adapters.archive.rows import hash_of, table_of
from correlator.cli.history import import_archive
from correlator.model import DAY, MINUTE
from correlator.tools.backtest import History
from tests.builders import (
    START,
    customer_rows,
    dependency_rows,
    equipment_rows,
    write_inventory,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa


def ticks(*times: int) -> list[Kept]:
    return [Kept(number, time, "I", "C", time) for number, time in enumerate(times, 1)]


TODAY = ticks(START, START + MINUTE, START + 2 * MINUTE)
TWO_DAYS = ticks(START, START + DAY, START + DAY + MINUTE)


@pytest.mark.parametrize(("kept", "tables"), [(TODAY, 1), (TWO_DAYS, 3), ([], 1)])
def test_the_hash_of_a_part_is_over_all_days_and_that_of_one_day_is_its_files(
    kept: list[Kept], tables: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(some: Sequence[Kept]) -> pa.Table:
        made.append(len(some))
        return table_of(some)

    monkeypatch.setattr(archive, "table_of", counted)
    found = open_archive(str(tmp_path)).write_part(1, kept)
    assert found == hash_of(table_of(kept))
    assert len(made) == tables


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_how_far_the_engine_was_stands_in_the_last_row(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_ROW_GROUP", rows)
    kept = open_archive(str(tmp_path))
    kept.write_part(1, TODAY)
    kept.write_part(2, TWO_DAYS)
    ends = [kept.taken_before(number) for number in (1, 2, 3)]
    assert ends == [0, START + 2 * MINUTE, START + DAY + MINUTE]


def test_a_file_without_rows_says_nothing_of_it_and_half_a_file_is_an_error(
    tmp_path: Path,
) -> None:
    kept = open_archive(str(tmp_path))
    kept.write_part(1, TODAY)
    (part,) = kept.parts()
    kept.rewrite(part.path, lambda table: table.slice(0, 0))
    assert kept.taken_before(2) == 0
    kept.write_part(1, TODAY)
    path = tmp_path / part.path
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ArchiveError, match="part-000000001"):
        kept.taken_before(2)


@pytest.mark.parametrize(
    ("attribute", "core", "note"),
    [
        (None, None, (None, ("core-router",))),
        (["cpe_firmware"], ["dslam"], (("cpe_firmware",), ("dslam",))),
        (["cpe_firmware,box"], ["dslam, olt"], (("cpe_firmware", "box"), ("dslam", "olt"))),
        (["cpe_firmware", "box"], None, (("cpe_firmware", "box"), ("core-router",))),
        ([""], None, ((), ("core-router",))),
    ],
)
def test_an_archive_of_files_has_the_attributes_and_the_core_that_were_named(
    attribute: list[str] | None,
    core: list[str] | None,
    note: tuple[tuple[str, ...] | None, tuple[str, ...]],
    tmp_path: Path,
) -> None:
    for name in ("topology", "feeds"):
        (tmp_path / name).mkdir()
    needs = [(*row, *("",) * (4 - len(row))) for row in dependency_rows()]
    customers = [(*row, "b1") for row in customer_rows()]
    inventory = write_inventory(
        tmp_path / "topology",
        {
            "equipment": [("id", "type"), *equipment_rows()],
            "dependencies": [("id", "depends_on", "redundancy_group", "kind"), *needs],
            "customers": [("customer_id", "depends_on", "cpe_firmware", "box"), *customers],
        },
    )
    feeds = [tmp_path / "feeds" / f"{name}.jsonl" for name in ("tickets", "alarms")]
    for feed in feeds:
        feed.touch()
    place = tmp_path / "archive"
    import_archive(inventory, *feeds, str(place), attribute=attribute, core=core)

    kept = open_archive(str(place))
    (version,) = kept.versions("inventories")
    types = set(History(kept).inventory(version).types)
    assert types & {"cpe_firmware", "box"} == set(("cpe_firmware",) if note[0] is None else note[0])
    written = (place / "inventories" / version / ABOUT).read_bytes()
    found = msgspec.json.decode(written, type=InventoryNote)
    assert (found.attributes, found.core) == note
