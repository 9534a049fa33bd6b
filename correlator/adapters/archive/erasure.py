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
from correlator.engine.state import dump, forget, load
from correlator.formats.forgetting import ticket_without
from correlator.model import Eraser, Forgotten, Ticket

_CUSTOMERS = ("customers.csv", "customers.csv.gz")


def erase(archive: Archive, who: Forgotten, *, dry_run: bool = False) -> int:
    """Replace a customer's id by the one that stands for it, and their texts by nothing.

    Returns how many files. To do so again with the same id changes nothing more: an erasure that
    was interrupted is finished that way. `dry_run`: only counts.
    """
    who = _known_in(archive, who)
    eraser = Eraser(who)
    changed = 0
    for what in ("events", "decisions"):
        for part in archive.parts(what):
            changed += archive.rewrite(part.path, lambda t: _without(t, eraser), dry_run=dry_run)
    for note in archive.snapshots():
        state = load(archive.snapshot(note.number))
        before = dump(state)
        other, _ = forget(state, who)
        if (written := dump(other)) != before:
            changed += 1
            if not dry_run:
                archive.rewrite_snapshot(note.number, written)
    return changed + _from_inventories(archive, who, dry_run=dry_run)


def _known_in(archive: Archive, who: Forgotten) -> Forgotten:
    """Return the customer with all that the archive knows of them: tickets, then their words.

    By the events, those of before an erasure that was interrupted as well, and by the snapshots.
    """
    ids = {who.customer, who.stand_in}
    for part in archive.parts():
        table = archive.columns(part.path, ["kind", "id", "customer", "text"])
        rows = [row for row in table.to_pylist() if row["kind"] == "ticket"]
        tickets = {row["id"] for row in rows if row["customer"] in ids}
        who = who.and_more(frozenset(tickets), frozenset())
        texts = {
            row["text"] or ""
            for row in rows
            if row["customer"] in ids or (row["customer"] is None and row["id"] in who.tickets)
        }
        who = who.and_more(frozenset(), frozenset(texts))
    for note in archive.snapshots():
        _, who = forget(load(archive.snapshot(note.number)), who)
    return who


def _without(table: pa.Table, eraser: Eraser) -> pa.Table | None:
    """Return a file's rows without the customer, None where they are not in it."""
    named = _named(table, eraser)
    if not pc.any(named).as_py():
        return None
    rows = table.to_pylist()
    changed = [
        _erase_from(row, eraser)
        for row, is_named in zip(rows, named.to_pylist(), strict=True)
        if is_named
    ]
    return pa.Table.from_pylist(rows, schema=table.schema) if any(changed) else None


def _named(table: pa.Table, eraser: Eraser) -> Any:
    """Return which rows are worth a look: the id or words in the body, or a ticket of theirs."""
    body = table.column("body")
    named = pc.match_substring(body, _quoted(eraser.who.customer), ignore_case=True)
    for words in eraser.words:
        named = pc.or_(named, pc.match_substring(body, _quoted(words), ignore_case=True))
    if "id" in table.column_names:
        theirs = pa.array(sorted(eraser.who.tickets), pa.string())
        named = pc.or_(named, pc.is_in(table.column("id"), value_set=theirs))
    return named


def _quoted(text: str) -> str:
    """Return a text as it stands within a string of JSON."""
    return msgspec.json.encode(text).decode()[1:-1]


def _erase_from(row: dict[str, Any], eraser: Eraser) -> bool:
    """Take the customer out of a row; returns whether it changed."""
    who, body = eraser.who, row["body"]
    if not body:
        return False
    value = msgspec.json.decode(body)
    if row.get("kind") == "ticket" and "text" in row:
        ticket = ticket_without(msgspec.convert(value, Ticket), eraser)
        other = msgspec.to_builtins(ticket)
        text, of = ticket.text or None, ticket.customer
    else:
        other = eraser.without(value)
        text, of = row.get("text"), row.get("customer")
    if other == value:
        return False
    row["body"] = msgspec.json.encode(other).decode()
    if "text" in row:
        row["text"], row["customer"] = text, who.stand_in if of == who.customer else of
    return True


def _from_inventories(archive: Archive, who: Forgotten, *, dry_run: bool) -> int:
    changed = 0
    for version in archive.versions("inventories"):
        with TemporaryDirectory() as place:
            folder = archive.fetch_folder("inventories", version, Path(place))
            name = next((one for one in _CUSTOMERS if (folder / one).exists()), None)
            content = None if name is None else _renamed(folder / name, who.customer, who.stand_in)
            if name is None or content is None:
                continue
            changed += 1
            if dry_run:
                continue
            note = msgspec.json.decode((folder / ABOUT).read_bytes(), type=InventoryNote)
            erased = msgspec.json.encode(msgspec.structs.replace(note, erased=True))
            archive.replace_file("inventories", version, ABOUT, erased)
            archive.replace_file("inventories", version, name, content)
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
