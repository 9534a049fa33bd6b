"""Erasure: a customer's id becomes another one in the whole archive, and their words go.

The new id stands for them everywhere, so that history stays what it was: who has called again, how
many lines a cause has. Which id it was is nowhere.
"""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from correlator.adapters.archive.archive import ABOUT, Archive, InventoryNote
from correlator.engine.state import dump, load

_CUSTOMERS = ("customers.csv", "customers.csv.gz")


def erase(archive: Archive, customer: str, stand_in: str) -> int:
    """Replace a customer's id by `stand_in`, and their texts by nothing; returns how many files.

    To do so again with the same `stand_in` changes nothing more: an erasure that was interrupted is
    finished that way.
    """
    texts: set[str] = set()
    changed = 0
    for part in archive.parts():
        changed += archive.rewrite(part.path, lambda t: _without(t, customer, stand_in, texts))
    for part in archive.parts("decisions"):
        changed += archive.rewrite(part.path, lambda t: _without(t, customer, stand_in, texts))
    for note in archive.snapshots():
        state = load(archive.snapshot(note.number))
        other = _replaced(state, customer, stand_in, texts)
        if (written := dump(other)) != dump(state):
            archive.rewrite_snapshot(note.number, written)
            changed += 1
    return changed + _from_inventories(archive, customer, stand_in)


def _without(table: pa.Table, customer: str, stand_in: str, texts: set[str]) -> pa.Table | None:
    quoted = msgspec.json.encode(customer).decode()
    named = pc.match_substring(table.column("body"), quoted)
    if not pc.any(named).as_py():
        return None
    rows = table.to_pylist()
    for row, is_named in zip(rows, named.to_pylist(), strict=True):
        if is_named:
            _erase_from(row, customer, stand_in, texts)
    return pa.Table.from_pylist(rows, schema=table.schema)


def _erase_from(row: dict[str, Any], customer: str, stand_in: str, texts: set[str]) -> None:
    body = msgspec.json.decode(row["body"])
    if row.get("customer") == customer:
        row["customer"] = stand_in
        if body.get("text"):
            texts.add(body["text"])
            row["text"], body["text"] = None, ""
    row["body"] = msgspec.json.encode(_replaced(body, customer, stand_in, set())).decode()


def _replaced(value: Any, customer: str, stand_in: str, texts: set[str]) -> Any:
    """Return a state with another id, and none of these texts, wherever they stand."""
    if isinstance(value, str):
        if value == customer:
            return stand_in
        return "" if value in texts else value
    if isinstance(value, dict):
        return {
            _replaced(key, customer, stand_in, texts): _replaced(one, customer, stand_in, texts)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_replaced(one, customer, stand_in, texts) for one in value]
    return value


def _from_inventories(archive: Archive, customer: str, stand_in: str) -> int:
    changed = 0
    for version in archive.versions("inventories"):
        with TemporaryDirectory() as place:
            folder = archive.fetch_folder("inventories", version, Path(place))
            name = next((one for one in _CUSTOMERS if (folder / one).exists()), None)
            content = None if name is None else _renamed(folder / name, customer, stand_in)
            if name is None or content is None:
                continue
            note = msgspec.json.decode((folder / ABOUT).read_bytes(), type=InventoryNote)
            erased = msgspec.json.encode(msgspec.structs.replace(note, erased=True))
            archive.replace_file("inventories", version, ABOUT, erased)
            archive.replace_file("inventories", version, name, content)
            changed += 1
    return changed


def _renamed(path: Path, customer: str, stand_in: str) -> bytes | None:
    packed = path.suffix == ".gz"
    raw = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    at = rows[0].index("customer_id") if rows and "customer_id" in rows[0] else -1
    if at < 0 or not any(row[at : at + 1] == [customer] for row in rows):
        return None
    for row in rows[1:]:
        if row[at : at + 1] == [customer]:
            row[at] = stand_in
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    content = out.getvalue().encode()
    return gzip.compress(content, 6, mtime=0) if packed else content
