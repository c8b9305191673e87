"""OpenShift's Authentication: an operator turns it into the file."""

from kube_oidc.inputs.wrapper import Wrapper, no_configuration, of_kind

WRAPPER = Wrapper(
    name="OpenShift's Authentication",
    recognizes=of_kind("Authentication", group="config.openshift.io"),
    extracts=no_configuration,
    hint="an operator writes the AuthenticationConfiguration from it, so nothing in it was checked; check the result: "
    "oc get configmap auth-config -n openshift-kube-apiserver -o yaml | kube-oidc check -",
    specific=3,
)
