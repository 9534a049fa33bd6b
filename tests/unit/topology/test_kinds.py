"""Dependencies of service, power and management."""

import time
from pathlib import Path

import networkx as nx
import pytest

from topology import Finding, InventoryError, Topology, load

EQUIPMENT = "id,type\nROUTER,router\nUPS,ups\nCARD,card\nMODEM,modem\nSPARE,ups\n"
HEADER = "id,depends_on,redundancy_group,kind\n"


def write(folder: Path, rows: str, equipment: str = EQUIPMENT, header: str = HEADER) -> Path:
    (folder / "equipment.csv").write_text(equipment, encoding="utf-8")
    (folder / "dependencies.csv").write_text(header + rows, encoding="utf-8")
    (folder / "customers.csv").write_text("customer_id,depends_on\nC1,CARD\n", encoding="utf-8")
    return folder


def findings(folder: Path) -> list[Finding]:
    with pytest.raises(InventoryError) as caught:
        load(folder)
    return list(caught.value.findings)


def at(topology: Topology, name: str) -> int:
    domain = topology.domain(name)
    assert domain is not None
    return domain


def hidden(topology: Topology, name: str) -> list[str]:
    return [topology.name(one) for one in topology.hidden_by(at(topology, name))]


def powered(topology: Topology, name: str) -> list[str]:
    return [topology.name(one) for one in topology.powered_by(at(topology, name))]


def under(topology: Topology, name: str) -> list[str]:
    return [topology.name(one) for one in topology.equipment_under(at(topology, name))]


MUTUAL = "ROUTER,UPS,,power\nUPS,ROUTER,,management\nCARD,ROUTER,,\n"


def test_power_and_management_may_go_opposite_ways(tmp_path: Path) -> None:
    topology = load(write(tmp_path, MUTUAL))
    assert under(topology, "UPS") == ["CARD", "ROUTER"]
    assert under(topology, "ROUTER") == ["CARD"]
    assert hidden(topology, "UPS") == []  # what it was reached through fails with it
    assert hidden(topology, "ROUTER") == ["UPS"]  # it works on, unseen
    assert hidden(topology, "CARD") == []
    assert [topology.name(one) for one in topology.domains_of("C1") or ()] == [
        *("CARD", "ROUTER", "UPS", "*")
    ]


def test_what_only_power_puts_below(tmp_path: Path) -> None:
    topology = load(write(tmp_path, MUTUAL))
    assert powered(topology, "UPS") == ["CARD", "ROUTER"]
    assert powered(topology, "ROUTER") == []
    both = load(write(tmp_path, "ROUTER,UPS,,power\nROUTER,UPS,,service\nCARD,ROUTER,,power\n"))
    assert powered(both, "UPS") == ["CARD"]
    assert under(both, "UPS") == ["CARD", "ROUTER"]


def test_two_feeds_are_a_group(tmp_path: Path) -> None:
    topology = load(write(tmp_path, "ROUTER,UPS,feed,power\nROUTER,SPARE,feed,power\n"))
    assert under(topology, "UPS") == under(topology, "SPARE") == []
    assert powered(topology, "UPS") == []


def test_supervision_has_groups_and_goes_on(tmp_path: Path) -> None:
    """The modem is reached through router or card, and the spare through the modem alone."""
    rows = "MODEM,ROUTER,m,management\nMODEM,CARD,m,management\nSPARE,MODEM,,management\n"
    topology = load(write(tmp_path, rows))
    assert hidden(topology, "ROUTER") == hidden(topology, "CARD") == []
    assert hidden(topology, "MODEM") == ["SPARE"]
    failing = load(write(tmp_path, rows + "CARD,ROUTER,,\nSPARE,UPS,,power\n"))
    assert hidden(failing, "ROUTER") == ["MODEM", "SPARE"]
    assert hidden(failing, "UPS") == []
    assert under(failing, "UPS") == ["SPARE"]


def test_attributes_and_the_outside_hide_and_feed_nothing(tmp_path: Path) -> None:
    write(tmp_path, MUTUAL)
    text = "customer_id,depends_on,offer\nC1,CARD,pro\n"
    (tmp_path / "customers.csv").write_text(text, encoding="utf-8")
    topology = load(tmp_path)
    for name in ("offer=pro", "*"):
        assert hidden(topology, name) == powered(topology, name) == []


def test_without_a_kind_all_is_service(tmp_path: Path) -> None:
    plain = load(write(tmp_path, "ROUTER,UPS,\n", header="id,depends_on,redundancy_group\n"))
    empty = load(write(tmp_path, "ROUTER,UPS,,\n"))
    for topology in (plain, empty):
        assert topology.graph.edges["ROUTER", "UPS"] == {"redundancy_group": "", "kind": "service"}
        assert under(topology, "UPS") == ["ROUTER"]
        assert powered(topology, "UPS") == hidden(topology, "UPS") == []
        assert not topology.management


def test_the_graphs_tell_kinds_apart(tmp_path: Path) -> None:
    rows = "CARD,ROUTER,,power\nCARD,ROUTER,,\nROUTER,UPS,a,power\nROUTER,UPS,b,power\n"
    topology = load(write(tmp_path, rows + "CARD,ROUTER,m,management\n"))
    assert dict(topology.graph.edges) == {
        ("CARD", "ROUTER"): {"redundancy_group": "", "kind": "power service"},
        ("ROUTER", "UPS"): {"redundancy_group": "a b", "kind": "power"},
    }
    assert dict(topology.management.edges) == {("CARD", "ROUTER"): {"redundancy_group": "m"}}
    assert sorted(topology.management) == ["CARD", "ROUTER"]
    with pytest.raises(nx.NetworkXError):
        topology.management.add_node("X")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("CARD,ROUTER,,powr\n", (2, "kind", "unknown kind 'powr', did you mean 'power'?")),
        ("CARD,ROUTER,,x\n", (2, "kind", "unknown kind 'x': service, power or management")),
        (
            "ROUTER,UPS,g,power\nCARD,UPS,g,service\nROUTER,SPARE,g,\n",
            (
                4,
                "kind",
                "redundancy group 'g' of 'ROUTER' mixes kinds: service here, power on line 2",
            ),
        ),
        (
            "UPS,ROUTER,g,management\nUPS,MODEM,g,power\n",
            (
                3,
                "kind",
                "redundancy group 'g' of 'UPS' mixes kinds: power here, management on line 2",
            ),
        ),
        (
            "ROUTER,UPS,,power\nUPS,ROUTER,,\n",
            (2, "depends_on", "cycle of dependencies: ROUTER → UPS → ROUTER"),
        ),
        (
            "ROUTER,UPS,,power\nMODEM,CARD,,management\nCARD,MODEM,,management\n",
            (3, "depends_on", "cycle of management dependencies: CARD → MODEM → CARD"),
        ),
        (
            "UPS,ROUTER,,management\nUPS,ROUTER,,management\n",
            (3, None, "dependency 'UPS' on 'ROUTER' is given twice, first on line 2"),
        ),
        (
            "UPS,UPS,,management\n",
            (2, "depends_on", "equipment 'UPS' depends on itself"),
        ),
        (
            "UPS,ROUTR,,management\n",
            (2, "depends_on", "unknown equipment 'ROUTR', did you mean 'ROUTER'?"),
        ),
    ],
)
def test_an_error_is_located(
    tmp_path: Path, rows: str, expected: tuple[int, str | None, str]
) -> None:
    assert findings(write(tmp_path, rows)) == [Finding("dependencies.csv", *expected)]


def test_supervision_through_a_long_chain_is_refused_once_and_soon(tmp_path: Path) -> None:
    equipment = "id,type\nCARD,x\n" + "".join(f"E{n:05},x\n" for n in range(20_000))
    rows = "".join(f"E{n:05},E{n - 1:05},,management\n" for n in range(1, 20_000))
    write(tmp_path, rows, equipment)
    began = time.monotonic()
    told = "more than 1,000 others each hide equipment 'E01001' from supervision"
    assert findings(tmp_path) == [Finding("dependencies.csv", 1_002, "depends_on", told)]
    assert time.monotonic() - began < 20
