"""Small questions about Python syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.AST | None) -> str:
    """Return `a.b.c` as it is written, "" for anything else."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def imported(module: str, node: ast.AST, *, is_package: bool) -> Iterator[tuple[str, str]]:
    """Yield the local name and the dotted target of whatever a statement imports."""
    if isinstance(node, ast.Import):
        for each in node.names:
            yield each.asname or each.name, each.name
    if isinstance(node, ast.ImportFrom):
        source = node.module or ""
        if node.level:
            folders = module.split(".")
            up = node.level - is_package
            source = ".".join(filter(None, [*folders[: len(folders) - up], source]))
        for each in node.names:
            yield each.asname or each.name, f"{source}.{each.name}"


def decorators(node: Function) -> set[str]:
    return {dotted(each).split(".")[-1] for each in node.decorator_list}


def own_writes(method: Function) -> Iterator[tuple[ast.Attribute, ast.AST]]:
    """Yield what a method assigns to attributes of its own object."""
    for node in ast.walk(method):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Attribute) and dotted(target.value) == "self":
                yield target, node


def targets(node: ast.AST) -> list[ast.expr]:
    """Return what a statement assigns to or deletes, unpacked."""
    if isinstance(node, ast.Assign | ast.Delete):
        return unpacked(node.targets)
    if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.comprehension):
        return unpacked([node.target])
    return []


def unpacked(targets: Iterable[ast.expr]) -> list[ast.expr]:
    """Return `a`, `b.c` and `d` of the target `a, (b.c, *d)`."""
    front = list(targets)
    flat: list[ast.expr] = []
    while front:
        target = front.pop()
        if isinstance(target, ast.Tuple | ast.List):
            front += target.elts
        elif isinstance(target, ast.Starred):
            front.append(target.value)
        else:
            flat.append(target)
    return flat


def is_empty(function: Function) -> bool:
    """Say whether a function does nothing: a docstring, `...` or `pass`."""
    return all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in function.body
    )


def values(node: ast.expr) -> list[ast.expr]:
    """Return the parts of an expression of which its value may be made; of a test, none."""
    if isinstance(node, ast.Compare | ast.Constant | ast.Lambda | ast.JoinedStr):
        return []
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return [node.elt]
    if isinstance(node, ast.DictComp):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
