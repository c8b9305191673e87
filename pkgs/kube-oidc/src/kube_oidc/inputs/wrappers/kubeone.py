"""KubeOne: `features.authenticationConfiguration` names the file."""

from kube_oidc.inputs.wrapper import Wrapper, of_kind

WRAPPER = Wrapper(
    name="a KubeOne configuration",
    recognizes=of_kind("KubeOneCluster"),
    hint="check the file that `features.authenticationConfiguration` names",
    tool="kubeone",
)
