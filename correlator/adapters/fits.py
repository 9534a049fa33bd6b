"""What readers of texts start from, fitted once on a machine: a file for each in a folder.

A file holds numbers alone, and what they depend on: the sentences, the code and the libraries that
made them, the kind of processor. One that cannot be read, is damaged or belongs to something else
counts as missing; a folder that cannot be written to keeps nothing. Both cost the second that
fitting takes, and neither changes a bit of what is read.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numba.core.registry import cpu_target

import correlator.text
import rules.terms
from correlator.adapters.host import cache_folder
from correlator.text import Beginning, Fit, begin
from rules.model import Catalog

_LIBRARIES = ("numba", "numpy", "scikit-learn", "scipy")
_KEPT = 16  # files; each is a megabyte


def begin_kept(catalog: Catalog) -> Beginning:
    """Return what the reader of a catalog starts from, kept in this machine's folder."""
    folder = cache_folder()
    return begin(catalog, None if folder is None else FitFolder(folder))


@dataclass(frozen=True, slots=True)
class FitFolder:
    """Fits in a folder."""

    folder: Path

    def get(self, key: str, width: int) -> Fit | None:
        """Return what is kept under a key, of so many features; None where nothing sound is."""
        identity = _identity(key)
        try:
            with np.load(self._path(identity), allow_pickle=False) as held:
                fit = Fit(tuple(held["symptoms"].tolist()), held["weights"], held["intercepts"])
                sound = held["identity"].tolist() == identity and _sound(fit, width)
        except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
            return None
        return fit if sound else None

    def put(self, key: str, fit: Fit) -> None:
        """Keep a fit, if that is possible; the oldest ones give way."""
        identity = _identity(key)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(identity), fit, identity)
            for path in sorted(self._files(), key=_age)[_KEPT:]:
                path.unlink(missing_ok=True)

    def _path(self, identity: str) -> Path:
        return self.folder / f"reader-{identity[:32]}.npz"

    def _files(self) -> Iterator[Path]:
        return self.folder.glob("reader-*.npz")


def _write(path: Path, fit: Fit, identity: str) -> None:
    """Write a file whole or not at all, whoever else writes it."""
    handle, name = tempfile.mkstemp(prefix=".reader-", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                identity=np.array(identity),
                symptoms=np.array(fit.symptoms, np.str_),
                weights=fit.weights,
                intercepts=fit.intercepts,
            )
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _sound(fit: Fit, width: int) -> bool:
    shapes = (len(fit.symptoms), width), (len(fit.symptoms),)
    numbers = fit.weights, fit.intercepts
    return all(
        found.dtype == np.float64 and found.shape == shape and bool(np.isfinite(found).all())
        for found, shape in zip(numbers, shapes, strict=True)
    )


def _age(path: Path) -> float:
    """Return a number that is the greater the longer ago a file was written."""
    return -path.stat().st_mtime


def _identity(key: str) -> str:
    """Return 64 hexadecimal digits over the sentences' key and all else that a fit depends on."""
    return sha256(f"{key} {_made_by()}".encode()).hexdigest()


@cache
def _made_by() -> str:
    """Return the code that fits and the libraries it uses, and the processor, as numba names it."""
    digest = sha256()
    for path in sorted(_sources()):
        digest.update(path.read_bytes())
    libraries = (f"{name} {version(name)}" for name in _LIBRARIES)
    processor = cpu_target.target_context.codegen().magic_tuple()
    return " ".join((digest.hexdigest(), *libraries, *map(str, processor)))


def _sources() -> Iterator[Path]:
    yield from Path(correlator.text.__file__).parent.rglob("*.py")
    yield Path(rules.terms.__file__)
