"""The commands: listed without being imported, and each imports what it needs and no more."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from correlator.adapters.host import CACHE
from correlator.cli import cli
from correlator.cli.commands import ENTRIES
from correlator.cli.exits import CODES, UNREACHABLE, USAGE, code_of
from correlator.ports import ServerUnreachableError

LARGE = (
    "alembic", "authlib", "fastapi", "fsspec", "kafka", "networkx", "numba", "numpy", "pyarrow",
    "scipy", "sklearn", "sqlalchemy", "starlette", "uvicorn",
)  # fmt: skip
"""Libraries that take long to import."""
STORE = {"alembic", "sqlalchemy"}
ENGINE = {"networkx", "numba", "numpy", "scipy", "sklearn"}
USED: dict[str, set[str]] = {
    "serve": set(),
    "asyncapi": set(),
    "simulate": {"numpy"},
    "evaluate": {"networkx", "numpy"},
    "explain": STORE,
    "replay": ENGINE,
    "check": ENGINE | {"kafka"},
    "run": ENGINE | STORE | {"kafka"},
    "dead-letters": ENGINE | STORE | {"kafka"},
}
"""Which of them a command may import. The configuration names the brokers and the engine's dial."""


def program() -> Any:
    return typer.main.get_command(cli)


def loaded_by(*arguments: str, **environment: str) -> tuple[set[str], str]:
    """Return which modules a process of the command line has loaded in the end, and its output."""
    program = (
        "import sys\n"
        "from correlator.cli import main\n"
        f"sys.argv = ['correlator', *{arguments!r}]\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.split()), ran.stdout


def test_the_help_page_imports_none_of_the_large_libraries() -> None:
    loaded, said = loaded_by("--help")
    assert "Usage: correlator" in said
    assert loaded.isdisjoint(LARGE)


@pytest.mark.parametrize("command", sorted(USED))
def test_a_command_imports_what_it_uses(command: str) -> None:
    loaded, said = loaded_by(command, "--help")
    assert "Usage: correlator" in said
    assert loaded & {*LARGE} <= USED[command]


def test_a_replay_in_which_nothing_is_trained_imports_nothing_that_trains(tmp_path: Path) -> None:
    for name in ("tickets", "alarms"):
        (tmp_path / name).touch()
    inventory = Path(__file__).parents[2] / "examples" / "topology"
    options = ("--topology", inventory, "--tickets", tmp_path / "tickets")
    files = ("--alarms", tmp_path / "alarms", "--out", tmp_path / "incidents")
    replay = ("replay", *map(str, (*options, *files)))
    kept = {CACHE: str(tmp_path / "kept")}
    fits, _ = loaded_by(*replay, **kept)
    assert "sklearn.linear_model" in fits  # the first one fits the reader
    loaded, said = loaded_by(*replay, **kept)
    assert "Replay" in said
    # Of SciPy numba itself imports `scipy.linalg`, with its first loop.
    unused = {"sklearn", "scipy.sparse", "scipy.special", "scipy.stats", "scipy.optimize"}
    assert loaded.isdisjoint(unused | {"sqlalchemy", "alembic", "kafka", "pyarrow", "fastapi"})


def test_a_daemon_can_import_what_trains_ahead() -> None:
    program = (
        "import sys\n"
        "from correlator.text import import_libraries\n"
        "import_libraries()\n"
        "before = set(sys.modules)\n"
        "import numpy as np\n"
        "from correlator.text import SymptomClassifier, begin\n"
        "from correlator.text.grouping import grouped\n"
        "from correlator.text.kernels.likeness import Rows\n"
        "import rules\n"
        "found = SymptomClassifier(begin(rules.load()))\n"
        "for n in range(200):\n"
        "    found.learn(f'image violette {n}', 'purple-picture')\n"
        "found.train(0)\n"
        "ends, columns = np.arange(1, 9), np.zeros(8, np.int64)\n"
        "grouped(Rows(ends, columns, np.ones(8), 1))\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*new & {'sklearn', 'joblib'})\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=180
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr


def test_the_help_page_says_of_each_command_what_the_command_says_of_itself() -> None:
    commands = program().commands
    assert [entry.name for entry in ENTRIES] == list(commands)
    for entry in ENTRIES:
        assert commands[entry.name].help.strip() == entry.help


def test_the_help_page_is_that_of_the_commands_themselves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    group = program()
    imported = TyperGroup(
        name=group.name,
        commands=dict(group.commands),
        help=group.help,
        no_args_is_help=True,
    )
    pages = []
    for one in (group, imported):
        one.main(["--help"], prog_name="correlator", standalone_mode=False)
        pages.append(capsys.readouterr().out)
    assert pages[0] == pages[1]
    assert "dead-letters" in pages[0]


@pytest.mark.parametrize("name", CODES)
def test_every_expected_error_is_there_under_its_name(name: str) -> None:
    module, _, kind = name.rpartition(".")
    found = getattr(import_module(module), kind)
    assert issubclass(found, Exception)
    assert f"{found.__module__}.{found.__name__}" == name


def test_an_error_has_the_exit_code_of_its_kind() -> None:
    assert code_of(FileNotFoundError("x")) == USAGE
    assert code_of(ServerUnreachableError("x")) == UNREACHABLE
    assert code_of(KeyError("x")) is None


def test_what_goes_wrong_in_an_import_is_no_missing_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(name: str) -> Any:
        raise KeyError(name)

    monkeypatch.setattr("correlator.cli.commands.import_module", failing)
    group = program()
    assert isinstance(group, TyperGroup)
    assert group.get_command(typer.Context(group), "nothing") is None
    with pytest.raises(KeyError, match="correlator"):
        group.get_command(typer.Context(group), "check")
