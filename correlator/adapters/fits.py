"""What readers of texts start from, fitted once on a machine: a file for each in a folder.

A file holds numbers alone, and what they depend on: the sentences, the code and the libraries that
made them, the kind of processor. One that cannot be read, is damaged or belongs to something else
counts as missing; a folder that cannot be written to keeps nothing. Both cost the second that
fitting takes, and neither changes a bit of what is read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np
from numba.core.registry import cpu_target

import correlator.text
import rules.terms
from correlator.adapters.host import cache_folder
from correlator.text import Beginning, Fit, begin
from rules.model import Catalog

_LIBRARIES = ("numba", "numpy", "scikit-learn", "scipy")
_KEPT = 16  # files; each is a megabyte
_SUFFIX = ".fit"
_DIGEST = 32  # bytes


def begin_kept(catalog: Catalog) -> Beginning:
    """Return what the reader of a catalog starts from, kept in this machine's folder."""
    folder = cache_folder()
    return begin(catalog, None if folder is None else FitFolder(folder))


class _Content(msgspec.Struct, frozen=True, array_like=True):
    """What a file holds behind the digest of it; `weights` and `intercepts` are float64, by row."""

    identity: str
    symptoms: tuple[str, ...]
    weights: bytes
    intercepts: bytes


@dataclass(frozen=True, slots=True)
class FitFolder:
    """Fits in a folder."""

    folder: Path

    def get(self, key: str, width: int) -> Fit | None:
        """Return what is kept under a key, of so many features; None where nothing sound is."""
        identity = _identity(key)
        try:
            held = _read(self._path(identity))
            shape = (len(held.symptoms), width)
            weights = np.frombuffer(held.weights, np.float64).reshape(shape)
            intercepts = np.frombuffer(held.intercepts, np.float64).reshape(shape[:1])
        except (OSError, ValueError):
            return None
        return Fit(held.symptoms, weights, intercepts) if held.identity == identity else None

    def put(self, key: str, fit: Fit) -> None:
        """Keep a fit, if that is possible; the oldest ones give way."""
        identity = _identity(key)
        numbers = fit.weights.tobytes(), fit.intercepts.tobytes()
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(identity), _Content(identity, fit.symptoms, *numbers))
            for path in sorted(self.folder.glob(f"*{_SUFFIX}"), key=_age)[_KEPT:]:
                path.unlink(missing_ok=True)

    def _path(self, identity: str) -> Path:
        return self.folder / f"{identity[:32]}{_SUFFIX}"


def _read(path: Path) -> _Content:
    """Read a file. Raises OSError, and ValueError where it is damaged or something else."""
    raw = path.read_bytes()
    digest, packed = raw[:_DIGEST], raw[_DIGEST:]
    if sha256(packed).digest() != digest:
        raise ValueError(f"{path}: damaged")
    return msgspec.msgpack.decode(packed, type=_Content)


def _write(path: Path, content: _Content) -> None:
    """Write a file whole or not at all, whoever else writes it."""
    packed = msgspec.msgpack.encode(content)
    handle, name = tempfile.mkstemp(dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sha256(packed).digest() + packed)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


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
