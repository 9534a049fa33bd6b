"""How incidents of the network are measured: pairs of alarms, and the cause they name."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from typer.testing import CliRunner

from correlator.cli import cli
from correlator.tools.evaluate import evaluate, rows
from tests.unit.tools.test_evaluate import incident, names, outage, world, write

if TYPE_CHECKING:
    from pathlib import Path


def failed(name: str, alarms: list[str], **changes: Any) -> dict[str, Any]:
    return outage(name, [], alarms=alarms, silent=not alarms, **changes)


def gathered(name: str, causes: list[str], alarms: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "creationDate": f"2026-03-02T10:00:0{len(name) % 10}Z",
        "rootCauseResource": [{"id": cause} for cause in causes],
        "underlyingAlarm": [{"id": alarm} for alarm in alarms],
        **changes,
    }


def measured(
    folder: Path, outages: list[dict[str, Any]], network: list[dict[str, Any]]
) -> dict[str, Any]:
    path = write(folder / "network.jsonl", network)
    none = write(folder / "none.jsonl", [])
    return evaluate(world(folder, outages), none, None, path).to_dict()


def test_pairs_of_one_outage_in_one_incident(tmp_path: Path) -> None:
    found = measured(
        tmp_path,
        [failed("A", names("a", 4)), failed("B", names("b", 2))],
        [gathered("N1", ["DSL-A"], ["a1", "a2", "a3", "x1"]), gathered("N2", ["DSL-X"], ["b1"])],
    )
    # 3 of the 6 pairs in N1; 3 of the 6 of A and none of the one of B.
    assert found["pair_precision"] == 0.5
    assert found["pair_recall"] == pytest.approx(3 / 7)
    assert found["network_incidents"] == 2
    assert found["network_right_cause"] == 0.5


def test_alarms_of_works_are_left_out_and_merged_incidents_do_not_count(tmp_path: Path) -> None:
    works = failed("W", names("w", 3), planned=True, due=False)
    found = measured(
        tmp_path,
        [failed("A", names("a", 2)), works],
        [
            gathered("N1", ["DSL-A"], ["a1", "a2", "w1", "w2"]),
            gathered("N2", ["DSL-X"], ["x1", "x2"], status="cancelled"),
        ],
    )
    assert (found["pair_precision"], found["pair_recall"]) == (1, 1)
    assert found["network_incidents"] == 1


@pytest.mark.parametrize(
    ("cause", "named", "right"),
    [
        ("AGG-1+AGG-2", ["AGG-2", "AGG-1"], 1),
        ("AGG-1+AGG-2", ["AGG-1"], 0),
        ("a=x&b=y", ["a=x&b=y"], 1),
        ("DSL-A", ["SAME"], 1),
        ("DSL-A", [], 0),
    ],
)
def test_the_cause_is_all_its_parts(
    tmp_path: Path, cause: str, named: list[str], right: int
) -> None:
    one = failed("A", names("a", 2), cause=cause, equivalent=["SAME"])
    found = measured(tmp_path, [one], [gathered("N1", named, ["a1", "a2"])])
    assert found["network_right_cause"] == right


def test_the_incident_with_most_alarms_is_judged_the_earliest_of_equal_ones(tmp_path: Path) -> None:
    one = failed("A", names("a", 4))
    small, large = gathered("N", ["DSL-A"], ["a1"]), gathered("N22", ["DSL-X"], ["a2", "a3"])
    assert measured(tmp_path, [one], [small, large])["network_right_cause"] == 0
    late = gathered("N333", ["DSL-A"], ["a1", "a4"])
    assert measured(tmp_path, [one], [late, large])["network_right_cause"] == 0
    early = gathered("M", ["DSL-A"], ["a1", "a4"])
    assert measured(tmp_path, [one], [large, early])["network_right_cause"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_those_that_counting_finds(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    alarms = names("a", 14)
    owner = dict(zip(alarms, rng.integers(-1, 3, 14).tolist(), strict=True))
    sets = [rng.choice(alarms, int(rng.integers(1, 8)), replace=False).tolist() for _ in range(4)]
    found = measured(
        tmp_path,
        [failed(f"O{n}", [one for one in alarms if owner[one] == n]) for n in range(3)],
        [gathered(f"N{n}", [], members) for n, members in enumerate(sets)],
    )
    pairs = [set(pair) for pair in combinations(alarms, 2)]
    told = [pair for pair in pairs if any(pair <= set(members) for members in sets)]
    same = [p for p in pairs if len({owner[one] for one in p}) == 1 and owner[min(p)] >= 0]
    both = [pair for pair in told if pair in same]
    assert found["pair_precision"] == (len(both) / len(told) if told else None)
    assert found["pair_recall"] == (len(both) / len(same) if same else None)


def test_without_the_file_there_are_no_measures_and_no_rows(tmp_path: Path) -> None:
    folder = world(tmp_path, [failed("A", names("a", 2))])
    none = write(tmp_path / "none.jsonl", [])
    without = evaluate(folder, none)
    assert without.network_incidents is None
    assert "alarm pairs, recall" not in dict(rows(without))
    table = dict(rows(evaluate(folder, none, None, none)))
    assert table["alarm pairs, precision"] == "-"
    assert table["alarm pairs, recall"] == "0.000"
    assert table["network incidents"] == "0"


def test_an_incident_of_several_equipments_names_them_all(tmp_path: Path) -> None:
    arc = outage("A", names("a", 6), cause="AGG-1+AGG-2")
    one = incident("I1", "10:18:30", "AGG-2", names("a", 4))
    one["rootCauseResource"] += [{"id": "AGG-1"}]
    found = evaluate(world(tmp_path, [arc]), write(tmp_path / "i.jsonl", [one]))
    assert found.right_cause == 1


def test_the_command_takes_the_file(small_world: Path, tmp_path: Path) -> None:
    network = write(tmp_path / "network.jsonl", [gathered("N1", ["DSL-A"], ["x1", "x2"])])
    none = write(tmp_path / "none.jsonl", [])
    call = ["evaluate", str(none), "--world", str(small_world), "--network", str(network)]
    result = CliRunner().invoke(cli, call)
    assert result.exit_code == 0, result.output
    assert "alarm pairs, precision" in result.output
