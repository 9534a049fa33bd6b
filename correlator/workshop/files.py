"""The files of a rules folder: read whole, written whole, compared line by line."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from hashlib import sha256
from importlib.resources import as_file
from pathlib import Path

import rules
from rules.common import packaged
from rules.files import UnreadableError, read_small
from rules.findings import CatalogError, Finding
from rules.model import Catalog
from rules.testing import RuleTest, parse_tests

MOST_BYTES = 4 << 20
"""Of one file."""
MOST_FILES = 400
_TESTS = "tests"
_WORDS = frozenset({"language.txt", "sentences.jsonl"})


def files_in(folder: Path) -> dict[str, str]:
    """Return the files of a rules folder by name, `tests/…` among them; raises `CatalogError`.

    Others than those that the loader reads, and hidden ones, are left out.
    """
    if not folder.is_dir():
        raise CatalogError([Finding(str(folder), 1, 1, "no such folder")])
    try:
        found = {name: _content(folder / name) for name in _names(folder)}
    except OSError as error:
        raise CatalogError([Finding(str(folder), 1, 1, error.strerror or str(error))]) from error
    if len(found) > MOST_FILES:
        raise CatalogError([Finding(str(folder), 1, 1, f"more than {MOST_FILES} files")])
    return found


def packaged_files() -> dict[str, str]:
    """Return the files of the catalog that comes with the package."""
    with as_file(packaged()) as folder:
        return files_in(folder)


def _names(folder: Path) -> list[str]:
    """Return the names of the files of a rules folder, sorted."""
    found = [path.name for path in folder.iterdir() if path.is_file()]
    tests = folder / _TESTS
    if tests.is_dir():
        found += [f"{_TESTS}/{path.name}" for path in tests.iterdir() if path.is_file()]
    return sorted(filter(is_rules_file, found))


def _content(path: Path) -> str:
    try:
        return read_small(path, MOST_BYTES).decode("utf-8")
    except (UnreadableError, UnicodeDecodeError) as error:
        raise CatalogError([Finding(str(path), 1, 1, str(error))]) from error


def is_rules_file(name: str) -> bool:
    """Return whether a name is one that a rules folder may have: `access.yaml`, `tests/x.yaml`."""
    folder, _, last = name.rpartition("/")
    known = last.endswith(".yaml") or (not folder and last in _WORDS)
    return known and folder in {"", _TESTS} and not last.startswith(".")


def ruleset_id(files: Mapping[str, str]) -> str:
    """Return 16 hexadecimal digits over names and contents."""
    digest = sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0{content}".encode())
    return digest.hexdigest()[:16]


def catalog_of(files: Mapping[str, str]) -> Catalog:
    """Return the catalog that files make; raises `CatalogError` with every error and its place."""
    return rules.parse({name: text for name, text in files.items() if "/" not in name})


def tests_of(files: Mapping[str, str], catalog: Catalog) -> tuple[RuleTest, ...]:
    """Return the tests among files; raises `CatalogError`."""
    texts = {name: text for name, text in files.items() if name.startswith(f"{_TESTS}/")}
    return parse_tests(texts, catalog) if texts else ()


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write files into a folder, and remove those of a rules folder that are not among them.

    Raises ValueError for a name that no file of rules has.
    """
    if strange := [name for name in files if not is_rules_file(name)]:
        raise ValueError(f"no file of rules: {', '.join(map(repr, strange))}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_name(f".{path.name}.new")
        unfinished.write_text(content, encoding="utf-8")
        unfinished.replace(path)
    for name in set(_names(folder)) - files.keys():
        (folder / name).unlink()


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return what differs, as lines of a unified diff with three lines around each change.

    A file that differs in ends of lines only, or is empty, has a line that says so.
    """
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        old, new = (one or "").splitlines(), (other or "").splitlines()
        if old == new:
            what = "new" if one is None else "gone" if other is None else "other ends of lines"
            lines += [f"--- {name}", f"+++ {name}", f"@@ {what} @@"]
        lines += unified_diff(old, new, name, name, lineterm="", n=3)
    return tuple(lines)
