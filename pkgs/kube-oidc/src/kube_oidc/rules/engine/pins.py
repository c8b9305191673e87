"""What an issuer's rules require of each claim: the possible values, or a prefix, suffix or pattern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.rules.engine.expressions import place
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.verdict.cel.syntax import Call, ListLiteral, Literal, Node
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.golang.regexp import RegexpError, UnsupportedRegexpError, compile_regexp

USERNAME: Final[Place] = ("user", "username")
_SHAPES: Final = frozenset({"startsWith", "endsWith", "contains", "matches"})
_WORDS: Final = {
    "startsWith": "starts with",
    "endsWith": "ends with",
    "contains": "contains",
    "matches": "matches",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One requirement: `operator` is `in` (one of `values`) or CEL's startsWith, endsWith, contains, matches."""

    place: Place
    operator: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        """Returns it in words: `repository_owner is "adam"`."""
        name = ".".join(self.place)
        if self.operator != "in":
            return f"{name} {_WORDS[self.operator]} {quote(self.values[0])}"
        if len(self.values) == 1:
            return f"{name} is {quote(self.values[0])}"
        return f"{name} is one of {', '.join(quote(value) for value in self.values)}"


def pins(entry: IssuerUnderReview) -> dict[Place, tuple[Pin, ...]]:
    """Returns the requirements for each claim, and for the user name under `("user", "username")`."""
    found: dict[Place, list[Pin]] = {}
    for rule in entry.model.claim_validation_rules:
        if rule.claim:
            found.setdefault((rule.claim,), []).append(Pin((rule.claim,), "in", (rule.required_value,)))
    trees = [(read.facts.tree, "claims") for read in entry.rules]
    trees += [(read.facts.tree, "user") for read in entry.user_rules]
    for tree, root in trees:
        for part in conjuncts(tree):
            pin = pin_of(part, root)
            if pin is not None:
                found.setdefault(pin.place, []).append(pin)
    return {where: tuple(some) for where, some in found.items()}


def allowed_values(demands: tuple[Pin, ...]) -> tuple[str, ...] | None:
    """Returns the values that meet all requirements; None if there are unlimited ones."""
    lists = [pin.values for pin in demands if pin.operator == "in"]
    if not lists:
        return None
    return tuple(
        value for value in lists[0] if all(value in other for other in lists[1:]) and _fits(value, demands)
    )


def conjuncts(tree: Node) -> Iterator[Node]:
    """Yields the expressions that must all be true for this one to be true."""
    stack = [tree]
    while stack:
        node = stack.pop()
        match node:
            case Call(function="_&&_", target=None, arguments=[left, right]):
                stack += [right, left]
            case _:
                yield node


def pin_of(node: Node, root: str) -> Pin | None:
    """Returns the requirement that this expression states; None if it isn't a simple one."""
    match node:
        case Call(function="_||_", target=None, arguments=[left, right]):
            return _either(pin_of(left, root), pin_of(right, root))
        case Call(function="_==_", target=None, arguments=[left, right]):
            return _equal(left, right, root) or _equal(right, left, root)
        case Call(function="@in", target=None, arguments=[needle, ListLiteral(elements=elements)]):
            values = [
                item.value for item in elements if isinstance(item, Literal) and isinstance(item.value, str)
            ]
            where = _place(needle, root)
            return Pin(where, "in", tuple(values)) if where and len(values) == len(elements) else None
        case Call(function=function, target=target, arguments=[Literal(value=str(value))]) if (
            function in _SHAPES and target is not None
        ):
            where = _place(target, root)
            return Pin(where, function, (value,)) if where else None
    return None


def _either(left: Pin | None, right: Pin | None) -> Pin | None:
    if (
        left is None
        or right is None
        or left.place != right.place
        or (left.operator, right.operator) != ("in", "in")
    ):
        return None
    return Pin(left.place, "in", tuple(dict.fromkeys(left.values + right.values)))


def _equal(one: Node, other: Node, root: str) -> Pin | None:
    where = _place(one, root)
    if where and isinstance(other, Literal) and isinstance(other.value, str):
        return Pin(where, "in", (other.value,))
    return None


def _place(node: Node, root: str) -> Place | None:
    found = place(node, root)
    return found and ((root, *found) if root == "user" else found)


def _fits(value: str, demands: tuple[Pin, ...]) -> bool:
    return all(_shaped(value, pin) for pin in demands if pin.operator != "in")


def _shaped(value: str, pin: Pin) -> bool:
    wanted = pin.values[0]
    match pin.operator:
        case "startsWith":
            return value.startswith(wanted)
        case "endsWith":
            return value.endswith(wanted)
        case "contains":
            return wanted in value
    try:
        return compile_regexp(wanted).matches(value)
    except (RegexpError, UnsupportedRegexpError):  # not understood
        return True
