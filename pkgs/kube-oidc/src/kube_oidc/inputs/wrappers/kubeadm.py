"""kubeadm's configuration: it names the file in `extraArgs`, and patches or users put the file next to it."""

from kube_oidc.inputs.wrapper import Source, Wrapper

_KINDS = ("ClusterConfiguration", "InitConfiguration", "JoinConfiguration")


def _recognizes(source: Source) -> bool:
    return source.get("kind") in _KINDS


WRAPPER = Wrapper(
    name="kubeadm's configuration",
    recognizes=_recognizes,
    hint="check the file that `apiServer.extraArgs` names with `authentication-config`",
    tool="kubeadm",
)
