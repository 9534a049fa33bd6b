"""Files that are no inventory at all: they end at once, with an error at its place."""

import gzip
import os
import re
import socket
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology import Finding, InventoryError, Topology, load
from topology.findings import MOST_FINDINGS, Hints
from topology.needs import MOST_ABOVE
from topology.source import LONGEST_LINE
from topology.tables import MOST_COLUMNS

SOUND = {
    "equipment.csv": "id,type\nCORE,core-router\nCARD,line-card\n",
    "dependencies.csv": "id,depends_on\nCARD,CORE\n",
    "customers.csv": "customer_id,depends_on\nC1,CARD\n",
}
SOON = 20
"""Seconds, on a busy machine. What is tested here took minutes, or never ended."""


def write(folder: Path, **files: str | None) -> Path:
    for name, sound in SOUND.items():
        content = files.get(name.removesuffix(".csv"), sound)
        if content is not None:
            (folder / name).write_text(content, encoding="utf-8")
    return folder


def findings(folder: Path) -> list[Finding]:
    with pytest.raises(InventoryError) as caught:
        load(folder)
    return list(caught.value.findings)


def chain(folder: Path, length: int) -> Path:
    """Write equipments that hang one below the other, and a customer at the end."""
    return write(
        folder,
        equipment="id,type\n" + "".join(f"E{n:05},x\n" for n in range(length)),
        dependencies="id,depends_on\n"
        + "".join(f"E{n:05},E{n - 1:05}\n" for n in range(1, length)),
        customers=f"customer_id,depends_on\nC1,E{length - 1:05}\n",
    )


# ----------------------------------------------------------------------------- regular files only


@pytest.mark.parametrize(
    "name", ["equipment.csv", "dependencies.csv.gz", "customers.csv", "links.csv"]
)
def test_a_fifo_is_not_waited_for(tmp_path: Path, name: str) -> None:
    write(tmp_path, **{name.split(".", maxsplit=1)[0]: None})
    os.mkfifo(tmp_path / name)
    told = "cannot be read: not a regular file but a fifo"
    assert Finding(name, 1, None, told) in findings(tmp_path)


def test_a_device_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, customers=None)
    (tmp_path / "customers.csv").symlink_to("/dev/zero")
    told = "cannot be read: not a regular file but a device"
    assert findings(tmp_path) == [Finding("customers.csv", 1, None, told)]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (write(tmp_path, customers=None) / "customers.csv").mkdir()
    told = "cannot be read: not a regular file but a folder"
    assert findings(tmp_path) == [Finding("customers.csv", 1, None, told)]


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, customers=None))  # names of sockets must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("customers.csv")
        told = "cannot be read: not a regular file but a socket"
        assert findings(tmp_path) == [Finding("customers.csv", 1, None, told)]


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "customers.csv").rename(tmp_path / "elsewhere")
    (tmp_path / "customers.csv").symlink_to("elsewhere")
    assert load(tmp_path).customer_count == 1


def test_a_name_that_no_folder_has(tmp_path: Path) -> None:
    told = [finding.message for finding in findings(tmp_path / "a\0b")]
    assert told == ["file is missing"] * 3


# ------------------------------------------------------------------------------------------ sizes


def test_a_table_has_so_many_columns(tmp_path: Path) -> None:
    more = [f"c{n}" for n in range(MOST_COLUMNS - 2)]
    header = ",".join(["id", "type", *more])
    rows = f"CARD,x{',' * len(more)}\nCORE,x{',' * len(more)}\n"
    assert load(write(tmp_path, equipment=f"{header}\n{rows}")).domain_count == 3
    write(tmp_path, equipment=f"{header},one-more\n{rows}")
    told = "1,001 columns: at most 1,000"
    assert findings(tmp_path) == [Finding("equipment.csv", 1, None, told)]


def test_a_million_columns(tmp_path: Path) -> None:
    write(tmp_path, equipment="id,type," + ",".join(map(str, range(1_000_000))) + "\n")
    began = time.monotonic()
    told = "cannot be read from here on: the line has more than 131,072 bytes"
    assert findings(tmp_path) == [Finding("equipment.csv", 1, None, told)]
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("before", [0, 1, 40_000])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_line_has_so_many_bytes(tmp_path: Path, before: int, quoted: bool) -> None:  # noqa: FBT001
    """The longest is read, in either way of reading; a longer one is named by its number."""
    first = '"C",CARD\n' if quoted else "C,CARD\n"
    head = "customer_id,depends_on,note\n" + first.replace("\n", ",\n")
    rows = head + "".join(f"C{n},CARD,\n" for n in range(before))
    longest = "D,CARD," + "x" * (LONGEST_LINE - 8) + "\n"
    assert load(write(tmp_path, customers=rows + longest)).customer_count == before + 2
    write(tmp_path, customers=rows + longest.replace("x", "xx", 1) + "D,CARD,\n")
    told = "cannot be read from here on: the line has more than 131,072 bytes"
    assert findings(tmp_path) == [Finding("customers.csv", before + 3, None, told)]


def test_a_packed_file_does_not_unpack_to_a_line_that_fills_the_memory(tmp_path: Path) -> None:
    write(tmp_path, customers=None)
    with gzip.open(tmp_path / "customers.csv.gz", "wb", compresslevel=1) as packed:
        packed.write(b"customer_id,depends_on\nC1,CARD\n")
        for _ in range(64):
            packed.write(bytes(1 << 20))
    told = "cannot be read from here on: the line has more than 131,072 bytes"
    assert findings(tmp_path) == [Finding("customers.csv.gz", 3, None, told)]


def test_a_field_that_never_ends(tmp_path: Path) -> None:
    """A quote that is opened and never closed takes in all lines below it."""
    rows = "".join(f"C{n},CARD\n" for n in range(50_000))
    write(tmp_path, customers=f'customer_id,depends_on\n"C,CARD\n{rows}')
    assert any("field larger than field limit" in one.message for one in findings(tmp_path))


# ------------------------------------------------------------------------------------- long chains


def test_a_chain_as_long_as_may_be(tmp_path: Path) -> None:
    network: Topology = load(chain(tmp_path, MOST_ABOVE + 1))
    last = network.domain(f"E{MOST_ABOVE:05}")
    assert last is not None
    assert network.parents(last) == (network.domain(f"E{MOST_ABOVE - 1:05}"),)
    assert len(network.domains_of("C1") or ()) == MOST_ABOVE + 2


def test_a_longer_chain_is_refused_once_and_soon(tmp_path: Path) -> None:
    chain(tmp_path, 30_000)
    began = time.monotonic()
    told = "more than 1,000 others each take equipment 'E01001' with them"
    assert findings(tmp_path) == [Finding("dependencies.csv", 1_002, "depends_on", told)]
    assert time.monotonic() - began < SOON


def test_a_long_chain_of_pairs_is_no_chain(tmp_path: Path) -> None:
    """With two ways everywhere no single failure takes away what is below it."""
    pairs = [(n, side) for n in range(1, 3_000) for side in "ab"]
    write(
        tmp_path,
        equipment="id,type\n" + "".join(f"E{n}{side},x\n" for n in range(3_000) for side in "ab"),
        dependencies="id,depends_on,redundancy_group\n"
        + "".join(f"E{n}{side},E{n - 1}{up},u\n" for n, side in pairs for up in "ab"),
        customers="customer_id,depends_on\nC1,E2999a\n",
    )
    assert len(load(tmp_path).domains_of("C1") or ()) == 2


def test_a_long_cycle_is_named_in_short(tmp_path: Path) -> None:
    chain(tmp_path, 30_000)
    with (tmp_path / "dependencies.csv").open("a", encoding="utf-8") as file:
        file.write("E00000,E29999\n")
    began = time.monotonic()
    (found,) = findings(tmp_path)
    assert time.monotonic() - began < SOON
    assert (found.file, found.line) == ("dependencies.csv", 2)
    assert found.message.startswith("cycle of dependencies: E00000 → E29999 → ")
    assert found.message.endswith(" → … 29,990 more … → E00000")


def test_many_cycles_are_found_soon(tmp_path: Path) -> None:
    pairs = "".join(f"E{n},E{n + 1}\nE{n + 1},E{n}\n" for n in range(0, 40_000, 2))
    write(
        tmp_path,
        equipment="id,type\n" + "".join(f"E{n},x\n" for n in range(40_000)),
        dependencies=f"id,depends_on\n{pairs}",
        customers="customer_id,depends_on\nC1,E1\n",
    )
    began = time.monotonic()
    found = findings(tmp_path)
    assert time.monotonic() - began < SOON
    assert len(found) == MOST_FINDINGS + 1
    assert found[0].message == "cycle of dependencies: E0 → E1 → E0"
    assert found[-1].message.startswith("19,000 more errors")


# ------------------------------------------------------------------------------------- many errors


def test_of_many_errors_the_first_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    rows = "C1,CARD\n" * 100_001
    write(
        tmp_path, equipment="id,type\nCARD,\nCORE,x\n", customers=f"customer_id,depends_on\n{rows}"
    )
    found = findings(tmp_path)
    assert [one.line for one in found[:MOST_FINDINGS]] == list(range(3, MOST_FINDINGS + 3))
    assert found[MOST_FINDINGS:] == [
        Finding(
            "customers.csv",
            MOST_FINDINGS + 3,
            None,
            "99,000 more errors in this file are not listed; here is one of them",
        ),
        Finding("equipment.csv", 2, "type", "equipment 'CARD' has no type"),
    ]


@pytest.mark.parametrize(("line", "count"), [(b"\n", 0), (b"\r\n", 0), (b"x\n", 1_000_000)])
def test_a_packed_file_of_many_lines_that_are_no_rows(
    tmp_path: Path, line: bytes, count: int
) -> None:
    """128 MiB of them; more errors than a million are not looked for."""
    write(tmp_path, customers=None)
    with gzip.open(tmp_path / "customers.csv.gz", "wb", compresslevel=1) as packed:
        packed.write(b"customer_id,depends_on\n")
        for _ in range(128):
            packed.write(line * ((1 << 20) // len(line)))
        packed.write(b"C1,\n")
    began = time.monotonic()
    found = findings(tmp_path)
    assert time.monotonic() - began < 3 * SOON
    if count:
        assert len(found) == MOST_FINDINGS + 1
        assert re.match("1,0[0-9]{2},[0-9]{3} more errors|999,[0-9]{3} more", found[-1].message)
    else:
        lines = 128 * ((1 << 20) // len(line)) + 2
        assert {one.line for one in found} == {lines}


def test_a_long_name_is_cut_in_messages(tmp_path: Path) -> None:
    write(tmp_path, customers=f"customer_id,depends_on\nC1,{'x' * 100_000}\n")
    (found,) = findings(tmp_path)
    assert found.message.startswith("unknown equipment 'xxx")
    assert len(found.message) == 1_001


def test_hints_cost_little() -> None:
    names = [f"DSL-{n:05}/C07" for n in range(2_000)]
    hints = Hints(names)
    began = time.monotonic()
    given = [hints.near(name.replace("DSL", "DLS")) for name in names]
    assert time.monotonic() - began < SOON
    assert sum(map(bool, given)) == 20
    assert Hints(["x" * 500]).near("x" * 501) == ""


# ---------------------------------------------------------------------------------------- whatever

HEADERS = [
    *(b"id,type\n", b"id,depends_on,redundancy_group\n", b"customer_id,depends_on,offer\n"),
    *(b"a,b\n", b"id,depends_on,kind\n"),
]
ROWS = [
    b"A,x\n",
    b"D,core-router\n",
    b"A,D\n",
    b"B,A,power\n",
    b"A,B,management\n",
    b"B,A\n",
    b"A,B,g\n",
    b"C1,A B,gold\n",
]
ODDITIES = [b'"', b",", b"\n", b"\r", b"\0", b"\xef\xbb\xbf", b"\xff", b"\x1f\x8b\x08"]
PIECES = st.sampled_from([*HEADERS, *ROWS, *ODDITIES])
CONTENT = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=20).map(b"".join))
NAMES = st.sampled_from(["", ".gz"])


def found_in(folder: Path) -> list[Finding]:
    try:
        load(folder)
    except InventoryError as error:
        return list(error.findings)
    return []


@given(contents=st.tuples(*[CONTENT] * 4), packed=st.tuples(*[NAMES] * 4))
def test_whatever_stands_there_is_read_or_refused(
    contents: tuple[bytes, ...], packed: tuple[str, ...]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content, suffix in zip([*SOUND, "links.csv"], contents, packed, strict=True):
            whole = gzip.compress(content) if suffix and len(content) % 2 else content
            (Path(folder) / f"{name}{suffix}").write_bytes(whole)
        assert all(one.line >= 1 and one.message for one in found_in(Path(folder)))
