"""Cutting plain text into columns gives what the csv module gives."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology import source, tables
from topology.findings import Finding
from topology.tables import Table

FIELD = st.text('ab ,"\né', max_size=4)


@given(st.text('ab,\n\r"', max_size=20), st.integers(2, 3))
def test_what_is_cut_is_what_csv_reads(text: str, width: int) -> None:
    chunk = tables._cut(text, width, 5)
    if chunk is None:
        return
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [list(row) for row in zip(*chunk.columns, strict=True)] == rows
    assert chunk.lines.tolist() == list(range(5, 5 + len(rows)))


@given(
    st.lists(st.tuples(FIELD, FIELD)),
    st.sampled_from([1, 10, 60, 1 << 16]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_every_row_comes_with_its_line(
    rows: list[tuple[str, str]], block: int, quoting: int
) -> None:
    text = io.StringIO()
    lines = []
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    for row in [("a", "b"), *rows]:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    found, findings = read(text.getvalue().encode(), block)
    assert found == list(zip(rows, lines[1:], strict=True))
    assert findings == []


@given(st.lists(st.binary(max_size=12), max_size=6), st.sampled_from([1, 10, 1 << 16]))
def test_no_bytes_make_it_raise(lines: list[bytes], block: int) -> None:
    content = b"a,b\n1,2\n" + b"\n".join(lines)
    _, findings = read(content, block)
    assert all(1 <= one.line <= content.count(b"\n") + 1 for one in findings)


def read(content: bytes, block: int) -> tuple[list[tuple[tuple[str, ...], int]], list[Finding]]:
    findings: list[Finding] = []
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_BLOCK", block)
        (Path(folder) / "x.csv").write_bytes(content)
        table = Table(Path(folder), "x.csv", ("a", "b"), findings)
        rows = [row for chunk in table.chunks() for row in chunk.numbered()]
    return rows, findings
