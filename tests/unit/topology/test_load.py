import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from topology import Topology, load

if TYPE_CHECKING:
    import numpy as np

FILES = {
    "equipment.csv": (
        "id,type,site\nCORE,core-router,P\nUP1,uplink,P\nUP2,uplink,P\nDSL,dslam,É\n"
        "CARD1,line-card,É\nCARD2,line-card,É\nMAIL,service-platform,P\nIDLE,dslam,P\n"
    ),
    "dependencies.csv": (
        "id,depends_on,redundancy_group\nUP1,CORE,\nUP2,CORE,\nDSL,UP1,up\nDSL,UP2,up\n"
        "CARD1,DSL,\nCARD2,DSL,\nIDLE,CORE,\n"
    ),
    "customers.csv": (
        "customer_id,depends_on,cpe_model,cpe_firmware,note\n"
        "C1,CARD1 MAIL,NB4,4.1,x\nC2,CARD1,NB4,4.2,y\nC3,MAIL  CARD2,NB5,,z\nÇ4,MAIL,,5.0,z\n"
    ),
}


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return folder


@pytest.fixture
def topology(tmp_path: Path) -> Topology:
    return load(write(tmp_path, FILES))


def named(topology: Topology, domains: tuple[int, ...] | list[int] | None) -> list[str]:
    return [topology.name(domain) for domain in domains or ()]


def at(topology: Topology, name: str) -> int:
    domain = topology.domain(name)
    assert domain is not None
    return domain


def test_domains_are_equipment_then_values_then_the_outside(topology: Topology) -> None:
    equipment = ["CARD1", "CARD2", "CORE", "DSL", "IDLE", "MAIL", "UP1", "UP2"]
    values = ["cpe_firmware=4.1", "cpe_firmware=4.2", "cpe_firmware=5.0"]
    assert list(topology.names) == [*equipment, *values, "cpe_model=NB4", "cpe_model=NB5", "*"]
    assert topology.domain_count == len(topology.names)
    assert topology.domain("nothing") is None
    assert topology.sizes.tolist() == [2, 1, 3, 3, 0, 3, 0, 0, 1, 1, 1, 2, 1, 4]


def test_types_come_from_the_files(topology: Topology) -> None:
    assert topology.type_of(at(topology, "CARD1")) == "line-card"
    assert topology.type_of(at(topology, "cpe_model=NB4")) == "cpe_model"
    assert topology.type_of(at(topology, "*")) == "*"
    assert topology.types["line-card"].tolist() == [0, 1]
    assert topology.types["*"].tolist() == [topology.domain_count - 1]


def test_a_customer_behind_two_uplinks_is_under_neither(topology: Topology) -> None:
    assert named(topology, topology.domains_of("C1")) == [
        *("CARD1", "CORE", "DSL", "MAIL"),
        *("cpe_firmware=4.1", "cpe_model=NB4", "*"),
    ]
    assert named(topology, topology.domains_of("Ç4")) == ["MAIL", "cpe_firmware=5.0", "*"]
    assert topology.domains_of("C5") is None
    assert topology.domains_of("\ud800") is None


def test_both_uplinks_lead_to_the_core(topology: Topology) -> None:
    parents = {name: named(topology, topology.parents(at(topology, name))) for name in FAMILY}
    assert parents == {name: above for name, (above, _, _) in FAMILY.items()}


def test_children_are_the_inverse_of_parents(topology: Topology) -> None:
    children = {name: named(topology, topology.children(at(topology, name))) for name in FAMILY}
    assert children == {name: below for name, (_, below, _) in FAMILY.items()}


def test_siblings_share_a_parent_and_the_type(topology: Topology) -> None:
    siblings = {name: named(topology, topology.siblings(at(topology, name))) for name in FAMILY}
    assert siblings == {name: beside for name, (_, _, beside) in FAMILY.items()}


FAMILY: dict[str, tuple[list[str], list[str], list[str]]] = {  # parents, children, siblings
    "*": ([], ["CORE", "MAIL"], []),
    "CORE": (["*"], ["DSL", "IDLE", "UP1", "UP2"], []),
    "UP1": (["CORE"], [], ["UP2"]),
    "DSL": (["CORE"], ["CARD1", "CARD2"], ["IDLE"]),
    "CARD1": (["DSL"], [], ["CARD2"]),
    "MAIL": (["*"], [], []),
    "cpe_firmware=4.1": (["*"], [], ["cpe_firmware=4.2", "cpe_firmware=5.0"]),
}


def test_what_fails_with_an_equipment(topology: Topology) -> None:
    assert named(topology, topology.equipment_under(at(topology, "CORE"))) == [
        *("CARD1", "CARD2", "DSL", "IDLE", "UP1", "UP2")
    ]
    assert topology.equipment_under(at(topology, "UP1")) == []
    assert topology.equipment_under(at(topology, "cpe_model=NB4")) == []


def test_customers_under_keep_the_files_order(topology: Topology) -> None:
    assert list(topology.customers_under(at(topology, "MAIL"))) == ["C1", "C3", "Ç4"]
    assert list(topology.customers_under(at(topology, "*"))) == ["C1", "C2", "C3", "Ç4"]
    assert list(topology.customers_under(at(topology, "IDLE"))) == []


def test_shared_counts(topology: Topology) -> None:
    domains, counts = topology.shared_counts(at(topology, "CARD2"))
    assert named(topology, domains.tolist()) == [
        *("CARD2", "CORE", "DSL", "MAIL", "cpe_model=NB5", "*")
    ]
    assert counts.tolist() == [1] * 6
    assert topology.shared(at(topology, "MAIL"), at(topology, "DSL")) == 2
    assert topology.shared(at(topology, "MAIL"), at(topology, "IDLE")) == 0
    assert topology.shared_counts(at(topology, "IDLE"))[0].size == 0


def test_equivalents(topology: Topology) -> None:
    assert named(topology, topology.equivalents(at(topology, "DSL"))) == ["CORE"]
    assert topology.equivalents(at(topology, "MAIL")) == ()
    assert topology.equivalents(at(topology, "IDLE")) == ()


def test_attributes_of_an_equipment(topology: Topology) -> None:
    assert topology.attributes_of("DSL") == {"type": "dslam", "site": "É"}
    assert topology.attributes_of("nothing") == {}


def test_the_graph_is_checked_and_frozen(topology: Topology) -> None:
    assert topology.graph.edges["DSL", "UP1"] == {"redundancy_group": "up", "kind": "service"}
    assert topology.graph.nodes["CORE"]["type"] == "core-router"
    assert nx.is_directed_acyclic_graph(topology.graph)
    with pytest.raises(nx.NetworkXError):
        topology.graph.add_node("X")


def test_arrays_are_read_only(topology: Topology) -> None:
    arrays: list[np.ndarray] = [topology.sizes, *topology.types.values()]
    arrays += topology.shared_counts(0)
    assert not any(array.flags.writeable for array in arrays)


def test_gzip_equals_plain(topology: Topology, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.mkdir()
    for name, content in FILES.items():
        (packed / f"{name}.gz").write_bytes(gzip.compress(content.encode()))
    assert load(packed).version == topology.version
    assert load(packed).domains_of("C3") == topology.domains_of("C3")


def test_the_version_names_content_and_attributes(topology: Topology, tmp_path: Path) -> None:
    assert len(topology.version) == 16
    assert int(topology.version, 16) >= 0
    assert load(tmp_path, ["cpe_firmware", "cpe_model"]).version == topology.version
    assert load(tmp_path, ["cpe_model"]).version != topology.version
    write(tmp_path, {"customers.csv": FILES["customers.csv"].replace("Ç4", "Ç5")})
    assert load(tmp_path).version != topology.version


def test_attributes_can_be_chosen(tmp_path: Path) -> None:
    topology = load(write(tmp_path, FILES), ["note"])
    assert [name for name in topology.names if "=" in name] == ["note=x", "note=y", "note=z"]
    none = load(tmp_path, [])
    assert not any("=" in name for name in none.names)
    assert named(none, none.domains_of("Ç4")) == ["MAIL", "*"]


@pytest.mark.parametrize("spelling", ["quoted", "crlf", "marked", "blank", "unended"])
def test_other_spellings_of_csv_mean_the_same(tmp_path: Path, spelling: str) -> None:
    spelt = {name: SPELLINGS[spelling](content) for name, content in FILES.items()}
    plain = load(write(tmp_path / "plain", FILES))
    other = load(write(tmp_path / spelling, spelt))
    assert other.names == plain.names
    assert list(other.customers_under(9)) == list(plain.customers_under(9))
    assert [other.domains_of(name) for name in ("C1", "C2", "C3", "Ç4")] == [
        plain.domains_of(name) for name in ("C1", "C2", "C3", "Ç4")
    ]


SPELLINGS = {
    "quoted": lambda text: text.replace("line-card", '"line-card"').replace("Ç4", '"Ç4"'),
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "marked": lambda text: "\ufeff" + text,
    "blank": lambda text: text.replace("\n", "\n\n"),
    "unended": lambda text: text.removesuffix("\n"),
}


def test_the_share_of_a_large_domain_is_told_from_a_sample(tmp_path: Path) -> None:
    rows = [f"C{n},CARD{1 + n % 2},{'x' if n % 3 else 'y'}" for n in range(30_000)]
    customers = "customer_id,depends_on,cpe_model\n" + "\n".join(rows) + "\n"
    topology = load(write(tmp_path, {**FILES, "customers.csv": customers}))
    card, model = at(topology, "CARD1"), at(topology, "cpe_model=x")
    exact = topology.shared(model, card) / min(topology.sizes[model], topology.sizes[card])
    assert topology.sizes[model] > 4_096
    assert abs(topology.share(model, card) - exact) < 0.03
    assert topology.share(card, topology.domain_count - 1) == 1.0


def test_a_field_may_go_on_over_a_block(tmp_path: Path) -> None:
    """A quoted field longer than a block of reading, with line feeds inside."""
    note = "a,b\n" * 20_000
    rows = f'C1,CARD1,"{note}"\nC2,CARD1,\nC3,NOPE,\n'.replace("NOPE", "CARD2")
    customers = f"customer_id,depends_on,note\n{rows}"
    topology = load(write(tmp_path, {**FILES, "customers.csv": customers}))
    assert list(topology.customers_under(0)) == ["C1", "C2"]


def test_several_rows_of_one_pair_have_one_edge(tmp_path: Path) -> None:
    """Groups may overlap: DSL needs one of UP1, UP2 and one of UP1, MAIL."""
    more = "DSL,UP1,mail\nDSL,MAIL,mail\nCARD1,DSL,spare\nCARD1,CARD2,spare\n"
    files = {**FILES, "dependencies.csv": FILES["dependencies.csv"] + more}
    topology = load(write(tmp_path, files))
    assert topology.graph.edges["DSL", "UP1"]["redundancy_group"] == "mail up"
    assert topology.graph.edges["CARD1", "DSL"]["redundancy_group"] == ""
    assert named(topology, topology.parents(at(topology, "DSL"))) == ["CORE"]


def test_no_customers_at_all(tmp_path: Path) -> None:
    topology = load(write(tmp_path, {**FILES, "customers.csv": "customer_id,depends_on\n"}))
    assert topology.customer_count == 0
    assert topology.sizes.sum() == 0
    assert topology.domains_of("C1") is None
    assert list(topology.customers_under(topology.domain_count - 1)) == []


def test_an_attribute_may_have_more_values_than_16_bits_hold(tmp_path: Path) -> None:
    rows = "".join(f"C{n},CARD1,M{n}\n" for n in range(33_000))
    files = FILES | {"customers.csv": "customer_id,depends_on,cpe_model\n" + rows}
    topology = load(write(tmp_path, files), max_values=40_000)
    names = named(topology, topology.domains_of("C32999"))
    assert [name for name in names if "=" in name] == ["cpe_model=M32999"]
