"""kcp's WorkspaceAuthenticationConfiguration: `spec.jwt` has the entries of the file's `jwt`."""

from collections.abc import Iterator

from kube_oidc.inputs.tree import Value, as_json, string
from kube_oidc.inputs.wrapper import GROUP, KIND, Found, Source, Wrapper, of_kind
from kube_oidc.inputs.yaml_nodes import as_value, at


def _extract(source: Source) -> Iterator[Found]:
    node = at(source.node, "spec", "jwt")
    if node is None:
        return
    start = node.start_mark.index
    header = [("apiVersion", start, string(f"{GROUP}/v1", start)), ("kind", start, string(KIND, start))]
    whole = Value(start, entries=[*header, ("jwt", start, as_value(node))])
    yield Found(as_json(whole, source.text), "spec", exact=False)


WRAPPER = Wrapper(
    name="kcp's WorkspaceAuthenticationConfiguration",
    recognizes=of_kind("WorkspaceAuthenticationConfiguration"),
    extracts=_extract,
    hint="write `spec.jwt`, a list like the `jwt` of an AuthenticationConfiguration",
    note="kcp reads this file, not kube-apiserver: `spec.jwt` was checked by the rules of kube-apiserver",
    specific=3,
)
