"""Reads from a CEL expression which claims it uses and what it compares them with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Final, TypeAlias

from kube_oidc.rules.engine.facts import Comparison, Facts, Place
from kube_oidc.verdict.cel.compile import Compiled, compile_expression
from kube_oidc.verdict.cel.literal_checks import children
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.cel.syntax import (
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
)
from kube_oidc.verdict.versions import KubernetesVersion

_INDEX: Final = frozenset({"_?._", "_[_]", "_[?_]"})
_TRANSPARENT: Final = frozenset({"dyn", "optional.of"})
_SAME_TEXT: Final = frozenset({"lowerAscii", "trim"})
_UNWRAP: Final = frozenset({"orValue", "value", "or"})
_RELATIONS: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
_TEXT: Final = frozenset({"startsWith", "endsWith", "contains", "matches", "find", "findAll"})
_MAX_JOINED: Final = 64  # strings, if an expression joins several alternatives
Loops: TypeAlias = dict[str, tuple[Node, ...]]


@lru_cache(maxsize=4096)
def facts(expression: str, version: KubernetesVersion, scope: Scope = Scope.CLAIMS) -> Facts | None:
    """Returns the facts about the expression; None if it doesn't compile."""
    compiled = compile_expression(expression, scope, version)
    if not isinstance(compiled, Compiled):
        return None
    root = scope.value
    reads, guarded = set(), set()
    nodes = list(walk(compiled.tree))
    for node in nodes:
        path = place(node, root)
        if path:
            reads.add(path)
            if _asks(node):
                guarded.add(path)
    whole = frozenset(
        path for path in reads if not any(path == other[: len(path)] != other for other in reads)
    )
    text = tuple(node.value for node in nodes if isinstance(node, Literal) and isinstance(node.value, str))
    numbers = tuple(node.value for node in nodes if isinstance(node, Literal) and type(node.value) is int)
    return Facts(whole, frozenset(guarded), tuple(_comparisons(nodes, root)), text, numbers, compiled.tree)


def place(node: Node, root: str = "claims") -> Place | None:
    """Returns `("realm_access", "roles")` for `claims.realm_access.roles`, () for `claims`, None for anything else."""
    match node:
        case Ident(name=name) if name == root:
            return ()
        case Select(operand=operand, field=field):
            return _below(operand, field, root)
        case Call(function=function, target=None, arguments=[operand, Literal(value=str(field))]) if (
            function in _INDEX
        ):
            return _below(operand, field, root)
        case Call(function=function, target=None, arguments=[operand]) if function in _TRANSPARENT:
            return place(operand, root)
        case Call(function=function, target=target) if (
            target is not None and function in _UNWRAP | _SAME_TEXT
        ):
            return place(target, root)
    return None


def walk(tree: Node) -> Iterator[Node]:
    """Yields every node of the tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def _below(operand: Node, field: str, root: str) -> Place | None:
    above = place(operand, root)
    return None if above is None else (*above, field)


def _asks(node: Node) -> bool:
    match node:
        case Select(test=True) | Call(function="_?._" | "_[?_]"):
            return True
    return False


def _comparisons(nodes: list[Node], root: str) -> Iterator[Comparison]:
    loops = _loops(nodes)
    for node in nodes:
        match node:
            case Call(function=function, target=None, arguments=[left, right]) if function in _RELATIONS:
                yield from _relation(function, left, right, root, loops)
            case Call(function="@in", target=None, arguments=[needle, ListLiteral(elements=elements)]):
                values = [element.value for element in elements if isinstance(element, Literal)]
                for path in _places(needle, root, loops):
                    yield from (Comparison(path, "@in", value) for value in values)
            case Call(function="@in", target=None, arguments=[needle, haystack]):
                for path in _places(haystack, root, {}):
                    yield from (Comparison(path, "in list", value) for value in _constants(needle, loops))
            case Call(function=function, target=target, arguments=[argument]) if (
                function in _TEXT and target is not None
            ):
                for path in _places(target, root, loops):
                    texts = (text for text in _constants(argument, loops) if isinstance(text, str))
                    yield from (Comparison(path, function, text) for text in texts)


def _relation(function: str, left: Node, right: Node, root: str, loops: Loops) -> Iterator[Comparison]:
    for one, other in ((left, right), (right, left)):
        for path in _places(one, root, loops):
            yield from (Comparison(path, function, value) for value in _constants(other, loops))


def _loops(nodes: list[Node]) -> Loops:
    """Returns the values of loop variables over constant lists; a name used in two loops has the values of both."""
    loops: Loops = {}
    for node in nodes:
        match node:
            case Comprehension(range=ListLiteral(elements=elements), variable=first, second_variable=second):
                name = second or first  # with two variables, the first is the index
                loops[name] = (*loops.get(name, ()), *elements)
            case Comprehension(range=MapLiteral(entries=entries), variable=name):
                loops[name] = (*loops.get(name, ()), *(entry.key for entry in entries))
    return loops


def _places(node: Node, root: str, loops: Loops) -> tuple[Place, ...]:
    """Returns the claims that the node can refer to, directly or through a loop variable."""
    nodes = loops.get(node.name, ()) if isinstance(node, Ident) else (node,)
    return tuple(path for each in nodes if (path := place(each, root)))


def _constants(node: Node, loops: Loops) -> tuple[object, ...]:
    """Returns the node's possible values if they are constant: a literal, a loop variable, joined strings."""
    match node:
        case Literal(value=value):
            return (value,)
        case Ident(name=name):
            return tuple(each.value for each in loops.get(name, ()) if isinstance(each, Literal))
        case Call(function="_+_", target=None, arguments=[left, right]):
            pairs = product(_constants(left, loops), _constants(right, loops))
            join_parts = (a + b for a, b in pairs if isinstance(a, str) and isinstance(b, str))
            return tuple(islice(join_parts, _MAX_JOINED))
    return ()
