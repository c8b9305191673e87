"""The rules of an entry in words."""

from __future__ import annotations

from collections.abc import Iterator

from kube_oidc.access.model import Condition
from kube_oidc.field import FieldPath
from kube_oidc.rules.engine.expressions import place
from kube_oidc.rules.engine.issuer import Expression, IssuerUnderReview
from kube_oidc.rules.engine.pins import Pin, conjuncts, pin_of
from kube_oidc.verdict.cel.syntax import Call, Node


def conditions(entry: IssuerUnderReview) -> tuple[Condition, ...]:
    """The rules for tokens and users, in the file's order."""
    return (*_claim_rules(entry), *_user_rules(entry))


def _claim_rules(entry: IssuerUnderReview) -> Iterator[Condition]:
    read = {expression.path.parent(): expression for expression in entry.rules}
    for position, rule in enumerate(entry.model.claim_validation_rules):
        path = entry.path.child("claimValidationRules").index(position)
        if rule.claim:
            words = str(Pin((rule.claim,), "in", (rule.required_value,)))
            yield Condition(str(path), words, f"{rule.claim}: {rule.required_value}")
        else:
            yield _condition(path, rule.expression, rule.message, read.get(path), "claims")


def _user_rules(entry: IssuerUnderReview) -> Iterator[Condition]:
    read = {expression.path.parent(): expression for expression in entry.user_rules}
    for position, rule in enumerate(entry.model.user_validation_rules):
        path = entry.path.child("userValidationRules").index(position)
        yield _condition(path, rule.expression, rule.message, read.get(path), "user")


def _condition(path: FieldPath, text: str, message: str, read: Expression | None, root: str) -> Condition:
    words = _words(read.facts.tree, root) if read is not None else None
    return Condition(str(path), words or message or text, text)


def _words(tree: Node, root: str) -> str | None:
    """All conditions of a rule in words; None if one can't be expressed."""
    parts = [_part(part, root) for part in conjuncts(tree)]
    return " and ".join(part for part in parts if part) if all(parts) else None


def _part(node: Node, root: str) -> str | None:
    match node:
        case Call(function="!_", target=None, arguments=[operand]):
            pin = pin_of(operand, root)
            return f"not: {pin}" if pin is not None else None
        case Call(function="_==_", target=None, arguments=[left, right]):
            return _compared(node, left, right, root)
    pin = pin_of(node, root)
    if pin is not None:
        return str(pin)
    where = place(node, root)
    return f"{'.'.join(where)} is true" if where else None


def _compared(node: Node, left: Node, right: Node, root: str) -> str | None:
    pin = pin_of(node, root)
    if pin is not None:
        return str(pin)
    where, value = (
        place(left, root) or place(right, root),
        getattr(right, "value", getattr(left, "value", None)),
    )
    if where and isinstance(value, bool):
        return f"{'.'.join(where)} is {str(value).lower()}"
    return None
