"""The files of an archive: parts of days, snapshots, inventories and catalogs by version."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import fsspec
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from correlator.adapters.archive.decisions import Decided, decided_of, decisions_table
from correlator.adapters.archive.rows import Kept, by_day, hash_of, kept_of, table_of
from correlator.model import DAY, Millis

_EPOCH = date(1970, 1, 1)
EVENTS, DECISIONS_OF = "events", "decisions"
_WHATS = (EVENTS, DECISIONS_OF)
_PART = re.compile(r"/date=(\d{4}-\d\d-\d\d)/part-(\d{9})\.parquet$")
_ROW_GROUP = 100_000
ABOUT = "inventory.json"
"""The file beside those of a kept inventory: an `InventoryNote`."""


class ArchiveError(ValueError):
    """An archive that lacks something, or is not what it says."""


class Damage(NamedTuple):
    """What is wrong with a file of the archive."""

    file: str
    problem: str


class Part(NamedTuple):
    """A file of inputs: those of one day in one part. `path` as the file system knows it."""

    day: date
    number: int
    path: str


class SnapshotNote(msgspec.Struct, frozen=True):
    """What a snapshot is of: the state after the input `number`, at `time` (ms).

    `settings`: of the engine, as JSON values. `restart`: a daemon began with it.
    """

    number: int
    time: Millis
    inventory: str
    catalog: str
    settings: dict[str, Any]
    restart: bool = False


class InventoryNote(msgspec.Struct, frozen=True):
    """How a kept inventory was read: its attribute columns, and the types of the core.

    `erased`: customers have been erased from it, its version is that of before.
    """

    attributes: tuple[str, ...] | None
    core: tuple[str, ...]
    erased: bool = False


def open_archive(url: str) -> Archive:
    """Return the archive in a folder, or at an address that fsspec knows (`s3://…`)."""
    return Archive(url)


class Archive:
    """Reads and writes the files. A file that is there is replaced whole or not at all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._files, self._root = fsspec.core.url_to_fs(url)

    # -------------------------------------------------------------------------------- events

    def write_part(self, number: int, kept: Sequence[Kept], decided: Sequence[Decided] = ()) -> str:
        """Write the inputs of a part and what was decided, a file of each for each day.

        Returns the hash over all inputs. To write a part again replaces it.
        """
        hashes = [
            self._write_day(EVENTS, day, number, table_of(inputs))
            for day, inputs in by_day(kept).items()
        ]
        for day in sorted({one.time // DAY for one in decided}):
            own = [one for one in decided if one.time // DAY == day]
            self._write_day(DECISIONS_OF, day, number, decisions_table(own))
        return hashes[0] if len(hashes) == 1 else hash_of(table_of(kept))

    def _write_day(self, what: str, day: int, number: int, table: pa.Table) -> str:
        """Write a file; returns the hash of its content."""
        sha256 = hash_of(table)
        says = {"part": number, "count": len(table), "sha256": sha256}
        place = f"{self._root}/{what}/date={_EPOCH + timedelta(day):%Y-%m-%d}"
        self._write_table(f"{place}/part-{number:09d}.parquet", table, says)
        return sha256

    def _write_table(
        self, path: str, table: pa.Table, says: dict[str, Any], *, look: bool = False
    ) -> None:
        """Write a file; `look`: only if what is written can be read."""
        told = {f"correlator.{k}".encode(): str(value).encode() for k, value in says.items()}
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **told})
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", row_group_size=_ROW_GROUP)
        content = sink.getvalue().to_pybytes()
        if look and hash_of(pq.read_table(pa.BufferReader(content))) != says["sha256"]:
            raise ArchiveError(f"{path}: what was written is not what is read")
        self._put(path, content)

    def _put(self, path: str, content: bytes) -> None:
        """Write a file under another name first, so that nobody reads a half."""
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        unfinished = f"{path.rpartition('/')[0]}/.{path.rpartition('/')[2]}.new"
        with self._files.open(unfinished, "wb") as file:
            file.write(content)
        self._files.mv(unfinished, path)

    def parts(self, what: str = "events") -> list[Part]:
        """Return the files of inputs, or of `decisions`, by part and day."""
        paths = self._files.glob(f"{self._root}/{what}/date=*/part-*.parquet")
        found = ((path, match) for path in paths if (match := _PART.search(path)) is not None)
        parts = [Part(date.fromisoformat(m[1]), int(m[2]), path) for path, m in found]
        return sorted(parts, key=lambda part: (part.number, part.day))

    def taken_before(self, number: int) -> Millis:
        """Return the time at which the engine was at the end of the part before one; 0: none."""
        before = [part for part in self.parts() if part.number < number]
        if not before:
            return 0
        return self._last_taken(before[-1].path)

    def _last_taken(self, path: str) -> Millis:
        """Return the time of the last row of a file; 0: it has none. Reads no other column."""
        with self._opened(path) as file:
            rows = pq.ParquetFile(pa.PythonFile(file))
            if not rows.metadata.num_rows:
                return 0
            last = rows.read_row_group(rows.num_row_groups - 1, columns=["taken"])
        return int(last.column("taken").cast(pa.int64())[-1].as_py())

    def fingerprint(self, since: Millis, until: Millis) -> str:
        """Return what tells whether the files of some days are others: names and sizes."""
        first = _EPOCH + timedelta(since // DAY - 1)
        last = _EPOCH + timedelta(until // DAY + 1)
        sizes = [
            (part.path.removeprefix(str(self._root)), self._files.size(part.path))
            for part in self.parts()
            if first <= part.day <= last
        ]
        return sha256(repr(sizes).encode()).hexdigest()

    def drop_after(self, number: int) -> int:
        """Remove the parts beyond one; returns how many files went."""
        beyond = [part for what in _WHATS for part in self.parts(what) if part.number > number]
        for part in beyond:
            self._files.rm(part.path)
        return len(beyond)

    def rewrite(
        self, path: str, change: Callable[[pa.Table], pa.Table | None], *, dry_run: bool = False
    ) -> bool:
        """Replace a file of inputs by what `change` makes of it; None leaves it as it is.

        Returns whether it is another one, or would be. What is written is read again first.
        """
        table = self._table(path)
        changed = change(table)
        if changed is None or dry_run:
            return changed is not None
        says = {"count": len(changed), "sha256": hash_of(changed)}
        self._write_table(
            path, changed.replace_schema_metadata(table.schema.metadata), says, look=True
        )
        return True

    def read(self, after: int = 0, since: Millis | None = None) -> Iterator[Kept]:
        """Yield the inputs after a number, in order; those of days before `since` are not read."""
        first = None if since is None else _EPOCH + timedelta(since // DAY)
        for part in self.parts():
            if first is None or part.day >= first:
                kept = kept_of(self._table(part.path))
                yield from (one for one in kept if one.number > after)

    def decisions(self, since: Millis, until: Millis) -> Iterator[Decided]:
        """Yield what was decided in [since, until), in order."""
        first, last = (_EPOCH + timedelta(time // DAY) for time in (since, until))
        for part in self.parts(DECISIONS_OF):
            if first <= part.day <= last:
                decided = decided_of(self._table(part.path))
                yield from (one for one in decided if since <= one.time < until)

    def columns(self, path: str, names: Sequence[str]) -> pa.Table:
        """Return some columns of a file of rows."""
        with self._opened(path) as file:
            return pq.read_table(pa.PythonFile(file), columns=list(names), partitioning=None)

    def _table(self, path: str) -> pa.Table:
        with self._opened(path) as file:
            return pq.read_table(pa.PythonFile(file), partitioning=None)

    @contextmanager
    def _opened(self, path: str) -> Iterator[Any]:
        """Open a file of rows; what cannot be read of it is an `ArchiveError`."""
        try:
            with self._files.open(path, "rb") as file:
                yield file
        except (OSError, pa.ArrowInvalid) as error:
            raise ArchiveError(f"{path}: {error}") from error

    # ---------------------------------------------------------------------- state, what it is of

    def write_snapshot(self, note: SnapshotNote, state: bytes) -> None:
        """Keep the state of the engine."""
        path = f"{self._root}/snapshots/{note.number:015d}"
        self._put(f"{path}.gz", gzip.compress(state, 6, mtime=0))
        self._put(f"{path}.json", msgspec.json.encode(note))

    def snapshots(self) -> list[SnapshotNote]:
        """Return what there are snapshots of, in order."""
        found = []
        for path in sorted(self._files.glob(f"{self._root}/snapshots/*.json")):
            with self._files.open(path, "rb") as file:
                found.append(msgspec.json.decode(file.read(), type=SnapshotNote))
        return found

    def snapshot(self, number: int) -> bytes:
        """Return the state after an input; raises `ArchiveError`."""
        path = f"{self._root}/snapshots/{number:015d}.gz"
        try:
            with self._files.open(path, "rb") as file:
                return gzip.decompress(file.read())
        except (OSError, EOFError) as error:
            raise ArchiveError(f"{path}: {error}") from error

    def rewrite_snapshot(self, number: int, state: bytes) -> None:
        """Replace the state of a snapshot that is there."""
        path = f"{self._root}/snapshots/{number:015d}.gz"
        self._put(path, gzip.compress(state, 6, mtime=0))

    def replace_file(self, what: str, version: str, name: str, content: bytes) -> None:
        """Replace a file of a kept inventory or catalog."""
        self._put(f"{self._root}/{what}/{version}/{name}", content)

    def has(self, what: str, version: str) -> bool:
        """Return whether an inventory or a catalog (`what`) of this version is kept."""
        return bool(self._files.exists(f"{self._root}/{what}/{version}"))

    def keep_folder(self, what: str, version: str, folder: Path, more: dict[str, bytes]) -> None:
        """Keep the files of a folder, and more by name, as an inventory or a catalog."""
        place = f"{self._root}/{what}/.{version}.new"
        self._files.makedirs(place, exist_ok=True)
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                self._put(f"{place}/{path.name}", path.read_bytes())
        for name, content in more.items():
            self._put(f"{place}/{name}", content)
        self._files.mv(place, f"{self._root}/{what}/{version}", recursive=True)

    def fetch_folder(self, what: str, version: str, into: Path) -> Path:
        """Copy a kept inventory or catalog into a folder; raises `ArchiveError`."""
        if not self.has(what, version):
            raise ArchiveError(f"{self.url}: {what} has no version {version}")
        into.mkdir(parents=True, exist_ok=True)
        for path in self._files.ls(f"{self._root}/{what}/{version}", detail=False):
            with self._files.open(path, "rb") as file:
                (into / path.rpartition("/")[2]).write_bytes(file.read())
        return into

    def versions(self, what: str) -> list[str]:
        """Return the kept versions of inventories or catalogs."""
        place = f"{self._root}/{what}"
        if not self._files.exists(place):
            return []
        names = (
            path.rstrip("/").rpartition("/")[2] for path in self._files.ls(place, detail=False)
        )
        return sorted(name for name in names if not name.startswith("."))

    # ------------------------------------------------------------------------------ whole or not

    def verify(self) -> Iterator[Damage]:
        """Yield what is wrong: files that are not what they say, and inputs that are missing."""
        follows: int | None = None
        for part in self.parts():
            numbers: list[int] = []
            yield from self._verify_file(part, numbers)
            if not numbers:
                continue
            if follows is not None and numbers[0] != follows:
                yield Damage(part.path, f"begins with input {numbers[0]}, not {follows}")
            if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
                yield Damage(part.path, "its inputs are not numbered one by one")
            follows = numbers[-1] + 1
        for part in self.parts(DECISIONS_OF):
            yield from self._verify_file(part, [])
        for what in ("inventories", "catalogs"):
            for version in self.versions(what):
                if not self._files.ls(f"{self._root}/{what}/{version}", detail=False):
                    yield Damage(f"{what}/{version}", "no file")

    def _verify_file(self, part: Part, numbers: list[int]) -> Iterator[Damage]:
        """Check one file against what it says; its inputs' numbers go to `numbers`."""
        try:
            table = self._table(part.path)
            says = _says(table)
        except (ArchiveError, KeyError) as error:
            yield Damage(part.path, str(error))
            return
        numbers += table.column("number").to_pylist()
        if says["count"] != str(len(table)):
            yield Damage(part.path, f"{len(table)} rows, not {says['count']}")
        if says["sha256"] != hash_of(table):
            yield Damage(part.path, "its content has another hash than it says")

    def prune(self, before: Millis) -> int:
        """Remove the days before a time, and the snapshots of before; returns how many files went.

        What is left begins with the first snapshot of a day that stays.
        """
        first = _EPOCH + timedelta(before // DAY)
        parts = self.parts()
        every = [part for what in _WHATS for part in self.parts(what)]
        old = [part.path for part in every if part.day < first]
        left = [part for part in parts if part.day >= first]
        begins = self._table(left[0].path).column("number")[0].as_py() if left else None
        for note in self.snapshots():
            if note.time < before and (begins is None or note.number < begins - 1):
                path = f"{self._root}/snapshots/{note.number:015d}"
                old += [f"{path}.gz", f"{path}.json"]
        for path in old:
            self._files.rm(path)
        return len(old)


def _says(table: pa.Table) -> dict[str, str]:
    metadata = table.schema.metadata or {}
    return {name: metadata[f"correlator.{name}".encode()].decode() for name in ("count", "sha256")}
