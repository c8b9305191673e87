"""Does a rule allow a request?

Source: `k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go` and `plugin/pkg/auth/authorizer/rbac` (RuleAllows).
"""

from __future__ import annotations

from kube_oidc.rbac.model import Request, Rule


def allows(rule: Rule, request: Request) -> bool:
    """Whether this rule allows the request."""
    if not _named(rule.verbs, request.verb):
        return False
    if request.path:
        return any(_url(url, request.path) for url in rule.non_resource_urls)
    return (
        _named(rule.api_groups, request.api_group)
        and _resource(rule, request)
        and (not rule.resource_names or request.name in rule.resource_names)
    )


def _named(names: tuple[str, ...], name: str) -> bool:
    return name in names or "*" in names


def _resource(rule: Rule, request: Request) -> bool:
    combined = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    if _named(rule.resources, combined):
        return True
    return bool(request.subresource) and f"*/{request.subresource}" in rule.resources


def _url(rule_url: str, path: str) -> bool:
    """`/apis/*` matches everything below; a star elsewhere is an ordinary character."""
    if rule_url in ("*", path):
        return True
    return rule_url.endswith("*") and path.startswith(rule_url.rstrip("*"))
