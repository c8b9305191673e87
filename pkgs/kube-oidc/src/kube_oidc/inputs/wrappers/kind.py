"""kind: `kubeadmConfigPatches` name the file, `extraMounts` mount it."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.get("apiVersion").partition("/")[0] == "kind.x-k8s.io"


WRAPPER = Wrapper(
    name="a kind configuration",
    recognizes=_recognizes,
    hint="check the file that `extraMounts` mounts into the node",
    tool="kind",
)
