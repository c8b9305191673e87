"""The claims, or fields of the user, that an expression references."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.cel.bindings import unescape
from kube_oidc.verdict.cel.compile import Compiled
from kube_oidc.verdict.cel.literal_checks import children
from kube_oidc.verdict.cel.syntax import Call, Ident, Literal, Node, Select

_INDEX: Final = frozenset({"_?._", "_[_]", "_[?_]"})


def referenced_claims(compiled: Compiled) -> tuple[str, ...] | None:
    """The sorted names that the value can depend on; None if it can depend on any.

    A name that may be an escaped one is included in both forms.
    """
    root = compiled.scope.value
    names: set[str] = set()
    stack: list[Node] = [compiled.tree]
    while stack:
        node = stack.pop()
        name = _selected(node, root)
        if name is not None:
            names.update((name, unescape(name) or name))
        elif isinstance(node, Ident) and node.name.removeprefix(".") == root:
            return None
        else:
            stack.extend(children(node))
    return tuple(sorted(names))


def _selected(node: Node, root: str) -> str | None:
    match node:
        case Select(operand=Ident(name=name), field=field) if name == root:
            return field
        case Call(
            function=function, target=None, arguments=[Ident(name=name), Literal(value=str(field))]
        ) if name == root and function in _INDEX:
            return field
    return None
