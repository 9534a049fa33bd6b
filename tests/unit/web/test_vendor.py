"""What the console ships of others' work is what its manifest says, and may be shipped."""

import hashlib
import runpy
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "correlator" / "web" / "static" / "vendor"
MANIFEST = FOLDER / "MANIFEST.toml"


def packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(MANIFEST.read_text())["package"]
    return found


def test_every_file_is_in_the_manifest_with_its_digest() -> None:
    said = {name: digest for package in packages() for name, digest in package["sha256"].items()}
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path != MANIFEST]
    assert said == {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_every_package_brings_its_licence() -> None:
    words = {"0BSD": "Zero-Clause BSD", "OFL-1.1": "SIL OPEN FONT LICENSE Version 1.1"}
    for package in packages():
        (licence,) = (name for name in package["sha256"] if name.endswith(".LICENSE.txt"))
        assert words[package["licence"]] in (FOLDER / licence).read_text()


def test_the_files_are_of_the_pinned_versions() -> None:
    pinned = runpy.run_path(str(ROOT / "tools" / "vendor.py"))["PACKAGES"]
    assert [(each["name"], each["version"]) for each in packages()] == [
        (each.name, each.version) for each in pinned
    ]
