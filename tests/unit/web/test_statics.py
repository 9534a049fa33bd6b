"""One hash for the whole folder, one address for each file, and little of each kind."""

import re
from pathlib import Path

import pytest

from correlator.web.statics import Statics

OURS = Statics()
LIMIT = 25_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "live.js").write_bytes(b"export {};")
    (tmp_path / "LICENSE").write_bytes(b"free")
    return tmp_path


def test_an_address_holds_the_hash_of_all_files(folder: Path) -> None:
    first = Statics(folder)
    assert first.url("js/live.js") == f"/static/{first.hash}/js/live.js"
    (folder / "LICENSE").write_bytes(b"Free")
    assert Statics(folder).hash != first.hash


def test_the_hash_depends_on_content_and_names_only(folder: Path, tmp_path: Path) -> None:
    first = Statics(folder).hash
    assert Statics(folder).hash == first
    (tmp_path / "LICENSE").rename(tmp_path / "LICENCE")
    assert Statics(folder).hash != first


def test_a_file_is_served_for_a_year(folder: Path) -> None:
    statics = Statics(folder)
    found = statics.get(statics.hash, "js/live.js")
    assert found is not None
    assert found.body == b"export {};"
    assert found.headers == {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{statics.hash}"',
        "X-Content-Type-Options": "nosniff",
    }


def test_what_has_no_known_ending_is_plain_text(folder: Path) -> None:
    statics = Statics(folder)
    found = statics.get(statics.hash, "LICENSE")
    assert found is not None
    assert found.media == "text/plain; charset=utf-8"


@pytest.mark.parametrize("name", ["../views/queue.py", "js", "js/none.js", "/etc/passwd", ""])
def test_other_names_are_not_found(name: str) -> None:
    assert OURS.get(OURS.hash, name) is None
    with pytest.raises(KeyError):
        OURS.url(name)


def test_another_version_is_not_served() -> None:
    assert OURS.get("0" * 12, "js/live.js") is None


def test_scripts_import_what_exists() -> None:
    for name in OURS.names:
        if name.startswith("js/"):
            for imported in re.findall(r'(?:from|import) "\./([\w.]+)"', source(name)):
                assert f"js/{imported}" in OURS.names, (name, imported)


def test_style_sheets_name_files_that_exist() -> None:
    for name in OURS.names:
        if name.startswith("css/"):
            for address in re.findall(r'url\("\.\./([^"]+)"\)', source(name)):
                assert address in OURS.names


def source(name: str) -> str:
    found = OURS.get(OURS.hash, name)
    assert found is not None
    return found.body.decode()


def small(text: str) -> str:
    """Return a style sheet without what a reader needs and a browser does not."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{};:,>])\s*", r"\1", re.sub(r"\s+", " ", text)).replace(";}", "}")


def test_style_sheets_are_small() -> None:
    sheets = [small(source(name)) for name in OURS.names if name.endswith(".css")]
    assert sum(map(len, sheets)) <= LIMIT


def test_scripts_are_small() -> None:
    """25 kB minified: 1.6 times that with comments and margins off, and names as they are."""
    lines = (
        line.strip()
        for name in OURS.names
        if name.startswith("js/")
        for line in source(name).splitlines()
    )
    kept = [line for line in lines if line and not line.startswith(("//", "/*", "*"))]
    assert sum(map(len, kept)) <= 1.6 * LIMIT


def test_style_sheets_hold_no_address_of_elsewhere() -> None:
    for name in OURS.names:
        if name.endswith(".css"):
            assert "://" not in source(name)
            assert "@import" not in source(name)
