"""Who writes into other people's objects.

Counted are assignments (plain, augmented, annotated, into an element, unpacked), `del`, `setattr`,
calls that change a container that is an attribute, and calls of plain setters: methods that do
nothing but assign what they are given. The type of what is written to is a best effort
(`Code.typed`, with the local variables of a function); `unknown` says where there was none.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.harness.house_code import NONE, Code, Env, Room, Types
from tests.harness.house_syntax import Function, dotted, targets, unpacked

_CHANGES = frozenset(
    {
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "popitem",
        "clear",
        "update",
        "setdefault",
        "add",
        "discard",
        "sort",
        "reverse",
        "appendleft",
        "popleft",
        "difference_update",
        "intersection_update",
        "fill",
        "resize",
    }
)
_OWN = frozenset({"self", "cls"})


@dataclass(frozen=True)
class Write:
    """An attribute of another object that some line changes; `owner` is "" where unknown."""

    where: str  # file:line
    file: str
    owner: str
    attribute: str
    how: str  # assign, del, setattr, change, setter

    def __str__(self) -> str:
        owner = self.owner.rpartition(".")[2] or "?"
        return f"{self.where} {owner}.{self.attribute} ({self.how})"


class Writes:
    """All writes of an engine to attributes of something that is not `self`."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._setters = {name for name, room in code.functions.items() if _sets(room)}
        self.all = [write for room in code.functions.values() for write in self._of(room)]

    def foreign(self) -> list[Write]:
        """Return the writes from outside the package that defines the class."""
        return [w for w in self.all if w.owner and self._outside(w)]

    def to(self, name: str) -> list[Write]:
        """Return those of them to one class and to what inherits from it."""
        return [w for w in self.foreign() if w.owner.rpartition(".")[2] == name]

    def unknown(self) -> list[Write]:
        """Return assignments to attributes of an object of no known type."""
        return [w for w in self.all if not w.owner and w.how != "change"]

    def private(self) -> list[Write]:
        """Return the writes to what others keep to themselves, from anywhere."""
        return [w for w in self.all if w.attribute.startswith("_")]

    def _outside(self, write: Write) -> bool:
        owner = self._code.module_of(write.owner)
        module = next(m for m in self._code.modules.values() if self._file(m.name) == write.file)
        return module.package != owner.package

    def _file(self, module: str) -> str:
        path = self._code.modules[module].path
        return path.relative_to(self._code.root / "correlator" / "engine").as_posix()

    # ------------------------------------------------------------------------------ a function

    def _of(self, room: Room) -> Iterator[Write]:
        env = self.locals(room)
        for node in ast.walk(room.node):
            for target, attribute, how in self._changed(room, node, env):
                if dotted(target) in _OWN:
                    continue
                file = self._file(room.module)
                for owner in sorted(self._code.typed(room.module, target, env)) or [""]:
                    yield Write(f"{file}:{node.lineno}", file, owner, attribute, how)  # type: ignore[attr-defined]

    def _changed(self, room: Room, node: ast.AST, env: Env) -> Iterator[tuple[ast.expr, str, str]]:
        """Yield the object, the attribute and the way in which a node changes it."""
        if isinstance(node, ast.Call):
            yield from self._call(room, node, env)
            return
        how = "del" if isinstance(node, ast.Delete) else "assign"
        for target in targets(node):
            place = target
            while isinstance(place, ast.Subscript):
                place = place.value
            if isinstance(place, ast.Attribute):
                yield place.value, place.attr, how

    def _call(self, room: Room, node: ast.Call, env: Env) -> Iterator[tuple[ast.expr, str, str]]:
        function = node.func
        if dotted(function) in {"setattr", "delattr"} and len(node.args) > 1:
            named = node.args[1]
            yield node.args[0], str(getattr(named, "value", "?")), "setattr"
        if not isinstance(function, ast.Attribute):
            return
        typed = self._code.typed(room.module, function.value, env)
        known = [self._code.method(each, function.attr) for each in typed]
        if any(method is not None and method.name in self._setters for method in known):
            yield function.value, f"{function.attr}()", "setter"
        place = function.value
        while isinstance(place, ast.Subscript):
            place = place.value
        if function.attr in _CHANGES and isinstance(place, ast.Attribute) and not any(known):
            yield place.value, place.attr, "change"

    def locals(self, room: Room) -> Env:
        """Return the types of parameters and local variables, wherever in the function."""
        env = dict(self._code.parameters(room))
        for nested in ast.walk(room.node):
            if isinstance(nested, Function) and nested is not room.node:
                inner = Room(f"{room.name}.{nested.name}", room.module, "", nested)
                env |= self._code.parameters(inner)
        for _ in range(3):  # what is assigned may be used above, in a loop
            for node in ast.walk(room.node):
                for target, types in self._bound(room, node, env):
                    _bind(env, target, types)
        return env

    def _bound(self, room: Room, node: ast.AST, env: Env) -> Iterator[tuple[ast.expr, Types]]:
        """Yield the variables that a node binds, with their types."""
        module, code = room.module, self._code
        if isinstance(node, ast.AnnAssign):
            yield node.target, code.annotated(module, node.annotation)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value, lambda e: code.typed(module, e, env))
        elif isinstance(node, ast.For | ast.comprehension):
            yield node.target, code.inside(code.typed(module, node.iter, env), "__iter__")
        elif isinstance(node, ast.NamedExpr):
            yield node.target, code.typed(module, node.value, env)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield node.optional_vars, code.typed(module, node.context_expr, env)
        elif isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchAs):
            pattern, name = node.pattern.pattern, node.pattern.name
            if isinstance(pattern, ast.MatchClass) and name:
                yield ast.Name(name), code.annotated(module, pattern.cls)


# --------------------------------------------------------------------------------- syntax


def _pairs(
    target: ast.expr, value: ast.expr, typed: Callable[[ast.expr], Types]
) -> Iterator[tuple[ast.expr, Types]]:
    """Yield what of `a, b = x, y` goes where; of any other value every part may be anywhere."""
    if (
        isinstance(target, ast.Tuple)
        and isinstance(value, ast.Tuple)
        and len(target.elts) == len(value.elts)
    ):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, other, typed)
    else:
        yield target, typed(value)


def _bind(env: Env, target: ast.expr, types: Types) -> None:
    for node in unpacked([target]):
        if isinstance(node, ast.Name) and types:
            env[node.id] = env.get(node.id, NONE) | types


def _sets(room: Room) -> bool:
    """Say whether a method does nothing but assign what it is given to attributes of its own."""
    given = {each.arg for each in (*room.node.args.args, *room.node.args.kwonlyargs)} - _OWN
    body = room.node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (
        bool(room.owner and body)
        and not room.node.name.startswith("__")
        and all(
            isinstance(line, ast.Assign)
            and dotted(line.value) in given
            and all(dotted(target).startswith("self.") for target in line.targets)
            for line in body
        )
    )
