"""k0s and k0sctl: the file is in `spec.hosts[].files[].data`; `spec.api.extraArgs` names it."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    return source.get("apiVersion").partition("/")[0] in ("k0s.k0sproject.io", "k0sctl.k0sproject.io")


WRAPPER = Wrapper(
    name="a k0s configuration",
    recognizes=_recognizes,
    hint="check the file that `spec.api.extraArgs` names with `authentication-config`",
    tool="k0s",
)
