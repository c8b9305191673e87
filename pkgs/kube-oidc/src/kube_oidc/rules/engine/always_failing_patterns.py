"""Recognizes expressions that compile but fail for every token."""

from __future__ import annotations

from typing import Final

from kube_oidc.rules.engine.expressions import place, walk
from kube_oidc.rules.engine.issuer import Expression
from kube_oidc.verdict.cel.syntax import Call, Literal, Node

_TIMES: Final = frozenset({("exp",), ("iat",), ("nbf",)})
_ARITHMETIC: Final = frozenset({"_+_", "_-_", "_*_", "_/_"})
_LISTS: Final = frozenset({"split", "findAll"})


def always_failing_pattern(read: Expression) -> str | None:
    """Returns what to write instead if the expression has a known mistake; None otherwise."""
    for node in walk(read.facts.tree):
        match node:
            case Call(function=function, arguments=[left, right]) if function in _ARITHMETIC:
                if _time_and_int(left, right) or _time_and_int(right, left):
                    return "write the number as a double (3600.0), or compare the result with an int"
            case Call(function="@in", arguments=[Literal(value=name), right]) if place(right) == ():
                return f"write has(claims.{name})"
            case Call(function="size") if () in (place(part) for part in _operands(node)):
                return "name the required claims: has(claims.sub) && has(claims.groups)"
            case Call(function=function) if function in _LISTS and _is_list_mapping(read, node):
                return f"make a new list: {read.text.strip()}.map(g, g)"
    return None


def added_to_text(read: Expression) -> frozenset[str]:
    """Returns the claims to which a string is added with `+`."""
    return frozenset(_added_to(node) for node in walk(read.facts.tree)) - {""}


def _added_to(node: Node) -> str:
    """Returns the claim in `"text" + claims.CLAIM`, in either order; empty if there is none."""
    match node:
        case Call(function="_+_", arguments=[left, right]):
            for one, other in ((left, right), (right, left)):
                path = place(other)
                if (
                    isinstance(one, Literal)
                    and isinstance(one.value, str)
                    and path is not None
                    and len(path) == 1
                ):
                    return path[0]
    return ""


def _time_and_int(one: Node, other: Node) -> bool:
    return place(one) in _TIMES and isinstance(other, Literal) and type(other.value) is int


def _operands(node: Call) -> list[Node]:
    return [*node.arguments, *([node.target] if node.target is not None else [])]


def _is_list_mapping(read: Expression, node: Node) -> bool:
    """Is the call the whole expression of `groups` or of an extra?"""
    return node is read.facts.tree and bool({"groups", "extra"} & set(read.path.steps))
