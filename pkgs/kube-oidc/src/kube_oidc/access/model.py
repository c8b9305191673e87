"""The data of the access report: issuers, principals and their grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Grant, Rule
from kube_oidc.rules.engine.issuer import Claims


class Power(IntEnum):
    """How powerful a grant is."""

    NOTHING = 0
    READ = 1
    WRITE = 2
    EVERYTHING = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule in words; `text` is the rule as the file has it, `field` its path."""

    field: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A user or group that bindings name; `token` has the claims of a token that becomes it, where an issuer makes it.

    `kind` is User or Group.
    """

    kind: str
    name: str
    grants: tuple[Grant, ...]
    token: Claims | None = None


@dataclass(frozen=True, slots=True)
class Outsiders:
    """Whether anyone but these owners gets in: `token` shows one who does, `reason` says why that is not decided.

    Without both it is proved that no one else does.
    """

    owners: tuple[str, ...]
    token: Claims | None = None
    reason: str = ""

    def __str__(self) -> str:
        if self.token is not None:
            return "any owner at this issuer gets in"
        owners = ", ".join(self.owners)
        return f"no one outside {owners} gets in: " + (
            f"not decided: {self.reason}" if self.reason else "proved"
        )


@dataclass(frozen=True, slots=True)
class Issuer:
    """One entry of `jwt`; `users` and `groups` are the forms of the names it makes.

    `untried` counts the names that have such a form, and were not tried since too many were.
    """

    position: int
    url: str
    provider: str
    audiences: tuple[str, ...]
    conditions: tuple[Condition, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    holders: tuple[Holder, ...] = ()
    untried: int = 0
    outsiders: Outsiders | None = None
    findings: tuple[Diagnostic, ...] = ()

    @property
    def field(self) -> str:
        """`jwt[0]`."""
        return f"jwt[{self.position}]"


@dataclass(frozen=True, slots=True)
class Access:
    """The report. `everyone` lists the groups that every accepted token has, `anonymous` those of anonymous requests.

    `unreachable` lists users and groups that no issuer in the file can produce; `system_subjects` counts service
    accounts and names that start with `system:`.
    """

    file: str
    issuers: tuple[Issuer, ...]
    everyone: tuple[Holder, ...] = ()
    anonymous: tuple[Holder, ...] = ()
    unreachable: tuple[Holder, ...] = ()
    system_subjects: int = 0
    findings: tuple[Diagnostic, ...] = ()
    on_bindings: Mapping[str, tuple[Diagnostic, ...]] = field(default_factory=dict)

    def about(self, grant: Grant) -> tuple[Diagnostic, ...]:
        """The findings about the grant's binding."""
        return self.on_bindings.get(str(grant.binding), ()) if self.on_bindings else ()


def power_of(grant: Grant) -> Power:
    """The level of the grant's most powerful rule."""
    return max(map(power_of_rule, grant.rules), default=Power.NOTHING)


def power_of_rule(rule: Rule) -> Power:
    """EVERYTHING: every verb on every resource; READ: only get, list and watch."""
    if "*" in rule.verbs and "*" in rule.resources and "*" in rule.api_groups and not rule.resource_names:
        return Power.EVERYTHING
    return Power.READ if set(rule.verbs) <= {"get", "list", "watch"} else Power.WRITE
