"""k3s and RKE2: `kube-apiserver-arg` names the file."""

from kube_oidc.inputs.wrapper import Source, Wrapper

_KEYS = ("kube-apiserver-arg", "kube-apiserver-arg+", "write-kubeconfig-mode", "cluster-init", "tls-san")


def _recognizes(source: Source) -> bool:
    return not source.get("kind") and any(source.has(key) for key in _KEYS)


WRAPPER = Wrapper(
    name="a k3s or RKE2 configuration",
    recognizes=_recognizes,
    hint="check the file that `kube-apiserver-arg` names with `authentication-config`",
    tool="k3s",
)
