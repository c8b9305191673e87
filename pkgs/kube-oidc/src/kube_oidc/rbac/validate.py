"""What the API server refuses of RBAC's objects, in its words.

Source: `k8s.io/kubernetes/pkg/apis/rbac/validation/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kube_oidc.field import FieldPath
from kube_oidc.rbac.model import API_GROUP, Binding, Requirement, Role, Rule, Subject
from kube_oidc.verdict.golang.quote import json_string, quote

Problem = tuple[FieldPath, str]

MAX_NAME_CHARACTERS: Final = 253
_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def name_problems(name: str, path: FieldPath) -> Iterator[Problem]:
    """As `content.IsPathSegmentName`: a name becomes part of a URL."""
    if not name:
        yield (
            path,
            "Required value: name or generateName is required"
            if path.steps[0] == "metadata"
            else "Required value",
        )
    elif name in (".", ".."):
        yield path, f"Invalid value: {quote(name)}: may not be '{name}'"
    else:
        for letter in "/%":
            if letter in name:
                yield path, f"Invalid value: {quote(name)}: may not contain '{letter}'"


def role_problems(role: Role) -> Iterator[Problem]:
    """What is wrong with its rules and its aggregationRule."""
    for position, rule in enumerate(role.rules):
        yield from _rule_problems(rule, bool(role.namespace), FieldPath(("rules", position)))
    if role.aggregation is not None and not role.aggregation:
        path = FieldPath(("aggregationRule", "clusterRoleSelectors"))
        yield path, "Required value: at least one clusterRoleSelector required if aggregationRule is non-nil"


def selector_problems(requirement: Requirement, path: FieldPath) -> Iterator[Problem]:
    """As `ValidateLabelSelectorRequirement`."""
    listed = requirement.operator in ("In", "NotIn")
    if requirement.operator not in _OPERATORS:
        yield (
            path.child("operator"),
            f"Invalid value: {quote(requirement.operator)}: not a valid selector operator",
        )
    elif listed and not requirement.values:
        message = "Required value: must be specified when `operator` is 'In' or 'NotIn'"
        yield path.child("values"), message
    elif not listed and requirement.values:
        message = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield path.child("values"), message


def binding_problems(binding: Binding, group: str, subject_groups: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with its roleRef (`group` is its apiGroup) and its subjects (with theirs)."""
    path = FieldPath(("roleRef",))
    if group != API_GROUP:
        yield path.child("apiGroup"), _unsupported(group, API_GROUP)
    kinds = ("Role", "ClusterRole") if binding.namespace else ("ClusterRole",)
    if binding.role_kind not in kinds:
        yield path.child("kind"), _unsupported(binding.role_kind, *kinds)
    yield from name_problems(binding.role_name, path.child("name"))
    for position, subject in enumerate(binding.subjects):
        at = FieldPath(("subjects", position))
        yield from _subject_problems(subject, subject_groups[position], bool(binding.namespace), at)


def _rule_problems(rule: Rule, namespaced: bool, path: FieldPath) -> Iterator[Problem]:
    if not rule.verbs:
        yield path.child("verbs"), "Required value: verbs must contain at least one value"
    if rule.non_resource_urls:
        shown = "[" + ",".join(json_string(url) for url in rule.non_resource_urls) + "]"
        at = path.child("nonResourceURLs")
        if namespaced:
            yield at, f"Invalid value: {shown}: namespaced rules cannot apply to non-resource URLs"
        if rule.api_groups or rule.resources or rule.resource_names:
            message = "rules cannot apply to both regular resources and non-resource URLs"
            yield at, f"Invalid value: {shown}: {message}"
        return
    if not rule.api_groups:
        yield path.child("apiGroups"), "Required value: resource rules must supply at least one api group"
    if not rule.resources:
        yield path.child("resources"), "Required value: resource rules must supply at least one resource"


def _subject_problems(subject: Subject, group: str, namespaced: bool, path: FieldPath) -> Iterator[Problem]:
    if not subject.name:
        yield path.child("name"), "Required value"
    match subject.kind:
        case "ServiceAccount":
            shown = f"Invalid value: {quote(subject.name)}"
            if len(subject.name) > MAX_NAME_CHARACTERS:
                yield path.child("name"), f"{shown}: must be no more than {MAX_NAME_CHARACTERS} characters"
            elif subject.name and not _SUBDOMAIN.fullmatch(subject.name):
                yield path.child("name"), f"{shown}: a lowercase RFC 1123 subdomain"
            if group:
                yield path.child("apiGroup"), _unsupported(group, "")
            if not namespaced and not subject.namespace:
                yield path.child("namespace"), "Required value"
        case "User" | "Group":
            if group != API_GROUP:
                yield path.child("apiGroup"), _unsupported(group, API_GROUP)
        case _:
            yield path.child("kind"), _unsupported(subject.kind, "ServiceAccount", "User", "Group")


def _unsupported(value: str, *supported: str) -> str:
    return (
        f"Unsupported value: {quote(value)}: supported values: {', '.join(quote(one) for one in supported)}"
    )
