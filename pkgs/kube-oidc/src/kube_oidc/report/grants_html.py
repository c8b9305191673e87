"""Grants and roles, as values of grants.html and role.html."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlencode

from kube_oidc.access.model import Access, Holder, power_of, power_of_rule
from kube_oidc.access.picture import Picture
from kube_oidc.access.risk import risk_of
from kube_oidc.access.words import holder_note, role_words, rule_words, where
from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Grant, Role, Rule
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.rbac.model import AUTHENTICATED
from kube_oidc.report.template import Values
from kube_oidc.report.words import pluralize

_FEW: Final = 4  # rules of a role that are repeated in the table
_Same = tuple[str, str, tuple[Rule, ...]]  # kind, name and rules
_VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


class Tables:
    """The tables of one report, and what they refer to: roles, namespaces, verbs and findings."""

    def __init__(self, report: Access, shown: Picture) -> None:
        self._report = report
        self._shown = shown
        self._roles: dict[_Same, dict[str, Role]] = {}  # by namespace
        self._identities: dict[
            int, str
        ] = {}  # of the role's `id()`: hashing its rules for every grant takes long
        self._uses: Counter[str] = Counter()
        self._verbs: set[str] = set()
        self.role_names: set[str] = set()
        self.namespaces: set[str] = set()
        self.codes: set[str] = set()

    def table(self, holders: Iterable[Holder], empty: str = "", *, drawn: bool = True) -> Values:
        """The values of grants.html; `empty` is shown if there are no grants. `drawn`: they are in the drawing."""
        rows = [row for holder in holders for row in self._of_holder(holder, drawn)]
        return {"grants": rows, "hasGrants": bool(rows), "empty": empty}

    @property
    def verbs(self) -> list[str]:
        """The verbs of all rules, those that every resource has first."""
        return [*_VERBS, *sorted(self._verbs - {*_VERBS, "*"})]

    @property
    def roles(self) -> list[Values]:
        """The values of role.html, by kind and name; roles that differ only in their namespace are one."""
        found = [
            (f"role-{position}", list(some.values())) for position, some in enumerate(self._roles.values())
        ]
        return [self._role(*one) for one in sorted(found, key=lambda one: (one[1][0].kind, one[1][0].name))]

    def _of_holder(self, holder: Holder, drawn: bool) -> Iterator[Values]:
        note = holder_note(holder)
        for grant in holder.grants:
            if not (note and is_builtin(grant.binding)) or holder.name == "system:masters":
                target = self._shown.target_of(grant) if drawn else None
                yield self._row(holder, grant, note, target)

    def _row(self, holder: Holder, grant: Grant, note: str, target: int | None) -> Values:
        role, found = self._refer(grant), self._report.about(grant)
        self.codes |= {one.code for one in found}
        self._verbs |= (verbs := {verb for rule in grant.rules for verb in rule.verbs})
        self.namespaces |= {grant.namespace} - {""}
        self.role_names.add(name := f"{grant.binding.role_kind} {grant.binding.role_name}")
        short = len(grant.rules) <= _FEW
        return {
            "kind": holder.kind,
            "name": holder.name,
            "note": note,
            "fromAnyIssuer": (holder.kind, holder.name) == ("Group", AUTHENTICATED),
            "namespace": grant.namespace,
            "where": where(grant),
            "risk": risk_of(grant, found).value,
            "verbs": " ".join(sorted(verbs)),
            "to": "" if target is None else target,
            "power": power_of(grant).name.lower(),
            "worst": role and _worst(role, grant),
            "role": role_words(grant),
            "roleName": name,
            "roleId": role,
            "rules": [rule_words(rule) for rule in grant.rules] if short else [],
            "hasRules": short,
            "more": "" if short else pluralize(len(grant.rules), "rule"),
            "binding": f"{grant.binding.kind} {grant.binding.name}",
            "place": str(grant.binding.place),
            "hasNotes": bool(found),
            "notes": [{"code": one.code, "severity": one.severity, "message": one.message} for one in found],
            "warnings": [
                {"severity": one.severity, "message": one.message}
                for one in found
                if one.severity is not Severity.INFO
            ],
        }

    def _refer(self, grant: Grant) -> str:
        """The id of the role on the page; empty if the role doesn't exist."""
        role = grant.role
        if role is None:
            return ""
        if id(role) not in self._identities:
            same = self._roles.setdefault((role.kind, role.name, role.rules), {})
            same[role.namespace] = role
            self._identities[id(role)] = f"role-{list(self._roles.values()).index(same)}"
        identity = self._identities[id(role)]
        self._uses[identity] += 1
        return identity

    def _role(self, identity: str, roles: list[Role]) -> Values:
        role = roles[0]
        link = {"namespace": role.namespace if len(roles) == 1 else "", "role": f"{role.kind} {role.name}"}
        return {
            "id": identity,
            "name": f"{role.kind} {role.name}",
            "about": ", ".join(_about(roles)),
            "href": "#" + urlencode({name: value for name, value in link.items() if value}),
            "uses": pluralize(self._uses[identity], "grant"),
            "rules": [
                {
                    "ruleId": f"{identity}-{position}",
                    "power": power_of_rule(rule).name.lower(),
                    "words": rule_words(rule),
                }
                for position, rule in enumerate(role.rules)
            ],
        }


def _about(roles: list[Role]) -> Iterator[str]:
    """Where the roles are: namespace, number of rules, file and line."""
    if roles[0].namespace:
        yield f"in {roles[0].namespace}" if len(roles) == 1 else f"in {len(roles)} namespaces"
    yield pluralize(len(roles[0].rules), "rule")
    yield str(roles[0].place) or "built into Kubernetes"
    if len(roles) > 1:
        yield f"and {len(roles) - 1} more"


def _worst(role: str, grant: Grant) -> str:
    """The id of the grant's most powerful rule; the role's id if it has no rule that applies."""
    assert grant.role is not None
    if not grant.rules:
        return role
    worst = max(grant.rules, key=power_of_rule)
    return f"{role}-{grant.role.rules.index(worst)}"
