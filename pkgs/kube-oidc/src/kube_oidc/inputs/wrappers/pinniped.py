"""Pinniped's JWTAuthenticator, which the Concierge reads."""

from kube_oidc.inputs.wrapper import Source, Wrapper, no_configuration


def _recognizes(source: Source) -> bool:
    return source.get("kind") == "JWTAuthenticator" and "pinniped" in source.get("apiVersion")


WRAPPER = Wrapper(
    name="Pinniped's JWTAuthenticator",
    recognizes=_recognizes,
    extracts=no_configuration,
    hint="Pinniped's Concierge reads it, not kube-apiserver, so nothing in it was checked",
    specific=3,
)
