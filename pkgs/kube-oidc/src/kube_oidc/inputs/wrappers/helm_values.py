"""Helm values: the file is a string or a mapping below any key."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    name = source.path.rpartition("/")[2].lower()
    return source.node is not None and name.startswith("values") and not source.get("kind")


WRAPPER = Wrapper(
    name="a file with Helm values",
    recognizes=_recognizes,
    hint="render the chart and check the result: helm template RELEASE CHART -f FILE | kube-oidc check -",
)
