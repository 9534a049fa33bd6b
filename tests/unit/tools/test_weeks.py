"""What a result that is kept depends on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from correlator.adapters.archive import SnapshotNote, open_archive
from correlator.model import DAY
from correlator.tools.backtest import weeks
from correlator.tools.backtest.edits import Edit
from correlator.tools.backtest.weeks import LIVE, WARM_UP, Request, compare_sides
from rules.common import packaged
from tests.builders import START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from correlator.tools.backtest import Decided
    from correlator.tools.backtest.weeks import Piece

EDIT = Edit("access-node", "cause_gain", 9.0)


def catalog(title: str) -> dict[str, bytes]:
    """Return the packaged rules with another title of the rule about DSLAMs, by file name."""
    own = {Path(str(one)).name: one.read_bytes() for one in packaged().iterdir() if one.is_file()}
    head, rest = own["access.yaml"].split(b"  - id: access-node\n")
    changed = rest.replace(b"{symptom}", title.encode(), 1)
    assert changed != rest
    return {**own, "access.yaml": head + b"  - id: access-node\n" + changed}


def folder(place: Path, title: str) -> Path:
    place.mkdir(exist_ok=True)
    for name, content in catalog(title).items():
        (place / name).write_bytes(content)
    return place


class Kept:
    """An archive in which catalogs came into force one after the other."""

    def __init__(self, place: Path) -> None:
        self.archive = open_archive(str(place / "archive"))
        self.place, self.number = place, 0

    def in_force(self, title: str) -> None:
        self.number += 1
        found = folder(self.place / f"rules-{self.number}", title)
        version = weeks.rules.load(found).version
        if not self.archive.has("catalogs", version):
            self.archive.keep_folder("catalogs", version, found, {})
        note = SnapshotNote(self.number, START, "I", version, {})
        self.archive.write_snapshot(note, b"")

    def keys(self, rules_of: str = LIVE, edit: Edit | None = EDIT) -> Sequence[str]:
        request = Request(self.archive.url, START, START + DAY, rules_of)
        pieces = weeks._with_rules(weeks._pieces(request), rules_of, edit)
        return [weeks._key(piece) for piece in pieces]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_an_edit_of_the_rules_in_force_is_kept_by_their_version(kept: Kept) -> None:
    kept.in_force("{symptom}: one")
    one, plain = kept.keys(), kept.keys(edit=None)
    kept.in_force("{symptom}: other")
    other = kept.keys()
    kept.in_force("{symptom}: one")
    assert one != other
    assert (kept.keys(), kept.keys(edit=None)) == (one, plain)


def test_rules_of_a_folder_are_kept_by_their_content(kept: Kept, tmp_path: Path) -> None:
    places = [folder(tmp_path / name, name[0]) for name in ("a1", "a2", "b")]
    keys = [kept.keys(str(place), edit=None) for place in places]
    assert keys[0] == keys[1] != keys[2]


def test_rules_that_change_while_a_backtest_runs_are_refused(kept: Kept, tmp_path: Path) -> None:
    place = folder(tmp_path / "rules", "before")
    request = Request(kept.archive.url, START, START + DAY, str(place))
    (piece,) = weeks._with_rules(weeks._pieces(request), str(place))
    folder(place, "after")
    with pytest.raises(ValueError, match="others than when the backtest began"):
        weeks.run_piece(piece)


def test_both_sides_of_an_edit_begin_alike_whatever_rules_it_is_of(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[bool, int, Edit | None]] = []

    def runs(pieces: Sequence[Piece], *_: Any) -> list[list[Decided]]:
        begun.extend((piece.afresh, piece.warm_up, piece.edit) for piece in pieces)
        return [[] for _ in pieces]

    monkeypatch.setattr(weeks, "_run_all", runs)
    kept.in_force("{symptom}: one")
    request = Request(kept.archive.url, START, START + DAY, LIVE)
    assert compare_sides(request, EDIT) == ([], 1.0)
    assert begun == [(True, WARM_UP, None), (True, WARM_UP, EDIT)]


def test_a_worker_with_other_code_does_nothing(kept: Kept) -> None:
    request = Request(kept.archive.url, START, START + DAY, LIVE)
    (piece,) = weeks._with_rules(weeks._pieces(request), LIVE)
    with pytest.raises(ValueError, match="other code"):
        weeks.run_piece(msgspec.structs.replace(piece, code="0123456789abcdef"))


def test_a_cluster_gets_weeks_however_many_workers_it_has(kept: Kept) -> None:
    request = Request(kept.archive.url, START, START + 14 * DAY, LIVE, executor="dask")
    at_a_cluster = msgspec.structs.replace(request, address="tcp://cluster:8786")
    cut = [len(weeks._pieces(one)) for one in (request, at_a_cluster)]
    assert cut == [1, 2]


def test_the_code_that_decides_is_its_files_and_their_data(tmp_path: Path) -> None:
    files = ("engine/a.py", "engine/table.csv", "text/words.txt", "catalog/access.yaml",
             "__pycache__/a.pyc", "engine/__pycache__/a.nbi")  # fmt: skip
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = sorted(p.relative_to(tmp_path).as_posix() for p in weeks._files_of(tmp_path))
    assert found == ["engine/a.py", "engine/table.csv", "text/words.txt"]
    (one,) = weeks._files_of(tmp_path / "engine" / "a.py")
    assert one.name == "a.py"


def test_all_that_is_said_to_decide_is_there() -> None:
    root = Path(weeks.__file__).parents[3]
    assert all((root / name).exists() for name in weeks._DECIDES)
    weeks.code_version.cache_clear()
    assert len(weeks.code_version()) == 16
