"""Draw `docs/demo.svg` from a real run of the demo: `.venv/bin/python docs/make_demo_picture.py`.

The demo runs in a temporary folder, so that no path of this machine is in the picture. Of the
figures at the end only the first rows are shown.
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.text import Text

from correlator.cli import evening, shared
from correlator.demo import SEED

PICTURE = Path(__file__).with_name("demo.svg")
COMMAND = "make demo DEMO_ARGS=--exit"
_WIDTH = 100
_FIGURES = 11
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def run_demo() -> list[Text]:
    """Run the demo; returns its lines, colours and all."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=_WIDTH,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        soft_wrap=True,
    )
    here = tempfile.TemporaryDirectory()
    shown = (patch.object(module, "terminal", lambda: console) for module in (evening, shared))
    with contextlib.ExitStack() as stack:
        for context in (here, contextlib.chdir(here.name), *shown):
            stack.enter_context(context)
        evening.demo(exit_after=True, out=Path("demo-out"), seed=SEED)
    return [Text.from_ansi(line) for line in out.getvalue().splitlines()]


def shortened(lines: list[Text]) -> list[Text]:
    """Leave out what follows the first figures, up to the closing sentences."""
    plain = [line.plain for line in lines]
    first = plain.index("The evening in figures")
    last = max(i for i, line in enumerate(plain) if not line.strip())
    return [*lines[: first + _FIGURES], Text("…", "dim"), *lines[last:]]


def draw(lines: list[Text]) -> str:
    """Return the picture. Its fonts are those of the reader: nothing is fetched."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), highlight=False)
    for line in (Text(f"$ {COMMAND}", "bold"), *lines):
        console.print(line, overflow="fold")
    return _FONTS.sub("", console.export_svg(title="correlator", unique_id="demo"))


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(draw(shortened(run_demo())) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
