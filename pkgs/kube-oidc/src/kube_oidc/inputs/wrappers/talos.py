"""Talos machine configuration: the file is in `machine.files` or in an inline manifest."""

from kube_oidc.inputs.wrapper import Source, Wrapper

_PARTS = ("apiServer", "controlPlane", "inlineManifests", "extraManifests")


def _recognizes(source: Source) -> bool:
    if source.get("kind"):
        return False
    return source.has("machine") or any(source.has("cluster", part) for part in _PARTS)


WRAPPER = Wrapper(
    name="a Talos machine configuration",
    recognizes=_recognizes,
    hint="check the patch that has the file below `machine.files`, or the KubeAuthenticationConfig document",
    tool="talos",
)
