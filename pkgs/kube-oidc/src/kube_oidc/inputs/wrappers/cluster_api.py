"""Cluster API objects: the file is the `content` of an entry of `files`, or in a patch of a ClusterClass."""

from kube_oidc.inputs.wrapper import Source, Wrapper

_KINDS = frozenset({"ClusterClass", "MachineConfig"})
_PARTS = (
    "ControlPlane",
    "ControlPlaneTemplate",
    "ConfigTemplate",
    "KubeadmConfig",
    "RKE2Config",
    "K0sWorkerConfig",
)


def _recognizes(source: Source) -> bool:
    group = source.get("apiVersion").partition("/")[0]
    kind = source.get("kind")
    return "cluster.x-k8s.io" in group and (kind in _KINDS or kind.endswith(_PARTS) or kind == "Cluster")


WRAPPER = Wrapper(
    name="a Cluster API object",
    recognizes=_recognizes,
    hint="check the object with the file below `files[].content`",
    renders="clusterctl generate yaml --from FILE | kube-oidc check -",
    tool="kubeadm",
)
