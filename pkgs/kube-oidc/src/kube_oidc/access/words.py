"""Wording for grants and rules, shared by all reports."""

from __future__ import annotations

from typing import Final

from kube_oidc.access.model import Holder
from kube_oidc.rbac import Grant, Role, Rule
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.rbac.model import AUTHENTICATED, MASTERS

_EVERY: Final = ("*",)


def rule_words(rule: Rule) -> str:
    """E.g. `get, patch deployments.apps named site`, or `get the URL /metrics`."""
    verbs = "do anything with" if rule.verbs == _EVERY else ", ".join(rule.verbs)
    if rule.non_resource_urls:
        return f"{verbs} the URL {', '.join(rule.non_resource_urls)}"
    named = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{verbs} {_resources(rule)}{named}"


def where(grant: Grant) -> str:
    """The grant's namespace, or `the whole cluster`."""
    return grant.namespace or "the whole cluster"


def role_words(grant: Grant) -> str:
    """E.g. `Role deploy`, with a note if it doesn't exist."""
    name = f"{grant.binding.role_kind} {grant.binding.role_name}"
    return name if grant.role is not None else f"{name} (not found, grants nothing)"


def own(holder: Holder) -> tuple[Grant, ...]:
    """Its grants, without the built-in ones."""
    return tuple(grant for grant in holder.grants if not is_builtin(grant.binding))


def holder_note(holder: Holder) -> str:
    """A note about well-known names."""
    if (holder.kind, holder.name) == ("Group", MASTERS):
        return "can do everything, bypassing RBAC"
    return "every accepted token" if (holder.kind, holder.name) == ("Group", AUTHENTICATED) else ""


def role_place(role: Role | None) -> str:
    """The file and line of the role; empty if unknown."""
    return "" if role is None else str(role.place)


def _resources(rule: Rule) -> str:
    resources = "every resource" if rule.resources == _EVERY else ""
    if rule.api_groups == _EVERY:
        return resources or ", ".join(rule.resources) + " of any API group"
    groups = [group for group in rule.api_groups if group]
    if resources:
        return f"every resource of {', '.join(group or 'core' for group in rule.api_groups)}"
    if len(groups) == 1 and len(rule.api_groups) == 1:
        return ", ".join(f"{resource}.{groups[0]}" for resource in rule.resources)
    names = ", ".join(rule.resources)
    return names if not groups else f"{names} of {', '.join(group or 'core' for group in rule.api_groups)}"
