"""Who may do what: RBAC's objects from files or a cluster, and what they allow a user.

loaded = load([folder])                          # never raises: loaded.problems
policy = Policy(with_builtin(loaded.objects, version))    # with the roles that every cluster has
user = with_authenticated_group(outcome.user)                    # adds system:authenticated, as the API server does
for grant in policy.grants(user): ...            # binding, subject, role, rules, namespace
policy.allows(user, Request("patch", "apps", "deployments", namespace="blog"))
"""

from __future__ import annotations

from kube_oidc.rbac.builtin import builtin, with_builtin
from kube_oidc.rbac.files import load
from kube_oidc.rbac.loading import Loaded, Problem, decode
from kube_oidc.rbac.model import Binding, Objects, Place, Request, Role, Rule, Subject
from kube_oidc.rbac.policy import Decision, Grant, Policy, username_of, with_authenticated_group

__all__ = [
    "Binding",
    "Decision",
    "Grant",
    "Loaded",
    "Objects",
    "Place",
    "Policy",
    "Problem",
    "Request",
    "Role",
    "Rule",
    "Subject",
    "builtin",
    "decode",
    "load",
    "username_of",
    "with_authenticated_group",
    "with_builtin",
]
