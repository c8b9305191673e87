"""An audit of the log as JSON (docs/json.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kube_oidc.audit.events import Used
from kube_oidc.audit.narrower import Narrower, Unused, days_covered
from kube_oidc.audit.usage import Audit, Count, Identity
from kube_oidc.rbac import Binding
from kube_oidc.report import printable
from kube_oidc.report.audit_text import rule_document

VERSION: Final = 1


def render_json(audit: Audit, narrower: Sequence[Narrower], unused: Sequence[Unused] | None) -> str:
    """The whole audit as one object; `unused` is null if it was not asked for."""
    content = {
        "version": VERSION,
        "requests": audit.requests,
        "lines": audit.log.lines,
        "unreadable": audit.log.unreadable,
        "faults": audit.log.faults,
        "first": audit.first or None,
        "last": audit.last or None,
        "days": round(days_covered(audit), 3),
        "identities": [_identity(each) for each in audit.identities.values()],
        "refusedCredentials": _count(audit.unauthenticated),
        "anonymous": _count(audit.anonymous),
        "unused": None
        if unused is None
        else [{**_binding(one.binding), "last": one.last or None} for one in unused],
        "narrower": [
            {
                **_binding(one.binding),
                "unused": list(one.unused),
                "rules": [rule_document(rule) for rule in one.enough],
            }
            for one in narrower
        ],
    }
    return printable.json_text(content, indent=2) + "\n"


def _identity(identity: Identity) -> dict[str, Any]:
    return {
        "user": identity.name,
        "issuer": identity.issuer or None,
        **_count(identity.total),
        "grants": [
            {
                "namespace": key.namespace,
                "binding": key.name,
                "role": use.role,
                **_count(use.total),
                "used": _uses(use.used),
            }
            for key, use in identity.grants.items()
        ],
        "refused": _uses(identity.refused),
        "impersonatedBy": [
            {"user": name, **_count(count)} for name, count in identity.impersonated_by.items()
        ],
    }


def _uses(used: Mapping[Used, Count]) -> list[dict[str, Any]]:
    return [{**_request(one), **_count(count)} for one, count in used.items()]


def _request(used: Used) -> dict[str, str]:
    return {
        "verb": used.verb,
        "apiGroup": used.api_group,
        "resource": used.resource,
        "subresource": used.subresource,
        "namespace": used.namespace,
        "path": used.path,
    }


def _count(count: Count) -> dict[str, Any]:
    return {"requests": count.requests, "last": count.last or None}


def _binding(binding: Binding) -> dict[str, str]:
    return {
        "namespace": binding.namespace,
        "binding": binding.name,
        "role": f"{binding.role_kind} {binding.role_name}",
    }
