"""The API server's other configuration files."""

from kube_oidc.inputs.wrapper import Source, Wrapper, no_configuration

_KINDS = (
    "AuthorizationConfiguration",
    "AdmissionConfiguration",
    "EncryptionConfiguration",
    "EgressSelectorConfiguration",
    "TracingConfiguration",
)


def _recognizes(source: Source) -> bool:
    return source.get("kind") in _KINDS


WRAPPER = Wrapper(
    name="another configuration file of kube-apiserver",
    recognizes=_recognizes,
    extracts=no_configuration,
    hint="check the file of --authentication-config",
    specific=2,
)
