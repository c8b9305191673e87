"""Istio's RequestAuthentication, and other kinds with JWT rules that proxies read."""

from kube_oidc.inputs.wrapper import Wrapper, no_configuration, of_kind

WRAPPER = Wrapper(
    name="a proxy's JWT configuration",
    recognizes=of_kind("RequestAuthentication", "SecurityPolicy", "ClientConfig"),
    extracts=no_configuration,
    hint="a proxy reads it, not kube-apiserver, so nothing in it was checked",
    specific=2,
)
