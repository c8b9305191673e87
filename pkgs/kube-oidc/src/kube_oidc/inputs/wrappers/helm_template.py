"""Files in a chart's `templates` folder."""

from kube_oidc.inputs.wrapper import Source, Wrapper


def _recognizes(source: Source) -> bool:
    text = source.text.text
    return source.node is None and (".Values" in text or "/templates/" in f"/{source.path}") and "{{" in text


WRAPPER = Wrapper(
    name="a template of a Helm chart",
    recognizes=_recognizes,
    hint="render it and check the result: helm template RELEASE CHART | kube-oidc check -",
    renders="helm template RELEASE CHART | kube-oidc check -",
)
