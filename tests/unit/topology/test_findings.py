import gzip
from pathlib import Path

import pytest

from topology import Finding, InventoryError, load

SOUND = {
    "equipment.csv": "id,type\nCORE,core-router\nCARD,line-card\n",
    "dependencies.csv": "id,depends_on,redundancy_group\nCARD,CORE,\n",
    "customers.csv": "customer_id,depends_on,offer\nC1,CARD,gold\nC2,CARD,\n",
}


def write(folder: Path, **files: str | bytes | None) -> Path:
    """Write a sound inventory, but for the files given (`None`: no such file)."""
    for name, sound in SOUND.items():
        content = files.get(name.removesuffix(".csv"), sound)
        (folder / name).unlink(missing_ok=True)
        if content is not None:
            raw = content if isinstance(content, bytes) else content.encode()
            (folder / name).write_bytes(raw)
    return folder


def findings(folder: Path, *attributes: str, max_values: int = 10_000) -> list[Finding]:
    with pytest.raises(InventoryError) as caught:
        load(folder, attributes or None, max_values=max_values)
    return list(caught.value.findings)


def test_a_sound_inventory_loads(tmp_path: Path) -> None:
    assert load(write(tmp_path)).customer_count == 2


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"equipment": None},
            Finding("equipment.csv", 1, None, "file is missing"),
            id="missing file",
        ),
        pytest.param(
            {"customers": ""},
            Finding("customers.csv", 1, "depends_on", "mandatory column 'depends_on' is missing"),
            id="empty file",
        ),
        pytest.param(
            {"equipment": "id,typ\nCARD,x\n"},
            Finding(
                "equipment.csv",
                1,
                "type",
                "mandatory column 'type' is missing, did you mean 'typ'?",
            ),
            id="missing mandatory column",
        ),
        pytest.param(
            {"dependencies": "id,depends_on,id\n"},
            Finding("dependencies.csv", 1, "id", "column 'id' is given twice"),
            id="column twice",
        ),
        pytest.param(
            {"customers": "customer_id,depends_on\nC1,CARD\n\nC2\nC3,CARD,x\n"},
            Finding("customers.csv", 4, None, "bad row: 1 fields where the header has 2"),
            id="bad row",
        ),
        pytest.param(
            {"equipment": 'id,type\nCORE,"core\nrouter"\nCARD,card\n,card\n'},
            Finding("equipment.csv", 5, "id", "empty equipment id"),
            id="empty id after a field of two lines",
        ),
        pytest.param(
            {"equipment": "id,type\nCORE,\nCARD,card\n"},
            Finding("equipment.csv", 2, "type", "equipment 'CORE' has no type"),
            id="empty type",
        ),
        pytest.param(
            {"equipment": "id,type\nCORE,a\nCARD,b\nCORE,c\n"},
            Finding("equipment.csv", 4, "id", "duplicate equipment id 'CORE', first on line 2"),
            id="duplicate equipment",
        ),
        pytest.param(
            {"customers": "customer_id,depends_on\nC1,CARD\nC2,CARD\nC1,CORE\n"},
            Finding(
                "customers.csv", 4, "customer_id", "duplicate customer id 'C1', first on line 2"
            ),
            id="duplicate customer",
        ),
        pytest.param(
            {"customers": "customer_id,depends_on\nC1,CARD\n,CARD\n"},
            Finding("customers.csv", 3, "customer_id", "empty customer id"),
            id="empty customer",
        ),
        pytest.param(
            {"customers": "customer_id,depends_on\nC1, \nC2,CARD\n"},
            Finding("customers.csv", 2, "depends_on", "empty depends_on"),
            id="customer without equipment",
        ),
        pytest.param(
            {"customers": "customer_id,depends_on\nC1,CARD\nC2,CORE CARS\n"},
            Finding(
                "customers.csv",
                3,
                "depends_on",
                "unknown equipment 'CARS', did you mean 'CARD'?",
            ),
            id="dangling id of a customer",
        ),
        pytest.param(
            {"dependencies": "id,depends_on\nCARD,CORE\nXXXXX,CORE\n"},
            Finding("dependencies.csv", 3, "id", "unknown equipment 'XXXXX'"),
            id="dangling dependant",
        ),
        pytest.param(
            {"dependencies": "id,depends_on\nCARD,YYYYY\n"},
            Finding("dependencies.csv", 2, "depends_on", "unknown equipment 'YYYYY'"),
            id="dangling dependency",
        ),
        pytest.param(
            {"dependencies": "id,depends_on\nCARD,\n"},
            Finding("dependencies.csv", 2, "depends_on", "empty depends_on"),
            id="empty dependency",
        ),
        pytest.param(
            {"dependencies": "id,depends_on\nCARD,CORE\nCARD,CARD\n"},
            Finding("dependencies.csv", 3, "depends_on", "equipment 'CARD' depends on itself"),
            id="self dependency",
        ),
        pytest.param(
            {"dependencies": "id,depends_on\nCARD,CORE\nCORE,CARD\n"},
            Finding(
                "dependencies.csv",
                2,
                "depends_on",
                "cycle of dependencies: CARD → CORE → CARD",
            ),
            id="cycle",
        ),
        pytest.param(
            {"dependencies": "id,depends_on\nCARD,CORE\nCARD,CORE\n"},
            Finding(
                "dependencies.csv",
                3,
                None,
                "dependency 'CARD' on 'CORE' is given twice, first on line 2",
            ),
            id="duplicate dependency",
        ),
        pytest.param(
            {"equipment": "id,type\nCORE,a\nCARD,b\noffer=gold,c\n"},
            Finding(
                "equipment.csv",
                4,
                "id",
                "equipment id 'offer=gold' is also the name of another failure domain",
            ),
            id="name clash",
        ),
        pytest.param(
            {"equipment": "id,type\nCORE,a\nCARD,b\n*,c\n"},
            Finding(
                "equipment.csv",
                4,
                "id",
                "equipment id '*' is also the name of another failure domain",
            ),
            id="clash with the outside",
        ),
        pytest.param(
            {"customers": b"customer_id,depends_on\nC1,CARD\nC\xff,CARD\n"},
            Finding("customers.csv", 3, None, "not UTF-8"),
            id="not UTF-8",
        ),
        pytest.param(
            {"customers": 'customer_id,depends_on\nC1,CARD\n"C2"x,CARD\nC3,CARD\n'},
            Finding("customers.csv", 3, None, "bad row: ',' expected after '\"'"),
            id="bad quotes",
        ),
    ],
)
def test_an_error_is_located(tmp_path: Path, files: dict[str, str], expected: Finding) -> None:
    assert expected in findings(write(tmp_path, **files))


def test_an_error_has_no_echo(tmp_path: Path) -> None:
    """A row left out of equipment.csv does not make everything on it unknown."""
    broken = "id,type\nCORE,core-router\nCARD,line-card,too,long\n"
    assert [found.line for found in findings(write(tmp_path, equipment=broken))] == [3]
    assert len(findings(write(tmp_path, equipment=None, dependencies="id,depends_on\nA,B\n"))) == 1


def test_all_errors_come_at_once_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        equipment="id,type\nCORE,a\nCARD,b\nCARD,b\n",
        dependencies="id,depends_on\nCARD,NOWHERE\nCARD,CORE\nCORE,CARD\n",
        customers=b"customer_id,depends_on,offer\nC1,CARD,a\nC1,ELSEWHERE,b\n\xe9,CARD,c\nC4,CARD\n",
    )
    found = findings(tmp_path, "offer", "region", max_values=2)
    assert [(one.file, one.line, one.column) for one in found] == [
        ("customers.csv", 1, "region"),
        ("customers.csv", 3, "customer_id"),
        ("customers.csv", 3, "depends_on"),
        ("customers.csv", 4, None),
        ("customers.csv", 4, "offer"),
        ("customers.csv", 5, None),
        ("dependencies.csv", 2, "depends_on"),
        ("dependencies.csv", 3, "depends_on"),
        ("equipment.csv", 4, "id"),
    ]


def test_errors_past_bad_quotes_are_found(tmp_path: Path) -> None:
    customers = b'customer_id,depends_on\n"C"1,CARD\nC2,"A\nB"\n"C"3,CARD\n\xff,CARD\nC4,NOPE\nC4,"'
    found = findings(write(tmp_path, customers=customers))
    assert [one.line for one in found] == [2, 3, 5, 6, 7, 8]


def test_an_error_prints_as_file_line_message() -> None:
    found = Finding("customers.csv", 7, "offer", "no")
    assert str(InventoryError([found, Finding("a.csv", 1, None, "x")])) == (
        "a.csv:1: x\ncustomers.csv:7: no"
    )


def test_every_tangle_of_cycles_is_named(tmp_path: Path) -> None:
    names = "ABCDE"
    write(
        tmp_path,
        equipment="id,type\n" + "".join(f"{name},x\n" for name in names),
        dependencies="id,depends_on\nA,B\nB,A\nC,A\nC,D\nD,E\nE,C\n",
        customers="customer_id,depends_on\nC1,A\n",
    )
    assert [(one.line, one.message.split(": ")[1]) for one in findings(tmp_path)] == [
        (2, "A → B → A"),
        (5, "C → D → E → C"),
    ]


def test_a_column_may_have_exactly_the_most_values(tmp_path: Path) -> None:
    rows = "".join(f"C{n},CARD,v{n}\n" for n in range(3))
    write(tmp_path, customers=f"customer_id,depends_on,serial\n{rows}C9,CARD,\n")
    assert load(tmp_path, ["serial"], max_values=3).domain_count == 2 + 3 + 1
    expected = Finding(
        "customers.csv", 4, "serial", "attribute column 'serial' has more than 2 values"
    )
    assert findings(tmp_path, "serial", max_values=2) == [expected]


def test_a_name_that_no_index_takes_is_reported_at_its_place(tmp_path: Path) -> None:
    longest, long = "é" * 512, "é" * 513
    write(tmp_path, equipment=f"id,type\nCORE,x\nCARD,x\n{longest},x\n{long},x\n")
    assert findings(tmp_path) == [
        Finding("equipment.csv", 5, "id", "equipment id of 513 characters: at most 512")
    ]
    rows = f"C1,CARD,{longest[6:]}\nC2,CARD,\nC3,CARD,{longest[5:]}\nC4,CARD,{longest[5:]}\n"
    write(tmp_path, customers=f"customer_id,depends_on,offer\n{rows}")
    text = "value of 507 characters: 'offer=…' is a name of at most 512"
    assert findings(tmp_path) == [Finding("customers.csv", 4, "offer", text)]


def test_two_columns_may_not_name_the_same_domain(tmp_path: Path) -> None:
    write(tmp_path, customers="customer_id,depends_on,a,a=b\nC1,CARD,b=c,c\n")
    text = "two attribute columns have a value named 'a=b=c'"
    assert findings(tmp_path, "a", "a=b") == [Finding("customers.csv", 1, None, text)]


def test_broken_gzip_is_reported(tmp_path: Path) -> None:
    write(tmp_path, customers=None, equipment=None)
    whole = gzip.compress(SOUND["customers.csv"].encode())
    (tmp_path / "customers.csv.gz").write_bytes(whole[:-9])
    (tmp_path / "equipment.csv.gz").write_bytes(b"not gzip at all")
    assert [(one.file, one.line) for one in findings(tmp_path)] == [
        ("customers.csv.gz", 1),
        ("equipment.csv.gz", 1),
    ]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "customers.csv.gz").write_bytes(gzip.compress(b"customer_id,depends_on\n"))
    text = "both customers.csv and customers.csv.gz are there"
    assert findings(tmp_path) == [Finding("customers.csv", 1, None, text)]
