"""The rules for claimValidationRules, claimMappings and userValidationRules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kube_oidc.field import FieldPath
from kube_oidc.model import (
    ClaimMappings,
    ClaimOrExpression,
    ClaimValidationRule,
    ExtraMapping,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
    UserValidationRule,
)
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.validation.errors import (
    UNDECIDABLE,
    FieldError,
    duplicate,
    internal,
    invalid,
    required,
)
from kube_oidc.verdict.validation.extra_keys import validate_extra_key
from kube_oidc.verdict.validation.wording import reworded
from kube_oidc.verdict.versions import KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.verdict.cel.compile import Compiled

_BOTH: Final = "claim and expression can't both be set"
_ONE_OF: Final = "keep either the claim or the expression"
_EITHER: Final = "claim or expression is required"
_EMAIL_RULE: Final = (
    "claims.email_verified must be used in claimMappings.username.expression or "
    "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression "
    "when claims.email is used in claimMappings.username.expression"
)
_EMAIL_REMEDY: Final = (
    "add to claimValidationRules: `expression: claims.?email_verified.orValue(false) == true`"
)
_PREFIX_REQUIRED: Final = (
    "prefix is required when claim is set. It can be set to an empty string to disable prefixing"
)


def validate_claims(
    authenticator: JWTAuthenticator, path: FieldPath, version: KubernetesVersion
) -> list[FieldError]:
    """The errors of one entry's rules and mappings, in the API server's order."""
    check = _Check(version)
    check.claim_rules(authenticator.claim_validation_rules, path.child("claimValidationRules"))
    check.mappings(authenticator.claim_mappings, path.child("claimMappings"))
    check.user_rules(authenticator.user_validation_rules, path.child("userValidationRules"))
    return check.errors


@dataclass(slots=True)
class _Check:
    """Collects the errors of one entry, and what the email rule needs to know about its expressions."""

    version: KubernetesVersion
    errors: list[FieldError] = field(default_factory=list)
    uses_email_verified: bool = False

    def claim_rules(self, rules: tuple[ClaimValidationRule, ...], path: FieldPath) -> None:
        seen_claims: set[str] = set()
        seen_expressions: set[str] = set()
        for position, rule in enumerate(rules):
            here = path.index(position)
            if rule.claim and rule.expression:
                self.errors.append(invalid(here, rule.claim, _BOTH, _ONE_OF))
            elif rule.claim:
                self._required_claim(rule, here, seen_claims)
            elif rule.expression:
                self._rule_expression(rule, here, seen_expressions)
            else:
                self.errors.append(
                    required(here, _EITHER, "write a claim with requiredValue, or an expression")
                )

    def _required_claim(self, rule: ClaimValidationRule, path: FieldPath, seen: set[str]) -> None:
        if rule.message:
            detail = self._worded(
                "message can't be set when claim is set", "may not be specified when claim is set"
            )
            remedy = "remove the message: the API server writes its own for a required claim"
            self.errors.append(invalid(path.child("message"), rule.message, detail, remedy))
        if rule.claim in seen:
            remedy = "one claim has one required value; several values need an expression"
            self.errors.append(duplicate(path.child("claim"), rule.claim, remedy))
        seen.add(rule.claim)

    def _rule_expression(self, rule: ClaimValidationRule, path: FieldPath, seen: set[str]) -> None:
        if rule.required_value:
            detail = self._worded(
                "requiredValue can't be set when expression is set",
                "may not be specified when expression is set",
            )
            remedy = "compare within the expression, and remove requiredValue"
            self.errors.append(invalid(path.child("requiredValue"), rule.required_value, detail, remedy))
        where = path.child("expression")
        if rule.expression in seen:
            self.errors.append(duplicate(where, rule.expression, "remove the second one"))
            return
        seen.add(rule.expression)
        compiled = self._compile(rule.expression, Scope.CLAIMS, where, must_be_bool=True)
        self._note_email_verified(compiled)

    def user_rules(self, rules: tuple[UserValidationRule, ...], path: FieldPath) -> None:
        seen: set[str] = set()
        for position, rule in enumerate(rules):
            where = path.index(position).child("expression")
            if not rule.expression:
                detail = self._worded("expression is required", "")
                self.errors.append(required(where, detail, "write a CEL expression over `user`"))
                continue
            if rule.expression in seen:
                self.errors.append(duplicate(where, rule.expression, "remove the second one"))
                continue
            seen.add(rule.expression)
            self._compile(rule.expression, Scope.USER, where, must_be_bool=True)

    def mappings(self, mappings: ClaimMappings, path: FieldPath) -> None:
        username = self._prefixed(mappings.username, path.child("username"), needed=True)
        self._note_email_verified(username)
        self._prefixed(mappings.groups, path.child("groups"), needed=False)
        self._uid(mappings.uid, path.child("uid"))
        self._extra(mappings.extra, path.child("extra"))
        uses_email = username is not None and username.selects_claim("email")
        if uses_email and not self.uses_email_verified:
            where = path.child("username", "expression")
            self.errors.append(invalid(where, mappings.username.expression, _EMAIL_RULE, _EMAIL_REMEDY))

    def _prefixed(
        self, mapping: PrefixedClaimOrExpression, path: FieldPath, *, needed: bool
    ) -> Compiled | None:
        """The compiled expression if the mapping has no errors."""
        if mapping.claim and mapping.expression:
            self.errors.append(invalid(path, "", _BOTH, _ONE_OF))
        elif mapping.expression:
            if mapping.prefix is not None:
                detail = self._worded(
                    "prefix can't be set when expression is set",
                    "may not be specified when expression is set",
                )
                remedy = "put the prefix into the expression, as in `'forgejo:' + claims.sub`"
                self.errors.append(invalid(path.child("prefix"), mapping.prefix, detail, remedy))
            compiled = self._compile(mapping.expression, Scope.CLAIMS, path.child("expression"))
            return compiled if mapping.prefix is None else None
        elif mapping.claim:
            if mapping.prefix is None:
                remedy = "add `prefix`, for example `prefix: 'forgejo:'`, so that user names of issuers can't collide"
                self.errors.append(required(path.child("prefix"), _PREFIX_REQUIRED, remedy))
        elif needed:
            self.errors.append(
                required(path, _EITHER, "map the user name, for example `claim: sub` with a prefix")
            )
        return None

    def _uid(self, mapping: ClaimOrExpression, path: FieldPath) -> None:
        if mapping.claim and mapping.expression:
            self.errors.append(invalid(path, "", _BOTH, _ONE_OF))
        elif mapping.expression:
            self._compile(mapping.expression, Scope.CLAIMS, path.child("expression"))

    def _extra(self, extra: tuple[ExtraMapping, ...], path: FieldPath) -> None:
        seen: set[str] = set()
        for position, mapping in enumerate(extra):
            key_path = path.index(position).child("key")
            value_path = path.index(position).child("valueExpression")
            self.errors += validate_extra_key(mapping.key, key_path, self.version)
            if mapping.key in seen:
                self.errors.append(duplicate(key_path, mapping.key, "map each key once"))
                continue
            seen.add(mapping.key)
            if not mapping.value_expression:
                detail = self._worded("valueExpression is required", "")
                self.errors.append(required(value_path, detail, "write a CEL expression over `claims`"))
                continue
            self._note_email_verified(self._compile(mapping.value_expression, Scope.CLAIMS, value_path))

    def _worded(self, old: str, new: str) -> str:
        return reworded(self.version, old, new)

    def _note_email_verified(self, compiled: Compiled | None) -> None:
        if compiled is not None and compiled.selects_claim("email_verified"):
            self.uses_email_verified = True

    def _compile(
        self, expression: str, scope: Scope, path: FieldPath, *, must_be_bool: bool = False
    ) -> Compiled | None:
        """The compiled expression, or None after adding its errors."""
        # Most files have no expressions and don't need to load CEL.
        from kube_oidc.verdict.cel.compile import (  # noqa: PLC0415
            Compiled,
            CompileError,
            compile_expression,
        )

        compiled = compile_expression(expression, scope, self.version)
        judged = not isinstance(compiled, Undecidable) and compiled.output_type not in ("", "bool")
        if must_be_bool and judged:
            comparison = 'make it a comparison, for example `claims.name == "value"`'
            self.errors.append(invalid(path, expression, "must evaluate to bool", comparison))
            return None
        match compiled:
            case CompileError(internal=True):
                self.errors.append(internal(path, compiled.message))
            case CompileError():
                from kube_oidc.verdict.validation.expressions import expression_remedy  # noqa: PLC0415

                remedy = compiled.remedy or expression_remedy(expression, scope, compiled.message)
                self.errors.append(invalid(path, expression, compiled.message, remedy))
            case Undecidable():
                self.errors.append(FieldError(UNDECIDABLE, path, f"cannot decide: {compiled.reason}"))
            case Compiled():
                return compiled
        return None
