"""Talos documents of kind KubeAuthenticationConfig: `configuration` is the file, without apiVersion and kind.

Source: the Talos documentation, reference of KubeAuthenticationConfig.
"""

from collections.abc import Iterator

from kube_oidc.inputs.embedded import joined
from kube_oidc.inputs.wrapper import GROUP, KIND, Found, Source, Wrapper, of_kind
from kube_oidc.inputs.yaml_nodes import at, subtree


def _extract(source: Source) -> Iterator[Found]:
    node = at(source.node, "configuration")
    if node is None or node.id != "mapping":
        return
    text = subtree(node, source.text)
    if at(node, "kind") is None and not node.flow_style and not text.text.startswith("{"):
        header = f"apiVersion: {GROUP}/v1\nkind: {KIND}\n"
        text = joined([text.constant(header, 0), text])
    yield Found(text, "configuration", exact=False)


WRAPPER = Wrapper(
    name="Talos' KubeAuthenticationConfig",
    recognizes=of_kind("KubeAuthenticationConfig"),
    hint="write the content of the file below `configuration`",
    extracts=_extract,
    specific=2,
    tool="talos",
)
