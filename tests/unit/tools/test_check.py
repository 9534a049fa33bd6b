"""What `correlator check` takes from a configuration that stands beside an inventory."""

from pathlib import Path

import pytest

from correlator.tools.check import check

FILES = {
    "equipment.csv": "id,type\nHEAD,bng\nA,switch\nB,switch\n",
    "dependencies.csv": "id,depends_on,redundancy_group,kind\nA,B,,management\n",
    "customers.csv": "customer_id,depends_on\nC1,B\n",
    "links.csv": "a,b\nHEAD,A\nA,B\nB,HEAD\n",
}


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    folder = tmp_path / "inventory"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_links_lead_to_the_core_of_the_configuration(inventory: Path, tmp_path: Path) -> None:
    config = tmp_path / "correlator.yaml"
    config.write_text("topology: {folder: inventory, core: [bng]}\n", encoding="utf-8")
    assert check(config, [], [inventory]).findings == ()
    (alone,) = check(None, [], [inventory]).findings
    assert alone.startswith(f"{inventory}/links.csv:2: links lead to the core, and no equipment is")


def test_a_broken_configuration_leaves_the_usual_core(inventory: Path, tmp_path: Path) -> None:
    config = tmp_path / "correlator.yaml"
    config.write_text("topology: {folder: inventory, core: []}\n", encoding="utf-8")
    first, second = check(config, [], [inventory]).findings
    assert first == f"{config}:1:37: the list is empty"
    assert "links.csv:2" in second
