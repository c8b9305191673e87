"""Kubernetes 1.34 reworded its errors; a version before it gets the words it prints itself."""

from __future__ import annotations

from kube_oidc.kubernetes_version import KubernetesVersion


def before_1_34(version: KubernetesVersion, old: str, new: str) -> str:
    """`old` for a Kubernetes before 1.34, else `new`."""
    return old if version < KubernetesVersion(1, 34) else new
