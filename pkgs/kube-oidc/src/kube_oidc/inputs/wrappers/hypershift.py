"""HyperShift's HostedCluster: `spec.configuration.authentication` is OpenShift's Authentication."""

from kube_oidc.inputs.wrapper import Wrapper, no_configuration, of_kind

WRAPPER = Wrapper(
    name="HyperShift's HostedCluster",
    recognizes=of_kind("HostedCluster"),
    extracts=no_configuration,
    hint="an operator writes the AuthenticationConfiguration from it, so nothing in it was checked; check the result: "
    "oc get configmap auth-config -n HOSTED-CONTROL-PLANE -o yaml | kube-oidc check -",
    specific=3,
)
