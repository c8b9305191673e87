"""kubeconfigs, which belong to clients."""

from kube_oidc.inputs.wrapper import Wrapper, no_configuration, of_kind

WRAPPER = Wrapper(
    name="a kubeconfig",
    recognizes=of_kind("Config"),
    extracts=no_configuration,
    hint="check the file of --authentication-config; `kube-oidc status` uses a kubeconfig",
    specific=2,
)
