"""Links, which have no direction: rings, meshes, and what they lead to."""

import gzip
import time
from pathlib import Path

import networkx as nx
import pytest

from topology import Finding, InventoryError, Topology, load
from topology.arcs import MOST_CUT_OFF, MOST_LINKS

CORE = "core-router"
RING = "a,b\nCORE,A\nA,B\nB,C\nC,CORE\n"
EQUIPMENT = f"id,type\nCORE,{CORE}\nA,switch\nB,switch\nC,switch\nLINE,card\n"


def write(
    folder: Path,
    links: str | bytes | None,
    *,
    equipment: str = EQUIPMENT,
    dependencies: str = "LINE,B,\n",
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "equipment.csv").write_text(equipment, encoding="utf-8")
    header = "id,depends_on,redundancy_group\n"
    (folder / "dependencies.csv").write_text(header + dependencies, encoding="utf-8")
    last = equipment.splitlines()[-1].partition(",")[0]
    customers = f"customer_id,depends_on\nC1,{last}\n"
    (folder / "customers.csv").write_text(customers, encoding="utf-8")
    if links is not None:
        raw = links if isinstance(links, bytes) else links.encode()
        (folder / "links.csv").write_bytes(raw)
    return folder


def findings(folder: Path, *core: str) -> list[Finding]:
    with pytest.raises(InventoryError) as caught:
        load(folder, core=core or (CORE,))
    return list(caught.value.findings)


def names(topology: Topology, domains: list[int] | tuple[int, ...]) -> list[str]:
    return [topology.name(domain) for domain in domains]


def under(topology: Topology, name: str) -> list[str]:
    return names(topology, topology.equipment_under(topology.names.index(name)))


def arcs(topology: Topology, *asked: str) -> list[list[str]]:
    found = topology.arcs([topology.names.index(name) for name in asked])
    return [names(topology, arc) for arc in found]


def test_a_ring_takes_nobody_along_but_the_core(tmp_path: Path) -> None:
    topology = load(write(tmp_path, RING))
    assert under(topology, "CORE") == ["A", "B", "C", "LINE"]
    assert under(topology, "A") == under(topology, "C") == []
    assert under(topology, "B") == ["LINE"]
    assert names(topology, topology.parents(topology.names.index("B"))) == ["CORE"]
    assert names(topology, topology.parents(topology.names.index("LINE"))) == ["B"]


def test_what_hangs_on_a_line_fails_with_every_place_before(tmp_path: Path) -> None:
    topology = load(write(tmp_path, "b,a,note\nCORE,A,x\nA,B,\nB,C,y\n"))
    assert under(topology, "A") == ["B", "C", "LINE"]
    assert names(topology, topology.parents(topology.names.index("C"))) == ["B"]
    assert names(topology, topology.domains_of("C1") or ()) == ["A", "B", "CORE", "LINE", "*"]


def test_a_shared_building_breaks_a_ring_twice(tmp_path: Path) -> None:
    """A and C stand in one building: B between them loses both ways with it."""
    equipment = EQUIPMENT.replace("LINE", "HOUSE,site\nLINE")
    topology = load(
        write(tmp_path, RING, equipment=equipment, dependencies="A,HOUSE,\nC,HOUSE,\nLINE,B,\n")
    )
    assert under(topology, "HOUSE") == ["A", "B", "C", "LINE"]
    assert under(topology, "A") == []


def test_two_that_need_each_other_are_not_each_others_parents(tmp_path: Path) -> None:
    """B reaches the core through A alone, and A does not work without B."""
    topology = load(write(tmp_path, "a,b\nCORE,A\nA,B\n", dependencies="A,B,\nLINE,B,\n"))
    assert under(topology, "A") == ["B", "LINE"]
    assert under(topology, "B") == ["A", "LINE"]
    for name in "AB":
        domain = topology.names.index(name)
        assert names(topology, topology.parents(domain)) == ["CORE"]
        assert names(topology, sorted(topology.above(domain))) == ["CORE"]
    assert names(topology, topology.parents(topology.names.index("LINE"))) == ["A", "B"]


def test_the_core_fails_only_by_itself_and_its_dependencies(tmp_path: Path) -> None:
    equipment = EQUIPMENT.replace("A,switch", f"A,{CORE}")
    topology = load(write(tmp_path, RING, equipment=equipment, dependencies="CORE,LINE,\n"))
    assert under(topology, "LINE") == ["CORE"]
    assert under(topology, "CORE") == under(topology, "A") == []


def test_other_types_may_be_the_core(tmp_path: Path) -> None:
    write(tmp_path, RING)
    topology = load(tmp_path, core=("card", "switch"))
    assert under(topology, "A") == []
    assert under(topology, "B") == ["LINE"]
    assert under(topology, "CORE") == []


def test_no_links_are_an_empty_graph(tmp_path: Path) -> None:
    topology = load(write(tmp_path, None))
    assert len(topology.links) == 0
    assert topology.arcs(range(topology.domain_count)) == []
    assert len(load(write(tmp_path, "a,b\n")).links) == 0


def test_the_links_are_a_frozen_graph(tmp_path: Path) -> None:
    topology = load(write(tmp_path, RING))
    assert sorted(topology.links) == ["A", "B", "C", "CORE"]
    assert topology.links.has_edge("B", "A")
    with pytest.raises(nx.NetworkXError):
        topology.links.add_edge("A", "C")


# ------------------------------------------------------------------------------------------- arcs


def test_the_arcs_of_a_ring(tmp_path: Path) -> None:
    topology = load(write(tmp_path, RING))
    assert arcs(topology, "B") == [["A", "B"], ["B", "C"], ["A", "B", "C"]]
    assert arcs(topology, "A") == [["A", "B"], ["A", "B", "C"]]
    assert arcs(topology, "A", "C") == arcs(topology, "B")
    assert arcs(topology, "CORE", "LINE", "*") == []
    assert arcs(topology) == []


def test_a_ring_between_two_cores(tmp_path: Path) -> None:
    equipment = EQUIPMENT.replace("LINE", f"FAR,{CORE}\nLINE")
    links = "a,b\nCORE,A\nA,B\nFAR,B\nCORE,FAR\n"
    topology = load(write(tmp_path, links, equipment=equipment))
    assert arcs(topology, "A") == [["A", "B"]]


def test_what_hangs_on_a_ring_goes_along(tmp_path: Path) -> None:
    """C hangs on B by one link: alone that is no arc, with B it is one."""
    topology = load(write(tmp_path, "a,b\nCORE,A\nA,B\nB,CORE\nB,C\n"))
    assert arcs(topology, "C") == [["B", "C"], ["A", "B", "C"]]


def test_two_links_of_one_ring_below_another(tmp_path: Path) -> None:
    equipment = EQUIPMENT.replace("LINE", "D,switch\nE,switch\nLINE")
    links = "a,b\nCORE,A\nA,B\nB,CORE\nB,C\nC,D\nD,E\nE,B\n"
    topology = load(write(tmp_path, links, equipment=equipment))
    assert arcs(topology, "E") == [
        *(["D", "E"], ["C", "D", "E"], ["B", "C", "D", "E"], ["A", "B", "C", "D", "E"]),
    ]


def wheel(folder: Path, links: int) -> Topology:
    """Return a ring of so many links, CORE among its places."""
    ring = [f"R{number:04}" for number in range(links - 1)]
    equipment = f"id,type\nCORE,{CORE}\n" + "".join(f"{name},switch\n" for name in ring)
    rows = zip(["CORE", *ring], [*ring, "CORE"], strict=True)
    text = "a,b\n" + "".join(f"{one},{other}\n" for one, other in rows)
    return load(write(folder, text, equipment=equipment, dependencies=""))


def test_a_block_of_more_than_64_links_is_left_out(tmp_path: Path) -> None:
    most = wheel(tmp_path / "most", MOST_LINKS)
    assert len(most.arcs(range(most.domain_count))) == (MOST_LINKS - 1) * (MOST_LINKS - 2) // 2
    assert wheel(tmp_path / "more", MOST_LINKS + 1).arcs([1, 2, 3]) == []


def test_an_arc_of_more_than_a_thousand_is_left_out(tmp_path: Path) -> None:
    """On B of the ring A, B hang a thousand, less one, in a star."""
    hanging = [f"S{number:04}" for number in range(MOST_CUT_OFF - 1)]
    equipment = f"id,type\nCORE,{CORE}\nA,x\nB,x\n" + "".join(f"{name},x\n" for name in hanging)
    links = "a,b\nCORE,A\nA,B\nB,CORE\n" + "".join(f"B,{name}\n" for name in hanging)
    topology = load(write(tmp_path, links, equipment=equipment, dependencies=""))
    assert [len(arc) for arc in topology.arcs([topology.names.index("A")])] == []
    assert [len(arc) for arc in topology.arcs([topology.names.index("B")])] == [MOST_CUT_OFF]


# ------------------------------------------------------------------------------------ the version


def test_the_version_knows_of_links_only_if_there_are_any(tmp_path: Path) -> None:
    bare = load(write(tmp_path, None))
    assert load(tmp_path, core=("switch",)).version == bare.version
    linked = load(write(tmp_path, RING))
    other = load(tmp_path, core=("switch",))
    more = load(tmp_path, core=("switch", CORE, "switch"))
    assert len({bare.version, linked.version, other.version, more.version}) == 4
    assert load(tmp_path, core=(CORE, "switch")).version == more.version
    assert load(write(tmp_path, RING.replace("C,CORE", "CORE,C"))).version != linked.version


def test_a_known_version_stays_what_it_was(tmp_path: Path) -> None:
    """An inventory of before links and kinds: a changed version is a reload for nothing."""
    assert load(write(tmp_path, None)).version == "f2d7e7e6b8da02f6"


def test_packed_links_are_links(tmp_path: Path) -> None:
    plain = load(write(tmp_path / "plain", RING))
    folder = write(tmp_path / "packed", None)
    (folder / "links.csv.gz").write_bytes(gzip.compress(RING.encode()))
    packed = load(folder)
    assert packed.version == plain.version
    assert under(packed, "CORE") == under(plain, "CORE")


# ----------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ("", (1, "a", "mandatory column 'a' is missing")),
        ("a,c\n", (1, "b", "mandatory column 'b' is missing")),
        ("a,b\nCORE,COR\n", (2, "b", "unknown equipment 'COR', did you mean 'CORE'?")),
        ("a,b\nXXXXXX,CORE\n", (2, "a", "unknown equipment 'XXXXXX'")),
        ("a,b\nCORE,A\n,B\n", (3, "a", "empty a")),
        ("a,b\nCORE,A\nB,\n", (3, "b", "empty b")),
        ("a,b\nCORE,A\nA,A\n", (3, "b", "equipment 'A' is linked to itself")),
        (
            "a,b\nCORE,A\nCORE,A\n",
            (3, None, "link of 'CORE' and 'A' is given twice, first on line 2"),
        ),
        (
            "a,b\nCORE,A\n\nA,CORE\n",
            (4, None, "link of 'A' and 'CORE' is given twice, first on line 2"),
        ),
        ("a,b\nCORE,A\nB\n", (3, None, "bad row: 1 fields where the header has 2")),
        (b"a,b\nCORE,A\nA,B,\xff\n", (3, None, "not UTF-8")),
        (
            "a,b\nCORE,A\nC,B\n",
            (3, None, "no links lead from 'B' and 1 linked with it to the core ('core-router')"),
        ),
    ],
)
def test_an_error_is_located(
    tmp_path: Path, links: str | bytes, expected: tuple[int, str | None, str]
) -> None:
    found = findings(write(tmp_path, links))
    assert Finding("links.csv", *expected) in found
    assert {one.line for one in found} == {expected[0]}  # no echo


def test_links_without_any_core_are_refused_once(tmp_path: Path) -> None:
    told = "links lead to the core, and no equipment is of a type of the core ('bng', 'olt')"
    assert findings(write(tmp_path, "a,b\n\nA,B\nC,CORE\n"), "olt", "bng") == [
        Finding("links.csv", 3, None, told)
    ]


def test_a_core_that_could_not_be_read_is_not_missed(tmp_path: Path) -> None:
    equipment = EQUIPMENT.replace(f"CORE,{CORE}", f"CORE,{CORE},too long")
    (found,) = findings(write(tmp_path, RING, equipment=equipment))
    assert (found.file, found.line) == ("equipment.csv", 2)


def test_two_files_of_links_are_refused(tmp_path: Path) -> None:
    write(tmp_path, RING)
    (tmp_path / "links.csv.gz").write_bytes(gzip.compress(RING.encode()))
    told = "both links.csv and links.csv.gz are there"
    assert findings(tmp_path) == [Finding("links.csv", 1, None, told)]


def test_links_and_dependencies_may_be_wrong_at_once(tmp_path: Path) -> None:
    write(tmp_path, RING + "A,D\n", dependencies="A,B,\nB,A,\n")
    assert [(one.file, one.line) for one in findings(tmp_path)] == [
        ("dependencies.csv", 2),
        ("links.csv", 6),
    ]


def line(folder: Path, length: int, *, closed: bool) -> Path:
    """Write a line of links with the core at its head, or at both ends."""
    equipment = f"id,type\nCORE,{CORE}\n" + "".join(f"E{n:05},x\n" for n in range(length))
    links = "a,b\nCORE,E00000\n" + "".join(f"E{n - 1:05},E{n:05}\n" for n in range(1, length))
    links += f"E{length - 1:05},CORE\n" if closed else ""
    return write(folder, links, equipment=equipment, dependencies="")


def test_a_long_line_of_links_is_refused_once_and_soon(tmp_path: Path) -> None:
    line(tmp_path, 20_000, closed=False)
    began = time.monotonic()
    told = "more than 1,000 others each take equipment 'E01000' with them"
    assert findings(tmp_path) == [Finding("links.csv", 1_002, None, told)]
    assert time.monotonic() - began < 20


def test_a_long_ring_is_none_of_a_line(tmp_path: Path) -> None:
    began = time.monotonic()
    topology = load(line(tmp_path, 20_000, closed=True))
    assert len(topology.domains_of("C1") or ()) == 3
    assert time.monotonic() - began < 20


def ladder(folder: Path, rungs: int) -> Path:
    """Write a network in which CUT, failing, fells L0, thereby D0, thereby L1, thereby D1, ….

    Each needs one of two things (CUT and the one before), by link or by dependency in turn.
    """
    names = [f"{kind}{n}" for n in range(rungs) for kind in ("L", "D")]
    equipment = f"id,type\nCORE,{CORE}\nCUT,x\nHEAD,x\n" + "".join(f"{one},x\n" for one in names)
    links = "a,b\nCORE,CUT\nCORE,HEAD\n" + "".join(f"L{n},CUT\n" for n in range(rungs))
    links += "".join(f"L{n + 1},D{n}\nD{n},HEAD\n" for n in range(rungs - 1))
    rows = "".join(f"D{n},L{n},g\nD{n},CUT,g\n" for n in range(rungs))
    return write(folder, links, equipment=equipment, dependencies=rows)


def test_dependencies_and_links_may_alternate(tmp_path: Path) -> None:
    topology = load(ladder(tmp_path / "short", 40))
    assert len(under(topology, "CUT")) == 80
    assert under(topology, "L3") == under(topology, "D3") == []
    (found,) = findings(ladder(tmp_path / "long", 400))
    assert (found.file, found.column) == ("links.csv", None)
    assert found.message.startswith("around 'CUT' dependencies and links lead to each other")
