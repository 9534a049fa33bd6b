"""The commands: listed without being imported, and each imports what it needs and no more."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

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


def loaded_by(*arguments: str) -> set[str]:
    """Return which large libraries a process of the command line has loaded at its end."""
    program = (
        "import sys\n"
        "from correlator.cli import main\n"
        f"sys.argv = ['correlator', *{arguments!r}]\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        f"    print(*(name for name in {LARGE!r} if name in sys.modules), file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=180
    )
    assert ran.returncode == 0, ran.stderr
    assert "Usage: correlator" in ran.stdout
    return set(ran.stderr.split())


def test_the_help_page_imports_none_of_the_large_libraries() -> None:
    assert loaded_by("--help") == set()


@pytest.mark.parametrize("command", sorted(USED))
def test_a_command_imports_what_it_uses(command: str) -> None:
    assert loaded_by(command, "--help") <= USED[command]


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
