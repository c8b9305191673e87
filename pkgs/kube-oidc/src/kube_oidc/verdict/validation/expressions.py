"""Fixes for expressions that don't compile: common mistakes in this file."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.cel.scope import Scope

_RANGE_OF_ANY: Final = "expression of type 'any' cannot be range of a comprehension"
_MACRO: Final = re.compile(r"(claims(?:\.\w+|\[[^]]+\])+)\.(all|exists|exists_one|filter|map)\(")
_HYPHENATED: Final = re.compile(r"claims\.(\w+(?:-\w+)*-(\w+))")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']+)'")
_FROM_OTHER_LANGUAGES: Final = {
    "hasPrefix": "startsWith",
    "hasSuffix": "endsWith",
    "strings": 'a method, as in `claims.sub.startsWith("x")`',
    "includes": '`"x" in list`',
    "length": "size()",
    "len": "size()",
    "toLowerCase": "lowerAscii",
    "lower": "lowerAscii",
    "toUpperCase": "upperAscii",
    "regexMatch": "matches",
    "match": "matches",
    "claim": "`claims`",
    "users": "`user`",
    "not": "`!`",
    "and": "`&&`",
    "or": "`||`",
    "True": "`true`",
    "False": "`false`",
    "None": "`null`",
    "nil": "`null`",
    "self": "`claims` (in claim rules and mappings) or `user` (in user rules)",
    "object": "`claims` (in claim rules and mappings) or `user` (in user rules)",
}


def expression_remedy(expression: str, scope: Scope, message: str) -> str | None:
    """How to fix an expression that the API server rejects with `message`; None if unknown."""
    if _RANGE_OF_ANY in message:
        found = _MACRO.search(expression)
        ranged = found[1] if found else "claims.groups"
        macro = found[2] if found else "exists"
        optional = re.sub(r"\.(\w+)$", r".?\1", ranged)
        return (
            f"claims have no static type: write `dyn({ranged}).{macro}(…)`, "
            f"or, if the claim may be absent, `dyn({optional}.orValue([])).{macro}(…)`"
        )
    names = _UNDECLARED.findall(message)
    if hyphenated := next((match[1] for match in _HYPHENATED.finditer(expression) if match[2] in names), ""):
        return f'`-` subtracts: write `claims["{hyphenated}"]`'
    if scope is Scope.USER and not {"claims", "claim"}.isdisjoint(names):
        return "user rules have `user` (username, uid, groups, extra): move a rule on claims to claimValidationRules"
    if scope is Scope.CLAIMS and "user" in names:
        return "claim rules and mappings have `claims`: move a rule on the user to userValidationRules"
    for name in names:
        if name in _FROM_OTHER_LANGUAGES:
            return f"CEL has no `{name}`: write {_FROM_OTHER_LANGUAGES[name]}"
    if scope is Scope.USER and "undefined field" in message:
        return "`user` has username, uid, groups and extra"
    if "found no matching overload for '_+_'" in message:
        return "`+` needs operands of the same type: convert with `string(…)` first"
    if "mixed" in message or "expected type" in message:
        return "all values of a list or map must have the same type: wrap them in `dyn(…)`, or split the expression"
    return None
