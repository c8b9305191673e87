"""Kubernetes 1.34 reworded its errors; a version before it gets the words it prints itself."""

from __future__ import annotations

from kube_oidc.field import FieldPath
from kube_oidc.verdict.golang.quote import json_string, quote
from kube_oidc.verdict.validation.errors import FieldError, invalid_shown
from kube_oidc.verdict.versions import KubernetesVersion


def before_1_34(version: KubernetesVersion, old: str, new: str) -> str:
    """`old` for a Kubernetes before 1.34, else `new`."""
    return old if version < KubernetesVersion(1, 34) else new


def invalid_named(
    path: FieldPath, value: str, detail: str, version: KubernetesVersion, remedy: str | None = None
) -> FieldError:
    """`Invalid value` of a string type of its own, which 1.34 and later show as JSON."""
    return invalid_shown(path, before_1_34(version, quote(value), json_string(value)), detail, remedy)
