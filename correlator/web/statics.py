"""Style sheets, scripts, fonts and icons: read once, served under a hash of them all, for a year.

One hash stands for the whole folder, because scripts import each other by relative addresses: a
page that was made by one version never loads a script of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

import msgspec

MEDIA = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
        "woff2": "font/woff2",
        "json": "application/json",
        "txt": "text/plain; charset=utf-8",
        "md": "text/plain; charset=utf-8",
    }
)
"""By the end of a name. What ends otherwise is plain text: licences have no ending at all."""


class Static(msgspec.Struct, frozen=True):
    """A file as it is served."""

    body: bytes
    media: str
    etag: str

    @property
    def headers(self) -> dict[str, str]:
        """Return what to send with it: a new version has a new address, so this one never ages."""
        return {
            "Content-Type": self.media,
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": self.etag,
            "X-Content-Type-Options": "nosniff",
        }


class Statics:
    """All files of a folder, by name: `js/live.js`."""

    def __init__(self, folder: Traversable | None = None) -> None:
        bodies = dict(sorted(_walk(folder or files("correlator.web") / "static")))
        digest = hashlib.sha256()
        for name, body in bodies.items():
            digest.update(f"{name}\0{len(body)}\0".encode() + body)
        self.hash = digest.hexdigest()[:12]
        self._files = {name: self._static(name, body) for name, body in bodies.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(self._files)

    def url(self, name: str) -> str:
        """Return the address of a file; KeyError where there is none of that name."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.hash}/{name}"

    def get(self, version: str, name: str) -> Static | None:
        """Return a file of this version, or None."""
        return self._files.get(name) if version == self.hash else None

    def _static(self, name: str, body: bytes) -> Static:
        ending = name.rpartition(".")[2]
        return Static(body, MEDIA.get(ending, MEDIA["txt"]), f'"{self.hash}"')


def _walk(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of all files below a folder."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{above}{entry.name}/")
        else:
            yield above + entry.name, entry.read_bytes()
