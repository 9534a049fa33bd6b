"""What stands in the engine's source: modules, classes, functions, and which type is where.

Read as a syntax tree, never imported; any folder with a `correlator/engine/` will do. Types are a
best effort and a container is taken for what is in it: `dict[int, Live] | None` is `Live`, of a
`Callable` only what it returns. What is of no type of the engine is of none at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from tests.harness.house_syntax import (
    Function,
    decorators,
    dotted,
    imported,
    is_empty,
    own_writes,
    values,
)

Types: TypeAlias = frozenset[str]
Env: TypeAlias = dict[str, Types]

ENGINE = "correlator.engine"
NONE: Types = frozenset()
_SAME = frozenset(
    {
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "sorted",
        "reversed",
        "iter",
        "next",
        "enumerate",
        "zip",
        "max",
        "min",
        "filter",
        "chain",
        "from_iterable",
        "replace",
        "copy",
        "deepcopy",
        "values",
        "items",
        "get",
        "pop",
        "popitem",
        "setdefault",
        "union",
    }
)
"""Functions and methods that give back what was in their arguments, or in their container."""


@dataclass
class Module:
    """One file; `names` are what its top level defines, `imports` what it takes from where."""

    name: str
    path: Path
    tree: ast.Module
    names: dict[str, ast.AST] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def package(self) -> str:
        """What owns its classes: its folder, or the file itself where it lies in no folder."""
        parent = self.name if self.is_package else self.name.rpartition(".")[0]
        return self.name if parent == ENGINE else parent


@dataclass
class Room:
    """A function or method, by its dotted name; `owner` is the class of a method, or ""."""

    name: str
    module: str
    owner: str
    node: Function

    @property
    def lines(self) -> int:
        return (self.node.end_lineno or 0) - self.node.lineno + 1

    @property
    def is_property(self) -> bool:
        return bool(decorators(self.node) & {"property", "cached_property"})


class Code:
    """The source of one engine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict[str, Module] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, Room] = {}
        self._attributes: dict[tuple[str, str], Types] = {}
        for path in sorted((root / "correlator" / "engine").rglob("*.py")):
            self._read(path)

    def _read(self, path: Path) -> None:
        parts = path.relative_to(self.root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        module = Module(name, path, ast.parse(path.read_text(encoding="utf-8")))
        self.modules[name] = module
        for node in ast.walk(module.tree):
            for local, target in imported(module.name, node, is_package=module.is_package):
                module.imports[local] = target
        for node in module.tree.body:
            self._define(module, node)

    def _define(self, module: Module, node: ast.stmt) -> None:
        if isinstance(node, ast.ClassDef):
            owner = f"{module.name}.{node.name}"
            self.classes[owner] = node
            for each in node.body:
                if isinstance(each, Function):
                    name = f"{owner}.{each.name}"
                    self.functions[name] = Room(name, module.name, owner, each)
        elif isinstance(node, Function):
            name = f"{module.name}.{node.name}"
            self.functions[name] = Room(name, module.name, "", node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            module.names[node.target.id] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.names[node.targets[0].id] = node
        if isinstance(node, ast.ClassDef | Function):
            module.names[node.name] = node

    # ------------------------------------------------------------------------------- names

    def resolve(self, module: str, name: str) -> str:
        """Return where in the engine a dotted name is defined, through re-exports; "" outside."""
        first, _, rest = name.partition(".")
        known = self.modules[module]
        if first in known.names:
            return f"{module}.{name}"
        target = known.imports.get(first, "")
        if not target.startswith(ENGINE):
            return ""
        return self.canonical(f"{target}.{rest}" if rest else target)

    def canonical(self, dotted: str) -> str:
        """Return where what an import names is defined, a module itself; "" outside."""
        if dotted in self.modules:
            return dotted
        for module in sorted(self.modules, key=len, reverse=True):
            if dotted.startswith(f"{module}."):
                return self.resolve(module, dotted[len(module) + 1 :])
        return ""

    def module_of(self, dotted: str) -> Module:
        """Return the file in which a class or function stands."""
        while dotted not in self.modules:
            dotted = dotted.rpartition(".")[0]
        return self.modules[dotted]

    def bases(self, owner: str) -> list[str]:
        found = (self.resolve(self.module_of(owner).name, dotted(b)) for b in self._bases(owner))
        return [base for base in found if base in self.classes]

    def _bases(self, owner: str) -> list[ast.expr]:
        return [b.value if isinstance(b, ast.Subscript) else b for b in self.classes[owner].bases]

    @cached_property
    def rooms(self) -> list[Room]:
        """The functions that do something: what a protocol only declares is none."""
        return [room for room in self.functions.values() if not self._declares(room)]

    def _declares(self, room: Room) -> bool:
        return bool(room.owner) and self.is_protocol(room.owner) and is_empty(room.node)

    def is_protocol(self, owner: str) -> bool:
        return any(dotted(base).split(".")[-1] == "Protocol" for base in self._bases(owner))

    def method(self, owner: str, name: str) -> Room | None:
        known = self.functions.get(f"{owner}.{name}")
        if known is None:
            known = next(filter(None, (self.method(b, name) for b in self.bases(owner))), None)
        return known

    def methods(self, owner: str) -> list[Room]:
        own = [room for room in self.functions.values() if room.owner == owner]
        return own + [room for base in self.bases(owner) for room in self.methods(base)]

    # ------------------------------------------------------------------------------- types

    def annotated(self, module: str, node: ast.expr | None) -> Types:
        """Return the engine's classes that an annotation lets one reach."""
        if node is None:
            return NONE
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.annotated(module, ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._named(self.resolve(module, dotted(node)))
        outer = dotted(node.value).split(".")[-1] if isinstance(node, ast.Subscript) else ""
        if outer == "Literal":
            return NONE
        if isinstance(node, ast.Subscript) and outer == "Callable":
            inside = node.slice.elts[-1:] if isinstance(node.slice, ast.Tuple) else []
        else:
            inside = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
        return NONE.union(*(self.annotated(module, each) for each in inside))

    def _named(self, name: str) -> Types:
        """Return a class, or what a type alias stands for."""
        if name in self.classes:
            return frozenset({name})
        if not name or name in self.modules:
            return NONE
        module = self.module_of(name)
        node = module.names.get(name.rpartition(".")[2])
        alias = isinstance(node, ast.Assign) or (
            isinstance(node, ast.AnnAssign) and dotted(node.annotation).endswith("TypeAlias")
        )
        value = getattr(node, "value", None)
        if alias and isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp):
            return self.annotated(module.name, value)
        return NONE

    def returns(self, room: Room) -> Types:
        if room.owner and dotted(room.node.returns) in {"Self", "typing.Self"}:
            return frozenset({room.owner})
        return self.annotated(room.module, room.node.returns)

    def parameters(self, room: Room) -> Env:
        """Return the types of the parameters, `self` included."""
        given = room.node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        arguments += [each for each in (given.vararg, given.kwarg) if each is not None]
        env = {each.arg: self.annotated(room.module, each.annotation) for each in arguments}
        if room.owner and arguments and "staticmethod" not in decorators(room.node):
            env[arguments[0].arg] = frozenset({room.owner})
        return env

    def attribute_names(self, owner: str) -> set[str]:
        """Return the names of all attributes and properties of a class."""
        names = {name for name, _ in self._class_level(owner)}
        names |= {
            target.attr for room in self.methods(owner) for target, _ in own_writes(room.node)
        }
        return names | {room.node.name for room in self.methods(owner) if room.is_property}

    def _class_level(self, owner: str) -> Iterator[tuple[str, Types]]:
        module = self.module_of(owner).name
        for node in self.classes[owner].body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, self.annotated(module, node.annotation)
        for base in self.bases(owner):
            yield from self._class_level(base)

    def attribute(self, owner: str, name: str) -> Types:
        """Return the types of an attribute or property."""
        key = owner, name
        if key not in self._attributes:
            self._attributes[key] = NONE  # what is defined by itself adds nothing
            self._attributes[key] = NONE.union(*self._attribute(owner, name))
        return self._attributes[key]

    def _attribute(self, owner: str, name: str) -> Iterator[Types]:
        yield from (types for known, types in self._class_level(owner) if known == name)
        for room in self.methods(owner):
            if room.node.name == name and room.is_property:
                yield self.returns(room)
            for target, node in own_writes(room.node):
                if target.attr == name:
                    yield self._given(room, node)

    def _given(self, room: Room, node: ast.AST) -> Types:
        """Return the types of what a method assigns."""
        if isinstance(node, ast.AnnAssign):
            return self.annotated(room.module, node.annotation)
        value = getattr(node, "value", None)
        if not isinstance(value, ast.expr):
            return NONE
        return self.typed(room.module, value, self.parameters(room))

    def typed(self, module: str, node: ast.expr, env: Env) -> Types:
        """Return the types of an expression."""
        if isinstance(node, ast.Name):
            return env.get(node.id, NONE)
        if isinstance(node, ast.Call):
            return self._called(module, node, env)
        if isinstance(node, ast.Attribute):
            bases = self.typed(module, node.value, env)
            return NONE.union(*(self.attribute(base, node.attr) for base in bases))
        if isinstance(node, ast.Subscript):
            return self.inside(self.typed(module, node.value, env), "__getitem__")
        return NONE.union(*(self.typed(module, each, env) for each in values(node)))

    def inside(self, types: Types, method: str) -> Types:
        """Return what iterating or indexing gives; what stands for a container gives itself."""
        rooms = {each: self.method(each, method) for each in types}
        return NONE.union(*(self.returns(r) if r else {each} for each, r in rooms.items()))

    def _called(self, module: str, node: ast.Call, env: Env) -> Types:
        function, name = node.func, self.resolve(module, dotted(node.func))
        if name in self.classes:
            return frozenset({name})
        if name in self.functions:
            return self.returns(self.functions[name])
        last = dotted(function).split(".")[-1] or getattr(function, "attr", "")
        if last == "convert" and len(node.args) > 1:
            return self.annotated(module, node.args[1])
        found: Types = NONE
        if isinstance(function, ast.Attribute):
            for each in self.typed(module, function.value, env):
                room = self.method(each, function.attr)
                if room is not None:
                    found |= self.returns(room)
                elif last in _SAME:
                    found |= {each}
        if not found and last in _SAME:
            found = NONE.union(*(self.typed(module, each, env) for each in node.args))
        return found
