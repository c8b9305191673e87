"""Gardener: a Shoot names a ConfigMap with the file in `spec.kubernetes.kubeAPIServer.structuredAuthentication`."""

from kube_oidc.inputs.wrapper import Wrapper, of_kind

WRAPPER = Wrapper(
    name="a Gardener Shoot",
    recognizes=of_kind("Shoot"),
    hint="check the ConfigMap that `structuredAuthentication.configMapName` names: "
    "kubectl get configmap NAME -o yaml | kube-oidc check -",
    tool="gardener",
)
