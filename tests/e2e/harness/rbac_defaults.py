"""The roles and bindings that an API server creates at startup, as the package keeps them for every minor.

`python -m e2e.harness.rbac_defaults` writes the package's file again, from the lists that each release of Kubernetes
ships for its own tests (bootstrappolicy/testdata); tests/e2e/test_rbac.py compares them with a running API server.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from kube_oidc.verdict.versions import KubernetesVersion, VersionRange

from e2e.harness.binaries import REPOSITORY
from e2e.harness.cluster import Cluster

FILE: Final = REPOSITORY / "pkgs/kube-oidc/src/kube_oidc/rbac/builtin.json"
KINDS: Final = "clusterroles,clusterrolebindings,roles,rolebindings"
_KEPT: Final = ("rules", "aggregationRule", "roleRef", "subjects")
_MODULES: Final = REPOSITORY / "tests/differential/reference/mods"
_LISTS: Final = "plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata"
_WITH_GATES_ON: Final = "cluster-roles-featuregates.yaml"

Item = dict[str, Any]


def asked(owned: Cluster) -> list[Item]:
    """What the cluster labels as its own, without what differs from cluster to cluster."""
    text = owned.kubectl("get", KINDS, "-A", "-l", "kubernetes.io/bootstrapping=rbac-defaults", "-o", "json")
    return sorted((_kept(item) for item in json.loads(text)["items"]), key=_order)


def kept(minor: str) -> list[Item]:
    """What the package has for this minor."""
    version = KubernetesVersion.parse(minor)
    return [
        entry["object"]
        for entry in json.loads(FILE.read_text())["items"]
        if version in VersionRange.parse(entry.get("first"), entry.get("last"))
    ]


def _kept(item: Item) -> Item:
    metadata = {
        key: item["metadata"][key] for key in ("name", "namespace", "labels") if key in item["metadata"]
    }
    found = {key: item[key] for key in _KEPT if item.get(key)}
    if "aggregationRule" in found:
        found.pop("rules", None)  # the controller manager writes them, sooner or later
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": metadata, **found}


def _order(item: Item) -> tuple[str, str, str]:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _number(minor: str) -> int:
    return int(minor.partition(".")[2])


def releases() -> dict[str, str]:
    """Minor → the release that its reference is built from, oldest first."""
    found = {
        file.stem: re.search(r"k8s\.io/apiserver v0\.(\S+)", file.read_text())
        for file in _MODULES.glob("*.mod")
    }
    return {minor: f"v1.{found[minor][1]}" for minor in sorted(found, key=_number)}  # type: ignore[index]


def shipped(release: str) -> list[Item]:
    """The objects that this release creates with its default feature gates."""
    command = ["go", "mod", "download", "-json", f"k8s.io/kubernetes@{release}"]
    folder = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["Dir"]
    files = [file for file in Path(folder, _LISTS).glob("*.yaml") if file.name != _WITH_GATES_ON]
    items = [item for file in files for item in yaml.safe_load(file.read_text())["items"]]
    return sorted(map(_kept, items), key=_order)


def entries() -> Iterator[dict[str, Any]]:
    """Each object, with the first and the last minor that have it in this form unless all earlier or later ones do."""
    current: dict[str, dict[str, Any]] = {}
    before = ""
    for minor, release in releases().items():
        items = {json.dumps(item): item for item in shipped(release)}
        for text in current.keys() - items.keys():
            yield current.pop(text) | {"last": before}
        since = {"first": minor} if before else {}
        current |= {text: since | {"object": item} for text, item in items.items() if text not in current}
        before = minor
    yield from current.values()


def main() -> None:
    """One object a line, so that a newer Kubernetes shows as a readable change."""
    names = ("first", "last", "object")
    ordered = sorted(
        entries(), key=lambda entry: (*_order(entry["object"]), _number(entry.get("first", "1.0")))
    )
    lines = ",\n".join(
        json.dumps({name: entry[name] for name in names if name in entry}, separators=(",", ":"))
        for entry in ordered
    )
    FILE.write_text(f'{{"items": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
