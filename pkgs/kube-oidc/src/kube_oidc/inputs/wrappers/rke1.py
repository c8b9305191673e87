"""RKE1's cluster.yml: `services.kube-api.extra_args` names the file."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.has("services", "kube-api") or source.has("rancher_kubernetes_engine_config")


WRAPPER = Wrapper(
    name="an RKE1 configuration",
    recognizes=_recognizes,
    hint="check the file that `services.kube-api.extra_args` names with `authentication-config`",
    tool="rke1",
)
