"""Refusals from a log, as text and JSON."""

from __future__ import annotations

from typing import Any

from kube_oidc.authn.refusals import Refusal
from kube_oidc.report import printable


def as_json(refusal: Refusal, count: int) -> dict[str, Any]:
    """The documented JSON of one reason."""
    return {
        "authenticated": False,
        "reason": refusal.reason,
        "count": count,
        "step": refusal.step,
        "fields": [{"field": field, "issuer": issuer} for field, issuer in refusal.fields],
        "passed": list(refusal.passed),
        "needs": refusal.needs,
        "remedies": list(refusal.remedies),
    }


def as_text(refusal: Refusal, count: int) -> str:
    """The reason, where and at which step it was refused, what it would have needed, and the fixes."""
    times = f" ({count} times)" if count > 1 else ""
    lines = [f"refused{times}: {refusal.reason}"]
    lines += [f"  at       {field}  (issuer {issuer})" for field, issuer in refusal.fields]
    if len(refusal.fields) > 1 and refusal.passed:
        lines.append("           (one of them; the reason doesn't say which)")
    if not refusal.fields and refusal.step:
        lines.append(
            "  at       no entry of this file refuses tokens like this: has the API server loaded another?"
        )
    if refusal.step:
        before = f", after {', '.join(refusal.passed)}" if refusal.passed else ""
        lines.append(f"  step     {refusal.step}{before}")
    if refusal.needs:
        lines.append(f"  needed   {refusal.needs}")
    lines += [f"  fix      {remedy}" for remedy in refusal.remedies]
    return "\n".join(map(printable.line, lines)) + "\n"
