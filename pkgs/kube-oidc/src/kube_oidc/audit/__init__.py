"""What an API server's audit log says about identities and grants: who used which, when last, and what was refused.

Source of the format: `k8s.io/apiserver/pkg/apis/audit/v1/types.go` (Event), and for the grant named in the annotation
`k8s.io/kubernetes/pkg/registry/rbac/validation/rule.go` (clusterRoleBindingDescriber, roleBindingDescriber).
"""

from __future__ import annotations

from kube_oidc.audit.events import Log, read
from kube_oidc.audit.usage import Audit, collect

__all__ = ["Audit", "Log", "collect", "read"]
