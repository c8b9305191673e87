"""Gardener's OpenIDConnect objects, which a webhook reads, and OpenIDConnectPresets."""

from kube_oidc.inputs.wrapper import Wrapper, no_configuration, of_kind

WRAPPER = Wrapper(
    name="Gardener's OpenIDConnect",
    recognizes=of_kind("OpenIDConnect", "OpenIDConnectPreset", "ClusterOpenIDConnectPreset"),
    extracts=no_configuration,
    hint="a webhook or preset of Gardener's reads it, not kube-apiserver, so nothing in it was checked; "
    "`kube-oidc migrate --from FILE` converts it to an AuthenticationConfiguration",
    specific=2,
    tool="gardener",
)
