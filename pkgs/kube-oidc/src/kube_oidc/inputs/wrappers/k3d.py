"""k3d: the file is in `files[].source` (inline), or mounted by `volumes`."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.get("apiVersion").partition("/")[0] == "k3d.io"


WRAPPER = Wrapper(
    name="a k3d configuration",
    recognizes=_recognizes,
    hint="check the file that `volumes` mounts into the server",
    tool="k3d",
)
