"""The official JSON Schema of AsyncAPI, from the npm package of those who write it.

Where there is no npm, or no registry, whoever asks is skipped: nothing else here needs either.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.harness.command import ROOT

PACKAGE = "@asyncapi/specs@6.11.1"
SHA256 = "01af8744dc33c0c7eb2e908f6a955319ee58b70ecadc9387d1aeb16c0cd28928"
CACHE = ROOT / ".cache" / "asyncapi" / "3.0.0.json"


@cache
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
    if shutil.which("npm") is None:
        pytest.skip("the official schema of AsyncAPI is not available: there is no `npm`")
    command = ["npm", "pack", "--silent", "--ignore-scripts", PACKAGE]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode != 0:
        pytest.skip(f"npm could not fetch {PACKAGE}: {done.stderr.strip()[-300:]}")
    (archive,) = folder.glob("*.tgz")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    with tarfile.open(archive) as opened:
        file = opened.extractfile("package/schemas/3.0.0.json")
        assert file is not None
        return file.read()
