"""The process that atheris runs a target in: `python -m tests.fuzz` starts it.

Engine and parts of the reader are left alone: numba does not compile what atheris has rewritten.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

from tests.fuzz.inputs import FUZZ, name_of, saved
from tests.fuzz.known import functions, known

_TALLY_EVERY = 20_000
_STRUCTURED = 0.5
"""The share of inputs that are changed by their structure, not by libFuzzer."""

with atheris.instrument_imports(
    include=["correlator", "rules", "topology"],
    exclude=[
        "correlator.engine",
        "correlator.adapters",
        "correlator.text.kernels",
    ],
):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.mutation import Mutator  # noqa: E402 - after what is instrumented


class _Session:
    """Runs a target past its defects, each of which it writes down once."""

    def __init__(self, name: str) -> None:
        self.target = TARGETS[name]
        self._name = name
        self._folder = FUZZ / name
        self._defects = self._folder / "defects"
        self._rng = Random(0)
        self._seeded = False
        self._mutator = Mutator(self.target.form, self.target.words, self._rng)
        self._met = 0
        self._ran = 0
        self._other = b""

    def run(self, data: bytes) -> None:
        """Run one input."""
        self._ran += 1
        if self._ran % _TALLY_EVERY == 0:
            self._tally()
        try:
            self.target.run(data)
        except Exception as error:  # noqa: BLE001 - every error that escapes is one
            if known(self._name, error):
                self._met += 1
            else:
                self._take_down(error, data)

    def mutate(self, data: bytes, most: int, seed: int) -> bytes:
        """Return a changed input, by its structure or by what libFuzzer thinks of."""
        if not self._seeded:  # once: it takes as long as an input
            self._rng.seed(seed)
            self._seeded = True
        if self._rng.random() < _STRUCTURED:
            changed = self._mutator.mutated(data, self._other)
            self._other = data
            if len(changed) <= most:
                return changed
        return bytes(atheris.Mutate(data, most))

    def prepare(self) -> None:
        """Write down what is started from."""
        corpus = self._folder / "corpus"
        for data in (*self.target.seeds(), *saved(self._name)):
            (corpus / name_of(data)).write_bytes(data)
        quoted = (
            "".join(f"\\x{byte:02x}" for byte in word.encode(errors="replace"))
            for word in self.target.words
            if 0 < len(word) <= 60
        )
        lines = sorted({f'"{word}"\n' for word in quoted})
        (self._folder / "words").write_text("".join(lines), encoding="ascii")

    def _take_down(self, error: Exception, data: bytes) -> None:
        """Keep the shortest input for each kind of error and the function that raised it."""
        passed = list(functions(error.__traceback__))
        kind = f"{type(error).__name__}-{passed[-1]}-{passed[-2] if passed[2:] else ''}"
        file = Path(self._defects / f"{kind}-{name_of(str(error)[:24].encode())[:4]}")
        if not file.exists() or len(data) < file.stat().st_size:
            file.write_bytes(data)

    def _tally(self) -> None:
        (self._folder / "tally.json").write_text(str(self._met), encoding="ascii")


def main(arguments: list[str]) -> None:
    """Run a target with libFuzzer's options."""
    name, *options = arguments
    session = _Session(name)
    session.prepare()
    atheris.Setup([sys.argv[0], *options], session.run, custom_mutator=session.mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
