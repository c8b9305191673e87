"""The configuration is valid, and an expression in it fails for every token.

What CEL cannot know before a token comes, it finds out then, and the token is refused with "invalid
bearer token". Some expressions compile and never work:

- numbers of a token are `double` from Kubernetes 1.34 on, and a whole number is an `int`:
  `claims.exp - 3600` mixes the two. `claims.exp - claims.iat <= 3600` is right.
- `"groups" in claims` and `size(claims)` do not work from 1.34 on; `has(claims.groups)` does.
- `claims.groups.split(",")` makes a list that is not taken as groups; `.map(g, g)` behind it helps.

Bad: up to 1.33 this worked.

    claimValidationRules:
    - expression: '"groups" in claims'

Good: everywhere.

    claimValidationRules:
    - expression: has(claims.groups)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.authenticate import Refused
from kube_oidc.cel.syntax import Call, Literal, Node
from kube_oidc.diagnostics import Severity
from kube_oidc.findings.expressions import place, walk
from kube_oidc.findings.finding import About, Confidence, Finding, Remedy
from kube_oidc.findings.subject import Entry, Expression, Subject
from kube_oidc.findings.tokens import nearest

ABOUT: Final = About(
    "every-token-refused",
    "An expression fails for every token",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
)
_TIMES: Final = frozenset({("exp",), ("iat",), ("nbf",)})
_ARITHMETIC: Final = frozenset({"_+_", "_-_", "_*_", "_/_"})
_LISTS: Final = frozenset({"split", "findAll"})


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every such expression, where the API server's walk does fail at it."""
    for entry in subject.entries:
        if entry.ordinary is None:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    outcome = entry.outcome(nearest(entry))
    if not isinstance(outcome, Refused):
        return
    reason = re.sub(r"^oidc: ", "", outcome.reason)
    for read in entry.expressions:
        remedy = _trap(read)
        if remedy is not None:
            yield Finding(read.path, f"every token is refused: {reason}", Remedy(remedy))


def _trap(read: Expression) -> str | None:
    """What to write instead, where one of the known traps is in the expression."""
    for node in walk(read.facts.tree):
        match node:
            case Call(function=function, arguments=[left, right]) if function in _ARITHMETIC:
                if _time_and_int(left, right) or _time_and_int(right, left):
                    return (
                        "write the number as a double (3600.0), or compare with an int behind the arithmetic"
                    )
            case Call(function="@in", arguments=[Literal(value=name), right]) if place(right) == ():
                return f"write has(claims.{name})"
            case Call(function="size") if () in (place(part) for part in _operands(node)):
                return "name the claims that must be there: has(claims.sub) && has(claims.groups)"
            case Call(function=function) if function in _LISTS and _is_list_mapping(read, node):
                return f"make a list of its own: {read.text.strip()}.map(g, g)"
    return None


def _time_and_int(one: Node, other: Node) -> bool:
    return place(one) in _TIMES and isinstance(other, Literal) and type(other.value) is int


def _operands(node: Call) -> list[Node]:
    return [*node.arguments, *([node.target] if node.target is not None else [])]


def _is_list_mapping(read: Expression, node: Node) -> bool:
    """Is the call the whole expression of `groups` or of an extra?"""
    return node is read.facts.tree and bool({"groups", "extra"} & set(read.path.steps))
