"""A comparison as versioned JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kube_oidc.access.compare import Comparison, HolderChange, IssuerChange
from kube_oidc.access.rights import Right
from kube_oidc.access.witnesses import Witness
from kube_oidc.authn.authenticate import Authenticated, Outcome
from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Problem
from kube_oidc.report import printable

VERSION = 1


def render_json(change: Comparison, problems: Iterable[Problem]) -> str:
    """`{"version": 1, "before", "after", "tokens", "proofs", "holders", "issuers", "anonymous", "findings", …}`."""
    anonymous = change.anonymous
    tree = {
        "version": VERSION,
        "before": change.before.file,
        "after": change.after.file,
        "tokens": [_token(witness) for witness in change.witnesses],
        "proofs": [
            {"change": str(each.kind), "issuer": each.issuer, "proved": each.is_proved, "reason": each.reason}
            for each in change.absences
        ],
        "holders": [_holder(holder) for holder in change.holders],
        "issuers": [_issuer(issuer) for issuer in change.issuers],
        "anonymous": {"before": anonymous.before, "after": anonymous.after} if anonymous else None,
        "findings": {
            "new": [_finding(url, found) for url, found in change.new_findings],
            "gone": [_finding(url, found) for url, found in change.gone_findings],
        },
        "problems": [{"message": str(problem), "remedy": problem.remedy} for problem in problems],
    }
    return printable.json_text(tree, indent=1) + "\n"


def _token(witness: Witness) -> dict[str, Any]:
    return {
        "change": str(witness.kind),
        "issuer": witness.issuer,
        "claims": witness.claims,
        "telling": witness.telling,
        "absent": list(witness.absent),
        "before": _outcome(witness.before),
        "after": _outcome(witness.after),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Authenticated):
        user = outcome.user
        return {"authenticated": True, "username": user.username, "groups": list(user.groups)}
    return {"authenticated": False, "reason": outcome.reason}


def _holder(holder: HolderChange) -> dict[str, Any]:
    return {
        "kind": holder.kind,
        "name": holder.name,
        "issuers": list(holder.issuers),
        "gained": [_right(right) for right in holder.gained.every],
        "lost": [_right(right) for right in holder.lost.every],
    }


def _right(right: Right) -> dict[str, str]:
    if right.url:
        return {"verb": right.verb, "nonResourceURL": right.url}
    return {
        "verb": right.verb,
        "apiGroup": right.api_group,
        "resource": right.resource,
        "resourceName": right.name,
        "namespace": right.namespace,
    }


def _issuer(issuer: IssuerChange) -> dict[str, Any]:
    return {
        "url": issuer.url,
        "change": issuer.kind,
        "fields": [{"field": one.field, "before": one.before, "after": one.after} for one in issuer.changes],
        "usersBefore": list(issuer.before.users) if issuer.before else [],
        "usersAfter": list(issuer.after.users) if issuer.after else [],
    }


def _finding(url: str, found: Diagnostic) -> dict[str, Any]:
    return {"issuer": url, "code": found.code, "severity": str(found.severity), "message": found.message}
