"""What a reader starts from, kept in a folder: the same bits, and never an error."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest

from correlator.adapters.fits import FitFolder
from correlator.adapters.host import CACHE, cache_folder
from correlator.text import Beginning, Fit, SymptomClassifier, begin
from rules.model import Catalog
from rules.sentences import Sentence
from tests.builders import catalog
from tests.harness.command import ROOT

TEXTS = (
    "plus de synchro depuis ce matin",
    "la tele est hs, internet ok",
    "conteste sa facture et debit tres faible",
    "rappeler le client",
    "",
)
WIDTH = 7
A_FIT = Fit(("no-sync", "no-tv"), np.linspace(-1.0, 1.0, 2 * WIDTH).reshape(2, WIDTH), np.ones(2))


class Watched:
    """A folder that notes whether it had what was asked for."""

    def __init__(self, folder: Path) -> None:
        self._kept = FitFolder(folder)
        self.found: list[bool] = []

    def get(self, key: str, width: int) -> Fit | None:
        fit = self._kept.get(key, width)
        self.found.append(fit is not None)
        return fit

    def put(self, key: str, fit: Fit) -> None:
        self._kept.put(key, fit)


def other_catalog() -> Catalog:
    one = catalog()
    more = Sentence("neige mauve sur l'ecran", ("no-tv",))
    return msgspec.structs.replace(one, sentences=(*one.sentences, more))


def bits(beginning: Beginning) -> str:
    parts = [
        f"{name} {weights.tobytes().hex()} {beginning.intercepts[name].hex()}"
        for name, weights in beginning.weights.items()
    ]
    return sha256("\n".join([beginning.signature, *parts]).encode()).hexdigest()


@cache
def fitted() -> Beginning:
    return begin(catalog())


def only_file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def same(one: Fit | None, other: Fit) -> bool:
    return one is not None and (
        one.symptoms == other.symptoms
        and one.weights.tobytes() == other.weights.tobytes()
        and one.intercepts.tobytes() == other.intercepts.tobytes()
    )


# ---------------------------------------------------------------------------------- the reader


def test_a_reader_from_the_folder_is_the_one_that_was_fitted_to_the_bit(tmp_path: Path) -> None:
    first, second = Watched(tmp_path), Watched(tmp_path)
    assert bits(begin(catalog(), first)) == bits(fitted())
    kept = begin(catalog(), second)
    assert (first.found, second.found) == ([False], [True])
    assert bits(kept) == bits(fitted())
    one, other = SymptomClassifier(fitted()), SymptomClassifier(kept)
    for text in TEXTS:
        assert one.predict(text) == other.predict(text)
        assert one.chances(text) == other.chances(text)


def test_both_learn_on_alike(tmp_path: Path) -> None:
    begin(catalog(), Watched(tmp_path))
    one, other = (
        SymptomClassifier(beginning)
        for beginning in (fitted(), begin(catalog(), Watched(tmp_path)))
    )
    for found in (one, other):
        for n in range(200):
            found.learn(f"image violette sur la box {n}", ("purple-picture", "no-tv")[n % 2])
        found.train(0)
    states = [msgspec.msgpack.encode(found.state(), enc_hook=np.ndarray.tobytes)
              for found in (one, other)]  # fmt: skip
    assert states[0] == states[1]


def test_another_catalog_has_a_file_of_its_own(tmp_path: Path) -> None:
    begin(catalog(), Watched(tmp_path))
    begin(other_catalog(), another := Watched(tmp_path))
    assert another.found == [False]
    assert len(list(tmp_path.iterdir())) == 2
    assert bits(begin(catalog(), Watched(tmp_path))) == bits(fitted())
    assert bits(begin(other_catalog(), Watched(tmp_path))) == bits(begin(other_catalog()))
    assert bits(begin(other_catalog())) != bits(fitted())


def test_without_examples_there_is_nothing_to_fit_and_that_is_kept_as_well(tmp_path: Path) -> None:
    nobody = msgspec.structs.replace(catalog(), symptoms=(), sentences=())
    assert begin(nobody, Watched(tmp_path)).weights == {}
    assert begin(nobody, again := Watched(tmp_path)).weights == {}
    assert again.found == [True]


# ----------------------------------------------------------------------------------- the files


def test_what_is_put_is_got(tmp_path: Path) -> None:
    FitFolder(tmp_path / "not" / "there" / "yet").put("key", A_FIT)
    assert same(FitFolder(tmp_path / "not" / "there" / "yet").get("key", WIDTH), A_FIT)
    assert FitFolder(tmp_path).get("key", WIDTH) is None


def test_what_was_put_last_is_got(tmp_path: Path) -> None:
    FitFolder(tmp_path).put("key", A_FIT._replace(intercepts=np.zeros(2)))
    FitFolder(tmp_path).put("key", A_FIT)
    assert same(FitFolder(tmp_path).get("key", WIDTH), A_FIT)
    only_file(tmp_path)


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _flipped(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    at = raw.index(A_FIT.weights.tobytes()) + 5
    raw[at] ^= 0x10
    path.write_bytes(raw)


def _text(path: Path) -> None:
    path.write_text("something else, and longer than a digest of 32 bytes")


def _other_content(path: Path) -> None:
    packed = msgspec.msgpack.encode({"something": "else"})
    path.write_bytes(sha256(packed).digest() + packed)


def _one_row_short(path: Path) -> None:
    raw = path.read_bytes()
    held = msgspec.msgpack.decode(raw[32:])
    held[1] = held[1][:1]
    packed = msgspec.msgpack.encode(held)
    path.write_bytes(sha256(packed).digest() + packed)


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (_truncated, _emptied, _flipped, _text, _other_content, _one_row_short, _a_folder)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_counts_as_missing(tmp_path: Path, damage: object) -> None:
    FitFolder(tmp_path).put("key", A_FIT)
    assert callable(damage)
    damage(only_file(tmp_path))
    assert FitFolder(tmp_path).get("key", WIDTH) is None


@pytest.mark.parametrize("damage", [one for one in DAMAGES if one is not _a_folder])
def test_a_damaged_file_is_written_again(tmp_path: Path, damage: object) -> None:
    FitFolder(tmp_path).put("key", A_FIT)
    assert callable(damage)
    damage(only_file(tmp_path))
    FitFolder(tmp_path).put("key", A_FIT)
    assert same(FitFolder(tmp_path).get("key", WIDTH), A_FIT)
    only_file(tmp_path)


def test_a_file_of_another_key_or_width_counts_as_missing(tmp_path: Path) -> None:
    FitFolder(tmp_path).put("key", A_FIT)
    one = only_file(tmp_path)
    raw = one.read_bytes()
    one.unlink()
    FitFolder(tmp_path).put("other", A_FIT)
    assert FitFolder(tmp_path).get("other", WIDTH + 1) is None
    only_file(tmp_path).write_bytes(raw)
    assert FitFolder(tmp_path).get("other", WIDTH) is None


def test_where_nothing_can_be_written_everything_goes_on(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()  # root may write into any folder, and into no file
    for place in (file, file / "below", Path("/proc/nothing/here")):
        kept = Watched(place)
        assert bits(begin(catalog(), kept)) == bits(fitted())
        assert kept.found == [False]


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    FitFolder(tmp_path).put("key", A_FIT)
    _a_folder(only_file(tmp_path))
    FitFolder(tmp_path).put("key", A_FIT)
    assert only_file(tmp_path).is_dir()


def test_the_oldest_files_give_way(tmp_path: Path) -> None:
    folder = FitFolder(tmp_path)
    for n in range(20):
        folder.put(f"key {n}", A_FIT)
    assert len(list(tmp_path.iterdir())) == 16
    assert same(folder.get("key 19", WIDTH), A_FIT)


def test_processes_that_begin_together_do_not_harm_each_other(tmp_path: Path) -> None:
    program = (
        "import rules\n"
        "from correlator.adapters.fits import begin_kept\n"
        "from tests.unit.test_fits import bits\n"
        "print('ready', flush=True)\n"
        "input()\n"
        "print(bits(begin_kept(rules.load())))\n"
    )
    together = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, CACHE: str(tmp_path), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for one in together:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in together:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    said = {one.communicate(timeout=180)[0].strip() for one in together}
    assert [one.returncode for one in together] == [0, 0, 0]
    assert said == {bits(fitted())}
    assert bits(begin(catalog(), kept := Watched(tmp_path))) == bits(fitted())
    assert kept.found == [True]
    only_file(tmp_path)


# ---------------------------------------------------------------------------------- the folder


def test_the_folder_is_the_one_that_was_chosen_or_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (CACHE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "correlator"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "correlator"
    monkeypatch.setenv(CACHE, str(tmp_path / "chosen"))
    assert cache_folder() == tmp_path / "chosen"
    monkeypatch.setenv(CACHE, "")
    assert cache_folder() == tmp_path / "xdg" / "correlator"
