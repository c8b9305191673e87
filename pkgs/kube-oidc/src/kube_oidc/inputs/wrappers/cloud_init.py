"""cloud-init: the file is the `content` of an entry of `write_files`, plain, in base64 or gzipped."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.node is not None and (source.has("write_files") or source.has("runcmd"))


WRAPPER = Wrapper(
    name="cloud-init user data",
    recognizes=_recognizes,
    hint="check user data with the file below `write_files[].content`",
)
