"""A JWT authenticator of AKS: one entry of `jwt`, as JSON for `az aks jwtauthenticator`, bare or below `properties`."""

from collections.abc import Iterator
from typing import Any

from kube_oidc.inputs.tree import Value, as_json, string
from kube_oidc.inputs.wrapper import GROUP, KIND, Found, Source, Wrapper
from kube_oidc.inputs.yaml_nodes import as_value, at


def _entry(source: Source) -> Any:
    for node in (source.node, at(source.node, "properties")):
        if at(node, "issuer", "url") is not None and at(node, "claimMappings") is not None:
            return node
    return None


def _extract(source: Source) -> Iterator[Found]:
    entry = as_value(_entry(source))
    start = entry.start
    header = [("apiVersion", start, string(f"{GROUP}/v1", start)), ("kind", start, string(KIND, start))]
    whole = Value(start, entries=[*header, ("jwt", start, Value(start, items=[entry]))])
    yield Found(as_json(whole, source.text), exact=False)


def _recognizes(source: Source) -> bool:
    return not source.get("kind") and source.node is not None and _entry(source) is not None


WRAPPER = Wrapper(
    name="a JWT authenticator of AKS",
    recognizes=_recognizes,
    extracts=_extract,
    note="AKS reads this file, and supports fewer fields than kube-apiserver: it was checked as an entry of `jwt`",
    hint="in an AuthenticationConfiguration, this is an entry of `jwt`",
    specific=3,
)
