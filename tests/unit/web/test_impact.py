"""The file of the customers under a cause: made some lines at a time, safe to be opened."""

from __future__ import annotations

import asyncio

from correlator.web.api.around import cell, parts
from correlator.web.api.read_models import Line


def test_a_file_is_made_as_it_is_taken() -> None:
    asked: list[tuple[int, int]] = []

    def some(begin: int, end: int) -> list[Line]:
        asked.append((begin, end))
        return [Line(f"C{n}", None, "=A1") for n in range(begin, min(end, 5_000))]

    async def read() -> list[bytes]:
        found = []
        async for part in parts(some, 5_000):
            assert len(asked) == len(found)  # nothing is made ahead
            found.append(part)
        return found

    first, *others = asyncio.run(read())
    assert first == b"customer,equipment,region\r\n"
    assert asked == [(0, 2_000), (2_000, 4_000), (4_000, 6_000)]
    lines = b"".join(others).decode().splitlines()
    assert len(lines) == 5_000
    assert lines[0] == "C0,,'=A1"


def test_a_cause_without_customers_has_its_heading() -> None:
    async def read() -> list[bytes]:
        return [part async for part in parts(lambda _begin, _end: [], 0)]

    assert asyncio.run(read()) == [b"customer,equipment,region\r\n"]


def test_a_cell_may_be_empty() -> None:
    assert (cell(""), cell("C1"), cell("@x")) == ("", "C1", "'@x")
