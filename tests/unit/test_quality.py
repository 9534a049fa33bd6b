"""The quality harness runs, on worlds too small to say anything about quality."""

import msgspec
import pytest

from correlator.engine import EngineSettings
from correlator.tools.evaluate import Measures
from tests.benchmarks import quality

TINY = ("--seeds", "1", "--kind", "plain", "--days", "1", "--customers", "5000")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    """Return the cells of the table that the harness prints."""
    quality.main([*TINY, *arguments])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_every_bar_has_its_line_with_mean_and_worst_seed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = printed(capsys, "--outages-per-day", "8", "--first-seed", "3")
    assert table[0][1:4] == ["plain: bar", "mean", "worst (seed)"]
    assert [row[0] for row in table[2:]] == [bar.title for bar in quality.BARS]
    found = {row[0]: row[2:4] for row in table[2:]}
    assert found["recall"] == ["1.000", "1.000 (3)"]
    assert found["raised by the fourth"][0] != "-"


def test_every_ablation_has_its_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = {name: quality.ABLATIONS[name] for name in ("full", "no alarms")}
    monkeypatch.setattr(quality, "ABLATIONS", some)  # without explaining away it takes long
    table = printed(capsys, "--outages-per-day", "8", "--first-seed", "3", "--ablations")
    assert table[0] == ["", "full", "no alarms", quality.THRESHOLD]
    columns = list(zip(*table[2:], strict=True))
    assert columns[1][0] == "1.000"  # recall
    assert len(set(columns)) == 4


def test_every_ablation_takes_one_kind_of_evidence_away() -> None:
    off = [
        [name for name, on in msgspec.structs.asdict(engine).items() if on is False]
        for engine in quality.ABLATIONS.values()
    ]
    switches = [name for name in EngineSettings.__struct_fields__ if name.startswith("use_")]
    assert off == [[], *([name] for name in switches)]


def test_quiet_worlds_have_a_line_for_every_dial(capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, "--quiet")
    assert [row[1] for row in table[2:]] == ["0.5", "2", "10"]
    assert [row[4] for row in table[2:]] == ["0.75", "3.00", "15.00"]


def test_nothing_fails_in_a_quiet_world_and_only_there() -> None:
    asked = quality.parser().parse_args(["--quiet", "--seeds", "2", "--kind", "hard"])
    for world in quality.worlds(asked, "hard"):
        assert (world.daily_outages, world.storms_per_week, world.days_between_works) == (0, 0, 0)
        assert world.surges_per_week > 0
    asked = quality.parser().parse_args([])
    (usual, *_) = quality.worlds(asked, "hard")
    assert usual == quality.KINDS["hard"](1, 120_000, 14)


def test_what_is_asked_of_a_world_is_in_its_settings() -> None:
    given = ("--contact=2", "--outages-per-day=3", "--shift-hours=6", "--untyped", "--days=5")
    (world,) = quality.worlds(quality.parser().parse_args([*TINY, *given]), "plain")
    assert (world.contact_rate, world.daily_outages, world.contact_shift_hours) == (2, 3, 6)
    assert world.untyped
    assert (world.days, world.customers) == (5, 5_000)


def test_a_bar_is_met_on_its_right_side_only() -> None:
    recall, false = quality.BARS[0], quality.BARS[2]
    assert [recall.met("hard", value) for value in (0.93, 0.92, 0.91)] == [True, True, False]
    assert [false.met("plain", value) for value in (0.2, 0.3, 0.4)] == [True, True, False]
    assert (recall.worst([0.9, 0.8]), false.worst([0.9, 0.8])) == (0.8, 0.9)


def test_every_bar_is_on_a_measure() -> None:
    assert {bar.measure for bar in quality.BARS} <= set(Measures.__struct_fields__)


def test_seeds_without_a_value_are_left_out_of_the_mean() -> None:
    bar = quality.BARS[0]
    blank = msgspec.structs.replace(_measures(), recall=None)
    half = msgspec.structs.replace(_measures(), recall=0.5)
    assert quality.over_seeds(bar, [blank, half, _measures()]) == (0.75, 0.5, 1)
    assert quality.over_seeds(bar, [blank]) == (None, None, None)


def _measures() -> Measures:
    """Return measures that are all 1."""
    return Measures(**dict.fromkeys(Measures.__struct_fields__, 1))
