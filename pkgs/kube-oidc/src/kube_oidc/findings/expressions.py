"""What an expression says of claims: which it reads, and what it compares them with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from kube_oidc.cel.compile import Compiled, compile_expression
from kube_oidc.cel.literal_checks import children
from kube_oidc.cel.scope import Scope
from kube_oidc.cel.syntax import Call, Ident, ListLiteral, Literal, Node, Select
from kube_oidc.findings.facts import Comparison, Facts, Place
from kube_oidc.kubernetes_version import KubernetesVersion

_INDEX: Final = frozenset({"_?._", "_[_]", "_[?_]"})
_TRANSPARENT: Final = frozenset({"dyn", "optional.of"})
_SAME_TEXT: Final = frozenset({"lowerAscii", "trim"})
_UNWRAP: Final = frozenset({"orValue", "value", "or"})
_RELATIONS: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
_TEXT: Final = frozenset({"startsWith", "endsWith", "contains", "matches"})


@lru_cache(maxsize=4096)
def facts(expression: str, version: KubernetesVersion, scope: Scope = Scope.CLAIMS) -> Facts | None:
    """What is in the expression; None where it does not compile."""
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
    """`("realm_access", "roles")` for `claims.realm_access.roles`; () for `claims`, None for all else."""
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
    """Every node of the tree."""
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
    for node in nodes:
        match node:
            case Call(function=function, target=None, arguments=[left, right]) if function in _RELATIONS:
                yield from _relation(function, left, right, root)
            case Call(function="@in", target=None, arguments=[needle, ListLiteral(elements=elements)]):
                path = place(needle, root)
                values = [element.value for element in elements if isinstance(element, Literal)]
                yield from (Comparison(path, "@in", value) for value in values if path)
            case Call(function="@in", target=None, arguments=[Literal(value=value), haystack]):
                path = place(haystack, root)
                if path:
                    yield Comparison(path, "in list", value)
            case Call(function=function, target=target, arguments=[Literal(value=str(value))]) if (
                function in _TEXT
            ):
                path = None if target is None else place(target, root)
                if path:
                    yield Comparison(path, function, value)


def _relation(function: str, left: Node, right: Node, root: str) -> Iterator[Comparison]:
    for one, other in ((left, right), (right, left)):
        path = place(one, root)
        if path and isinstance(other, Literal):
            yield Comparison(path, function, other.value)
