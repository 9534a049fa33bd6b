"""Holds the document of the topics to the official JSON Schema of AsyncAPI, fetched by npm.

The tests have a structural one of their own, and need no npm: run this after a change of
`correlator/formats/asyncapi.py`: `python -m tools.official_asyncapi`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from correlator.formats.asyncapi import document

PACKAGE = "@asyncapi/specs@6.11.1"
SHA256 = "01af8744dc33c0c7eb2e908f6a955319ee58b70ecadc9387d1aeb16c0cd28928"
CACHE = Path(__file__).parent.parent / ".cache" / "asyncapi" / "3.0.0.json"


def official() -> dict[str, Any]:
    """Return the schema of AsyncAPI 3.0.0 documents; it stands on draft 7 of JSON Schema."""
    if not CACHE.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
            fresh = Path(folder) / "3.0.0.json"
            fresh.write_bytes(_fetched(Path(folder)))
            fresh.rename(CACHE)
    found: dict[str, Any] = json.loads(CACHE.read_bytes())
    return found


def _fetched(folder: Path) -> bytes:
    command = ["npm", "pack", "--silent", "--ignore-scripts", PACKAGE]
    subprocess.run(command, cwd=folder, check=True, timeout=120)  # noqa: S603 - as above
    (archive,) = folder.glob("*.tgz")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{PACKAGE} is not what it was")
    with tarfile.open(archive) as opened:
        file = opened.extractfile("package/schemas/3.0.0.json")
        return b"" if file is None else file.read()


def main() -> int:
    """Print what is wrong; returns how many."""
    wrong = list(Draft7Validator(official()).iter_errors(document()))
    for error in wrong:
        print(f"{error.json_path}: {error.message}")  # noqa: T201 - what it is for
    return len(wrong)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
