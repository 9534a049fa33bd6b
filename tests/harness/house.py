"""Measure how the engine is built: `python -m tests.harness.house [--list] [folder]`.

Who reaches every state, how far an event goes from file to file, who writes into incidents that are
another's, how high the imports are stacked, how long files and functions are. The folder is the
root of another tree to measure, without one it is this tree. `--list` names what was counted.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tests.harness.house_code import ENGINE, NONE, Code, Module, Room, Types
from tests.harness.house_syntax import dotted, imported
from tests.harness.house_writes import Writes

ROOT = Path(__file__).parents[2]
CORES = (
    ("Baseline", "Detector", "CallWindow", "Ledger", "AlarmBook", "Registry"),
    ("Baseline", "Burst", "Watches", "Recent", "Incidents", "Alarms"),
)
"""The states of the engine by class, in folders and as it once was; what most of exists counts."""
INCIDENTS = ("LiveIncident", "Live")
"""The class of an incident that is not over, likewise."""


class Longest(NamedTuple):
    lines: int
    name: str


class Reach:
    """Which states a function can reach: over its parameters, and what is to be had from those.

    From an object one comes to its attributes and to what its public methods return. A protocol
    that the engine declares is a door: behind it is only what its signatures name. `strict`: what
    others keep in private attributes counts as well; without it only one's own do.
    """

    def __init__(self, code: Code, *, strict: bool = True) -> None:
        self._code = code
        self._strict = strict
        self._known: dict[tuple[str, bool], Types] = {}
        named = {name.rpartition(".")[2]: name for name in code.classes}
        core = max(CORES, key=lambda names: len(named.keys() & set(names)))
        self.core = [named[name] for name in core if name in named]

    def core_reached(self, room: Room) -> frozenset[str]:
        """Return the states that a function reaches, its own among them."""
        given = NONE.union(*self._code.parameters(room).values())
        reached = set(given)
        front = NONE.union(*(self._from(each, own=each == room.owner) for each in given))
        while front:
            reached |= front
            front = NONE.union(*(self._from(each, own=False) for each in front)) - reached
        return frozenset(reached.intersection(self.core))

    def _from(self, owner: str, *, own: bool) -> Types:
        """Return what is one step from an object of a class."""
        key = owner, own or self._strict
        if key not in self._known:
            self._known[key] = NONE.union(*self._steps(owner, private=key[1]))
        return self._known[key]

    def _steps(self, owner: str, *, private: bool) -> Iterator[Types]:
        code = self._code
        for name in code.attribute_names(owner):
            if private or not name.startswith("_"):
                yield code.attribute(owner, name)
        for room in code.methods(owner):
            if code.is_protocol(room.name.rpartition(".")[0]):
                yield from code.parameters(room).values()
            if not room.node.name.startswith("_") or room.node.name in {"__getitem__", "__iter__"}:
                yield code.returns(room)

    @cached_property
    def by_room(self) -> dict[str, int]:
        """How many states each function of the engine reaches."""
        return {room.name: len(self.core_reached(room)) for room in self._code.rooms}

    def everything(self) -> list[str]:
        """Return the functions that reach every state."""
        return [name for name, count in self.by_room.items() if count == len(self.core)]

    def share(self) -> float:
        return len(self.everything()) / len(self.by_room)


class Imports:
    """Who imports whom inside the engine, file by file, imports for type checkers included.

    What a package only passes on counts as imported from where it is defined; a package's
    `__init__.py` is a file of its own only where it defines something.
    """

    def __init__(self, code: Code) -> None:
        self._code = code
        self.arrows: dict[str, set[str]] = {
            name: set() for name, module in code.modules.items() if _holds(module.tree)
        }
        for name, arrows in self.arrows.items():
            module = code.modules[name]
            found = {f for node in ast.walk(module.tree) for f in self._files(module, node)}
            arrows.update(found & self.arrows.keys() - {name})

    def _files(self, module: Module, node: ast.AST) -> Iterator[str]:
        """Yield the files that a node takes something from: imports, and `package.name` in use."""
        found = [
            self._code.canonical(target)
            for _, target in imported(module.name, node, is_package=module.is_package)
        ]
        if isinstance(node, ast.Attribute):
            found = [self._code.resolve(module.name, dotted(node))]
        yield from (self._code.module_of(name).name for name in found if name)

    def _reached(self, name: str) -> set[str]:
        found: set[str] = set()
        front = [name]
        while front:
            new = self.arrows[front.pop()] - found
            found |= new
            front += new
        return found

    @cached_property
    def _behind(self) -> dict[str, set[str]]:
        return {name: self._reached(name) for name in self.arrows}

    def circles(self) -> list[list[str]]:
        """Return the groups of files that import one another in a circle."""
        groups = {
            tuple(sorted(other for other in behind if name in self._behind[other]))
            for name, behind in self._behind.items()
            if name in behind
        }
        return sorted(map(list, groups))

    def floors(self) -> int:
        """Return how many files stand on one another at most; a circle is one floor."""
        heights: dict[str, int] = {}
        for name in sorted(self.arrows, key=self._depth):
            below = [n for n in self._behind[name] if name not in self._behind[n] and n != name]
            heights[name] = 1 + max((heights[n] for n in below), default=0)
        return max(heights.values())

    def _depth(self, name: str) -> tuple[int, bool]:
        """Sort a file after all it imports, and after a circle whoever imports it from outside."""
        return len(self._behind[name]), name not in self._behind[name]


def _holds(tree: ast.Module) -> bool:
    """Say whether a file defines anything, other than `__all__`."""
    passing = (ast.Import, ast.ImportFrom, ast.Expr, ast.If)
    return any(
        not isinstance(node, passing)
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in tree.body
    )


@dataclass(frozen=True)
class House:
    """All figures of one tree."""

    root: Path = ROOT

    @cached_property
    def code(self) -> Code:
        return Code(self.root)

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.code)

    @cached_property
    def reach_by_public_names(self) -> Reach:
        return Reach(self.code, strict=False)

    @cached_property
    def writes(self) -> Writes:
        return Writes(self.code)

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.code)

    @cached_property
    def incident(self) -> str:
        """The name of the class of an incident that is not over."""
        named = {name.rpartition(".")[2] for name in self.code.classes}
        return next(name for name in INCIDENTS if name in named)

    @cached_property
    def ways(self) -> dict[str, dict[str, Any]]:
        """The ways of events through the rooms, by event; `tests.harness.house_trace`."""
        tracer = Path(__file__).with_name("house_trace.py")
        done = subprocess.run(
            [sys.executable, "-P", tracer],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "NUMBA_DISABLE_JIT": "1"},
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
        return {way["event"]: way for way in json.loads(done.stdout)}

    def longest_file(self) -> Longest:
        engine = self.root / "correlator" / "engine"
        paths = (module.path for module in self.code.modules.values())
        return Longest(*max((_lines(p), p.relative_to(engine).as_posix()) for p in paths))

    def longest_function(self) -> Longest:
        return Longest(*max((room.lines, _short(room.name)) for room in self.code.rooms))

    def by_package(self) -> Counter[str]:
        """Return how many functions each folder of the engine has, "" for the engine's own."""
        packages = (self.code.modules[room.module].name.split(".") for room in self.code.rooms)
        return Counter(".".join(names[2:-1]) for names in packages)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _short(name: str) -> str:
    return name.removeprefix(f"{ENGINE}.")


# ------------------------------------------------------------------------------- the table


def _reach_lines(reach: Reach) -> Iterator[str]:
    counts = Counter(reach.by_room.values())
    states = ", ".join(name.rpartition(".")[2] for name in reach.core)
    yield f"  every state ({states})"
    yield f"    {len(reach.everything())} of {len(reach.by_room)} functions, {reach.share():.1%}"
    yield "    functions by states reached: " + ", ".join(
        f"{n}: {counts[n]}" for n in range(len(reach.core) + 1)
    )


def _write_lines(house: House) -> Iterator[str]:
    writes, to_incident = house.writes, house.writes.to(house.incident)
    assigned = [write for write in to_incident if write.how == "assign"]
    names = {write.attribute for write in assigned}
    yield f"  of {house.incident}: {len(to_incident)}, of these {len(assigned)} assignments"
    yield f"    to {len(names)} names; " + _counts(write.file for write in to_incident)
    yield f"  of all classes: {len(writes.foreign())}; " + _counts(
        write.owner.rpartition(".")[2] for write in writes.foreign()
    )
    yield f"  of private attributes, from anywhere: {len(writes.private())}"
    yield f"  of objects of unknown type: {len(writes.unknown())}"


def _counts(names: Iterator[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())


def _way_lines(house: House) -> Iterator[str]:
    yield f"  {'':32}{'moves':>7}{'entries':>9}{'rooms':>7}{'calls':>7}"
    for way in house.ways.values():
        figures = f"{way['moves']:7}{way['entries']:9}{way['rooms']:7}{way['calls']:7}"
        yield f"  {way['event']:32}{figures}"


def table(house: House) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "Reach"
    yield from _reach_lines(house.reach)
    yield "Reach, the private attributes of others left out"
    yield from _reach_lines(house.reach_by_public_names)
    yield "Moves between rooms"
    yield from _way_lines(house)
    yield "Writes from outside the owner"
    yield from _write_lines(house)
    imports, arrows = house.imports, sum(map(len, house.imports.arrows.values()))
    yield "Imports inside the engine"
    yield f"  {len(imports.arrows)} files, {arrows} arrows, {imports.floors()} floors"
    yield f"  circles: {len(imports.circles())} {list(map(_joined, imports.circles())) or ''}"
    yield "Functions, by package"
    yield "  " + ", ".join(
        f"{name or 'engine'} {n}" for name, n in house.by_package().most_common()
    )
    yield "Longest"
    yield "  file {} {}".format(*house.longest_file())
    yield "  function {} {}".format(*house.longest_function())


def _joined(names: list[str]) -> str:
    return " ".join(map(_short, names))


def listing(house: House) -> Iterator[str]:
    """Yield by name what the table counts."""
    yield "Functions that reach every state"
    yield from (f"  {_short(name)}" for name in house.reach.everything())
    yield "Writes from outside the package that defines the class"
    yield from (f"  {write}" for write in house.writes.foreign())
    yield "Writes of private attributes of others"
    yield from (f"  {write}" for write in house.writes.private())
    yield "Writes of objects of unknown type"
    yield from (f"  {write}" for write in house.writes.unknown())
    for way in house.ways.values():
        yield f"The way of: {way['event']}"
        yield "  " + " ".join(Path(room).with_suffix("").name for room in way["way"])


def main() -> None:
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    folders = [Path(argument) for argument in sys.argv[1:] if argument not in options]
    house = House(folders[0].resolve() if folders else ROOT)
    lines = [*table(house), *(listing(house) if "--list" in options else ())]
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
