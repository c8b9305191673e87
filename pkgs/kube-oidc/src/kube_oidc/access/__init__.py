"""Who may do what: every issuer of a configuration, the users and groups it can make, and what RBAC gives them."""

from __future__ import annotations

from kube_oidc.access.build import access
from kube_oidc.access.model import Access, Condition, Holder, Issuer, Power, power_of

__all__ = ["Access", "Condition", "Holder", "Issuer", "Power", "access", "power_of"]
