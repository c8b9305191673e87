"""Name templates of a CEL expression: constant text and the claims in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from kube_oidc.rules.engine.expressions import place
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.name_template import MAX_TEMPLATES, Placeholder, placeholder
from kube_oidc.verdict.cel.syntax import Call, Comprehension, Ident, ListLiteral, Literal, Node

Parts = tuple[str | Placeholder, ...]


def parts_of(tree: Node) -> Iterator[Parts]:
    """Yields the parts of each string that the expression can return; what is not understood is a placeholder."""
    return _parts(tree, {})


def _parts(node: Node, variables: Mapping[str, Place]) -> Iterator[Parts]:
    match node:
        case Literal(value=str(text)):
            yield (text,)
        case Ident(name=name) if name in variables:
            yield (placeholder(variables[name]),)
        case Call(function="_+_", target=None, arguments=[left, right]):
            yield from _sums(left, right, variables)
        case Call(function="_?_:_", target=None, arguments=[_, yes, no]):
            yield from _parts(yes, variables)
            yield from _parts(no, variables)
        case ListLiteral(elements=elements):
            for element in elements:
                yield from _parts(element, variables)
        case Comprehension(range=over, variable=variable, step=step):
            where = place(over)
            yield from _mapped(step, {**variables, variable: where} if where else variables)
        case Call(function="string" | "dyn", target=None, arguments=[operand]):
            yield from _parts(operand, variables)
        case _:
            where = place(node)
            yield (placeholder(where),) if where else (Placeholder("…"),)


def _sums(left: Node, right: Node, variables: Mapping[str, Place]) -> Iterator[Parts]:
    """Yields joined strings, or the elements of both lists."""
    lists = (ListLiteral, Comprehension)
    if isinstance(left, lists) or isinstance(right, lists):
        yield from _parts(left, variables)
        yield from _parts(right, variables)
        return
    for count, (one, other) in enumerate(product(_parts(left, variables), _parts(right, variables))):
        if count >= MAX_TEMPLATES:
            return
        yield (*one, *other)


def _mapped(step: Node, variables: Mapping[str, Place]) -> Iterator[Parts]:
    """Yields what `map` or `filter` adds to its list: `accumulator + [element]`, possibly with a condition."""
    match step:
        case Call(function="_?_:_", target=None, arguments=[_, yes, _]):
            yield from _mapped(yes, variables)
        case Call(function="_+_", target=None, arguments=[_, ListLiteral(elements=[element])]):
            yield from _parts(element, variables)
        case _:
            yield (Placeholder("…"),)
