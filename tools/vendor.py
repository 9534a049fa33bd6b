"""Fetch what the console ships of others' work: `make vendor` (npm must be there).

Only whoever changes a version runs it: the files are kept in `correlator/web/static/vendor`, so
that nobody else needs npm. Each package is pinned with the digest of its archive; beside the files
comes `MANIFEST.toml`, with what is what, under which licence, and a digest for each file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "correlator" / "web" / "static" / "vendor"
MANIFEST = "MANIFEST.toml"


class Package(NamedTuple):
    """One package; `integrity` as in npm's own lock files, `files` from its names to ours."""

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[tuple[str, str], ...]


PACKAGES = (
    Package(
        "@fontsource-variable/atkinson-hyperlegible-next",
        "5.3.0",
        "OFL-1.1",
        "sha512-"
        "UnLzNUy1RWoLDfydAatP4NaRm99X/WbQEph7q/PymJnCFIOOwKOx3pBmp5ys8trO0dM+CKGuJgeZP9fAR4mQpA==",
        (
            (
                "files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
                "atkinson-hyperlegible-next.woff2",
            ),
            ("LICENSE", "atkinson-hyperlegible-next.LICENSE.txt"),
        ),
    ),
)


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """Return the files of a package under our names, once its archive is the pinned one."""
    wanted = f"{package.name}@{package.version}"
    command = ["npm", "pack", "--silent", "--ignore-scripts", wanted]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)  # noqa: S603 - pins
    (archive,) = folder.glob("*.tgz")
    digest = hashlib.sha512(archive.read_bytes()).digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != package.integrity:
        sys.exit(f"{wanted} is {found}, pinned is {package.integrity or 'nothing'}")
    with tarfile.open(archive) as tar:
        return {ours: _content(tar, theirs) for theirs, ours in package.files}


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(f"package/{name}")
    if member is None:
        sys.exit(f"{name} is no file")
    return member.read()


def manifest(fetched: dict[Package, dict[str, bytes]]) -> Iterator[str]:
    """Yield the lines of the manifest."""
    yield "# What is here of others' work, unchanged. Written by `make vendor`."
    for package, files in fetched.items():
        yield ""
        yield "[[package]]"
        for key, value in (
            ("name", package.name),
            ("version", package.version),
            ("licence", package.licence),
        ):
            yield f"{key} = {json.dumps(value)}"
        yield ""
        yield "[package.sha256]"
        for name, content in sorted(files.items()):
            yield f"{json.dumps(name)} = {json.dumps(hashlib.sha256(content).hexdigest())}"


def main() -> None:
    """Fetch everything, then replace the folder: a failure leaves it as it was."""
    if shutil.which("npm") is None:
        sys.exit("make vendor needs npm; everything else does without")
    fetched = {}
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            fetched[package] = fetch(package, Path(folder))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for files in fetched.values():
        for name, content in files.items():
            (FOLDER / name).write_bytes(content)
    (FOLDER / MANIFEST).write_text("\n".join([*manifest(fetched), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
