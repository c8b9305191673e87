"""Butane and Ignition: the file is in `storage.files[].contents`, inline or as a data URL."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.has("storage", "files") and (source.has("variant") or source.has("ignition"))


WRAPPER = Wrapper(
    name="a Butane or Ignition configuration",
    recognizes=_recognizes,
    hint="check a configuration with the file below `storage.files[].contents`",
)
