"""The two wordings of Kubernetes' field errors."""

from __future__ import annotations

from kube_oidc.field import FieldPath
from kube_oidc.verdict.golang.quote import json_string, quote
from kube_oidc.verdict.validation.errors import FieldError, invalid_shown
from kube_oidc.verdict.versions import Difference, KubernetesVersion


def reworded(version: KubernetesVersion, old: str, new: str) -> str:
    """`new` if this version has the reworded errors, else `old`."""
    return new if version.has(Difference.ERRORS_REWORDED) else old


def invalid_named(
    path: FieldPath, value: str, detail: str, version: KubernetesVersion, remedy: str | None = None
) -> FieldError:
    """`Invalid value` of a named string type, which the reworded errors show as JSON."""
    return invalid_shown(path, reworded(version, quote(value), json_string(value)), detail, remedy)
