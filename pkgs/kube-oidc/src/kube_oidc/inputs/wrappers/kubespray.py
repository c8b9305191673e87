"""Kubespray's variables."""

from kube_oidc.inputs.wrapper import Source, Wrapper
from kube_oidc.inputs.yaml_nodes import entries

_PREFIXES = ("kube_oidc_", "kube_apiserver_authentication", "kube_kubeadm_apiserver_extra_args")


def _recognizes(source: Source) -> bool:
    return any(str(key.value).startswith(_PREFIXES) for key, _ in entries(source.node))


WRAPPER = Wrapper(
    name="a file with Kubespray variables",
    recognizes=_recognizes,
    hint="check the file with the variable that has the whole configuration",
    tool="kubespray",
)
