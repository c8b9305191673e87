"""The roles and bindings that an API server makes by itself, as the package keeps them.

`python -m e2e.harness.rbac_defaults` starts one and writes the package's file anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from e2e.harness import cluster
from e2e.harness.binaries import REPOSITORY, locate
from e2e.harness.certificates import Authority
from e2e.harness.cluster import Cluster, Site

FILE: Final = REPOSITORY / "pkgs/kube-oidc/src/kube_oidc/rbac/builtin.json"
KINDS: Final = "clusterroles,clusterrolebindings,roles,rolebindings"
_KEPT: Final = ("rules", "aggregationRule", "roleRef", "subjects")
_CONFIGURATION: Final = (
    b"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: []\n"
)


def asked(owned: Cluster) -> list[dict[str, Any]]:
    """What the cluster labels as its own, without what differs from cluster to cluster."""
    text = owned.kubectl("get", KINDS, "-A", "-l", "kubernetes.io/bootstrapping=rbac-defaults", "-o", "json")
    items = [_kept(item) for item in json.loads(text)["items"]]
    return sorted(items, key=lambda item: (item["kind"], item["metadata"].get("namespace", ""), _name(item)))


def _kept(item: dict[str, Any]) -> dict[str, Any]:
    metadata = {
        key: item["metadata"][key] for key in ("name", "namespace", "labels") if key in item["metadata"]
    }
    kept = {key: item[key] for key in _KEPT if item.get(key)}
    if "aggregationRule" in kept:
        kept.pop("rules", None)  # the controller manager writes them, sooner or later
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": metadata, **kept}


def _name(item: dict[str, Any]) -> str:
    name: str = item["metadata"]["name"]
    return name


def write(items: list[dict[str, Any]]) -> None:
    """One object a line, so that a newer Kubernetes shows as a readable change."""
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
    FILE.write_text(f'{{"items": [\n{lines}\n]}}\n')


def main() -> None:
    """A cluster for this alone."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(folder, locate(), Authority("authority", folder), {})
        with cluster.start(site, _CONFIGURATION) as owned:
            write(asked(owned))


if __name__ == "__main__":
    main()
