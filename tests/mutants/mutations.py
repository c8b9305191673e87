"""One change to one function at a time: what may go wrong in a rule."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Final

_EMPTY: Final = {
    "list": "[]",
    "tuple": "()",
    "dict": "{}",
    "str": "''",
    "bytes": "b''",
    "bool": "False",
    "int": "0",
}
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of a function; `first_line` is where its code begins, decorators included."""

    file: str
    module: str
    function: str
    first_line: int
    change: str
    code: Callable[[], CodeType]

    def __str__(self) -> str:
        return f"{self.module.removeprefix('kube_oidc.')}:{self.function}: {self.change}"


def mutants_of(file: Path, root: Path) -> Iterator[Mutant]:
    """Every mutant of every function and method in the file."""
    tree = ast.parse(file.read_text("utf-8"))
    module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    for function, name in _functions(tree, ""):
        seen: dict[str, int] = {}
        for change, apply, revert in _changes(function):
            seen[change] = seen.get(change, 0) + 1
            title = change if seen[change] == 1 else f"{change} ({seen[change]})"
            code = _Compiled(tree, str(file), name, apply, revert)
            line = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
            yield Mutant(str(file), module, name, line, title, code)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The function's code with the change; the tree is left as it was."""

    tree: ast.Module
    file: str
    name: str
    apply: Callable[[], None]
    revert: Callable[[], None]

    def __call__(self) -> CodeType:
        self.apply()
        try:
            compiled = compile(ast.fix_missing_locations(self.tree), self.file, "exec")
        finally:
            self.revert()
        return next(code for code in _codes(compiled) if code.co_qualname == self.name)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[Any, str]]:
    """Functions and methods that do something, each with its qualified name; not those inside others."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS) and _statements(child):
            yield child, prefix + child.name
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")


def _statements(function: Any) -> list[ast.stmt]:
    """The body without the docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return list(function.body[1:] if documented else function.body)


def _changes(function: Any) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    for text in _results(function):
        yield _replaced(f"returns {text or 'nothing'}", function, "body", _body(function, text))
    for node in ast.walk(function):
        for name, value in list(ast.iter_fields(node)):
            if isinstance(value, list):
                for position, item in enumerate(value):
                    for change, other in _others(node, name, item):
                        changed = [*value[:position], other, *value[position + 1 :]]
                        yield _replaced(change, node, name, changed)
            elif isinstance(value, ast.AST) or name == "guard":
                for change, other in _others(node, name, value):
                    yield _replaced(change, node, name, other)


def _results(function: Any) -> list[str]:
    """What the whole function may return instead."""
    returned = ast.unparse(function.returns) if function.returns else "None"
    if returned == "bool":
        return ["True", "False"]
    if returned.startswith(("Iterator", "Generator")):
        return ["iterator"]
    if returned == "None" or "None" in returned.split(" | "):
        return [""]
    return [_EMPTY[kind]] if (kind := returned.partition("[")[0]) in _EMPTY else []


def _body(function: Any, text: str) -> list[ast.stmt]:
    return (
        ast.parse("if False: yield" if text == "iterator" else f"return {text}").body
        if text
        else [ast.Return()]
    )


def _others(parent: ast.AST, name: str, node: Any) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in place of this node, each with the name of the change."""
    if name in ("test", "ifs", "guard") and not isinstance(parent, ast.Assert | ast.While):
        if node is None or isinstance(parent, ast.match_case):
            if not _is_wildcard(parent):
                yield f"case never: {ast.unparse(parent.pattern)}", ast.Constant(False)
            return
        yield f"always: {ast.unparse(node)}", ast.Constant(True)
        yield f"never: {ast.unparse(node)}", ast.Constant(False)
    elif isinstance(parent, ast.BoolOp) and name == "values":
        neutral = isinstance(parent.op, ast.And)
        yield f"without: {ast.unparse(node)}", ast.Constant(neutral)
    elif isinstance(node, ast.Compare):
        yield f"not: {ast.unparse(node)}", ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.Raise | ast.AugAssign) or _acts(node):
        yield f"removed: {ast.unparse(node).splitlines()[0]}", ast.Pass()


def _acts(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom)


def _is_wildcard(case: Any) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _replaced(
    change: str, node: Any, name: str, other: Any
) -> tuple[str, Callable[[], None], Callable[[], None]]:
    before = getattr(node, name)
    return change, lambda: setattr(node, name, other), lambda: setattr(node, name, before)
