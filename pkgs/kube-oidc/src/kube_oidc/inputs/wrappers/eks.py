"""Amazon EKS: identity providers of eksctl, of the AWS controllers and of `associate-identity-provider-config`."""

from kube_oidc.inputs.wrapper import Source, Wrapper, no_configuration

_KINDS = ("IdentityProviderConfig", "OIDCIdentityProviderConfig", "AWSManagedControlPlane")


def _recognizes(source: Source) -> bool:
    group = source.get("apiVersion").partition("/")[0]
    return (
        source.get("kind") in _KINDS
        or source.has("identityProviderConfig")
        or (group == "eksctl.io" and source.has("identityProviders"))
    )


WRAPPER = Wrapper(
    name="an identity provider of EKS",
    recognizes=_recognizes,
    extracts=no_configuration,
    hint="EKS takes one issuer with the old flags' settings and no AuthenticationConfiguration, so nothing in it was "
    "checked; `kube-oidc migrate --from FILE` shows the equivalent file",
    specific=3,
    tool="eks",
)
