"""kOps: `spec.kubeAPIServer` has the flags, `spec.fileAssets` the file."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.get("apiVersion").partition("/")[0] == "kops.k8s.io"


WRAPPER = Wrapper(
    name="a kOps cluster",
    recognizes=_recognizes,
    hint="check the cluster with the file below `spec.fileAssets[].content`",
    tool="kops",
)
