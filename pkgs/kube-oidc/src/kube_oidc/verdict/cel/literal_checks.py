"""Constants that cel-go rejects after type checking because they can never work.

Source: `cel/validator.go` (durations, timestamps, regular expressions, mixed aggregates) and
`ext/formatting.go` (format strings), in the order in which the API server runs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.verdict.cel import conversions, regex
from kube_oidc.verdict.cel.format_strings import FormatError, FormatStringError, split_format
from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.syntax import (
    Call,
    Comprehension,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
)
from kube_oidc.verdict.cel.types import DYN, Kind, Type
from kube_oidc.verdict.cel.values import GoPanics, takes
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference, KubernetesVersion


def check_literals(tree: Node, version: KubernetesVersion, issues: Issues) -> None:
    """Reports every constant that this version of the API server rejects."""
    nodes = list(_walk(tree, through_calls=version.has(Difference.FORMAT_EXEMPTS_WHOLE_CALL)))
    formats = version.has(Difference.FORMAT_STRINGS_CHECKED)
    for node, exempt in nodes:
        if isinstance(node, ListLiteral) and not exempt:
            _same_types_in_list(node, issues)
    for node, exempt in nodes:
        if isinstance(node, MapLiteral) and not exempt:
            _same_types_in_map(node, issues)
    calls = [node for node, _ in nodes if isinstance(node, Call)]
    undecided = _arguments(calls, issues)
    for call in calls:
        if formats and call.function == "format":
            _format_string(call, version, issues)
    if undecided is not None and not issues:
        raise undecided


def _arguments(calls: list[Call], issues: Issues) -> Undecidable | None:
    """Reports constants that can't be converted or aren't valid patterns; returns what can't be decided."""
    undecided: Undecidable | None = None
    for function, is_taken in _ARGUMENT_CHECKS:
        for call in calls:
            argument = call.arguments[0] if call.function == function and call.arguments else None
            if not isinstance(argument, Literal):
                continue
            try:
                if not is_taken(argument.value):
                    issues.report(argument.position, f"invalid {function} argument")
            except Undecidable as reason:
                undecided = reason
    return undecided


def children(node: Node) -> tuple[Node, ...]:
    """The direct children of a node."""
    match node:
        case Select():
            return (node.operand,)
        case Call():
            return (node.target, *node.arguments) if node.target is not None else tuple(node.arguments)
        case ListLiteral():
            return tuple(node.elements)
        case MapLiteral():
            return tuple(part for entry in node.entries for part in (entry.key, entry.value))
        case StructLiteral():
            return tuple(entry.value for entry in node.fields)
        case Comprehension():
            return (node.range, node.initial, node.condition, node.step, node.result)
        case _:
            return ()


def _walk(tree: Node, *, through_calls: bool) -> Iterator[tuple[Node, bool]]:
    """Every node, and whether it is an argument of `format`, in which types may be mixed.

    Without `through_calls`, only literals may be between the call and the node.
    """
    stack = [(tree, False)]
    while stack:
        current, inside = stack.pop()
        yield current, inside
        if isinstance(current, Call) and current.function == "format":
            inside = True
        elif not through_calls and not isinstance(current, ListLiteral | MapLiteral):
            inside = False
        stack.extend((child, inside) for child in reversed(children(current)))


def _value_type(node: Node, *, optional: bool) -> Type:
    if not optional:
        return node.type
    if not node.type.parameters:
        raise GoPanics("runtime error: index out of range [0] with length 0")
    return node.type.parameters[0]


def _equivalent(first: Type, second: Type) -> bool:
    return first == second


def _mismatch(issues: Issues, node: Node, expected: Type, found: Type) -> None:
    issues.report(node.position, f"expected type '{expected}' but found '{found}'")


def _same_types_in_list(node: ListLiteral, issues: Issues) -> None:
    expected: Type | None = None
    for index, element in enumerate(node.elements):
        found = _value_type(element, optional=index in node.optional)
        if expected is None:
            expected = found
        elif not _equivalent(expected, found):
            _mismatch(issues, element, expected, found)
            return


def _same_types_in_map(node: MapLiteral, issues: Issues) -> None:
    expected: tuple[Type, Type] | None = None
    for entry in node.entries:
        key, value = entry.key.type, _value_type(entry.value, optional=entry.optional)
        if expected is None:
            expected = key, value
            continue
        if not _equivalent(expected[0], key):
            _mismatch(issues, entry.key, expected[0], key)
        if not _equivalent(expected[1], value):
            _mismatch(issues, entry.value, expected[1], value)


def _taken_regex(value: object) -> bool:
    return not isinstance(value, str) or regex.error(value) is None


_ARGUMENT_CHECKS: Final = (
    ("duration", takes(conversions.to_duration)),
    ("timestamp", takes(conversions.to_timestamp)),
    ("matches", _taken_regex),
)


class _TypeClauses:
    """Checks the types of the arguments of a `format` call in place of their values."""

    def __init__(self, elements: list[Node]) -> None:
        self.elements = elements
        self.requested = 0

    def format(self, index: int, clause: str, _: int | None) -> str:
        self.requested += 1
        element = self.elements[index]
        wanted, complaint = _CLAUSES[clause.lower() if clause == "X" else clause]
        bad = _unprintable(element) if clause == "s" else (None if _one_of(element.type, wanted) else element)
        if bad is not None:
            raise FormatError(f"{complaint}, was given {bad.type.name}", bad.position)
        return ""


_CLAUSES: Final = {
    "s": (
        frozenset(
            {
                Kind.LIST, Kind.MAP, Kind.INT, Kind.UINT, Kind.DOUBLE, Kind.BOOL, Kind.STRING, Kind.TIMESTAMP,
                Kind.BYTES, Kind.DURATION, Kind.TYPE, Kind.NULL,
            }
        ),
        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, "
        "and timestamps",
    ),
    "d": (frozenset({Kind.INT, Kind.UINT}), "decimal clause can only be used on integers"),
    "f": (frozenset({Kind.DOUBLE, Kind.STRING}), "fixed-point clause can only be used on doubles"),
    "e": (frozenset({Kind.DOUBLE, Kind.STRING}), "scientific clause can only be used on doubles"),
    "b": (frozenset({Kind.INT, Kind.UINT, Kind.BOOL}), "only integers and bools can be formatted as binary"),
    "x": (
        frozenset({Kind.INT, Kind.UINT, Kind.STRING, Kind.BYTES}),
        "only integers, byte buffers, and strings can be formatted as hex",
    ),
    "o": (frozenset({Kind.INT, Kind.UINT}), "octal clause can only be used on integers"),
}  # fmt: skip


def _one_of(found: Type, wanted: frozenset[Kind]) -> bool:
    return found is DYN or found.kind in wanted


def _unprintable(node: Node) -> Node | None:
    """The first descendant that `%s` can't print."""
    if not _one_of(node.type, _CLAUSES["s"][0]):
        return node
    if not isinstance(node, ListLiteral | MapLiteral):
        return None
    return next((bad for part in children(node) if (bad := _unprintable(part)) is not None), None)


def _format_string(node: Call, version: KubernetesVersion, issues: Issues) -> None:
    computed = node.target is not None and not isinstance(node.target, Literal)
    if computed and not version.has(Difference.FORMAT_OF_COMPUTED_STRING):
        raise GoPanics("runtime error: invalid memory address or nil pointer dereference")
    if (
        not isinstance(node.target, Literal)
        or not isinstance(node.target.value, str)
        or len(node.arguments) != 1
    ):
        return
    arguments = node.arguments[0]
    if not isinstance(arguments, ListLiteral):
        return
    clauses = _TypeClauses(arguments.elements)
    try:
        split_format(node.target.value, len(arguments.elements), clauses.format, static=True)
    except FormatStringError as error:
        issues.report(node.position if error.position is None else error.position, str(error))
        return
    if len(arguments.elements) > clauses.requested:
        issues.report(
            node.position,
            f"too many arguments supplied to string.format (expected {clauses.requested}, "
            f"got {len(arguments.elements)})",
        )
