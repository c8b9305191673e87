"""Who can do what: the issuers of a configuration, the users and groups they can produce, and their permissions."""

from __future__ import annotations

from kube_oidc.access.build import access
from kube_oidc.access.model import Access, Condition, Holder, Issuer, Power, power_of

__all__ = ["Access", "Condition", "Holder", "Issuer", "Power", "access", "power_of"]
