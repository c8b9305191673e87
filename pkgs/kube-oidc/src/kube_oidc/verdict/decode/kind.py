"""Checks apiVersion and kind: is it an AuthenticationConfiguration that this Kubernetes version supports?

Source: `k8s.io/apimachinery/pkg/runtime/serializer/json` (`meta.go`, `json.go`) and `pkg/runtime/scheme.go`.
"""

from __future__ import annotations

from typing import Final

from kube_oidc.diagnostics import Location
from kube_oidc.field import FieldPath
from kube_oidc.verdict.decode.errors import DecodeError, strictly
from kube_oidc.verdict.document import Kind, Node
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.structures import API_VERSIONS, GROUP, KIND, OTHER_KINDS
from kube_oidc.verdict.versions import KubernetesVersion

_META: Final = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)
_META_ERROR: Final = "couldn't get version/kind; json parse error: json: cannot unmarshal "
_META_NAMES: Final = {"apiversion": "apiVersion", "kind": "kind"}
_EXPECTED: Final = "expected AuthenticationConfiguration, got *apiserver."
_INTERNAL: Final = "__internal"
_SCHEME: Final = 'in scheme "pkg/runtime/scheme.go:111"'


def folded(root: Node, name: str) -> Node | None:
    """The value of the last entry named `name` in any case; null only if there is no other.

    Go decodes apiVersion and kind without regard to case, and null leaves the previous value unchanged.
    """
    found = [entry.node for entry in root.entries if entry.key.casefold() == name.casefold()]
    return next(
        (node for node in reversed(found) if node.kind is not Kind.NULL), found[-1] if found else None
    )


def kind_problem(root: Node | None, version: KubernetesVersion) -> DecodeError | None:
    """The error if this isn't an AuthenticationConfiguration that this version supports, otherwise None."""
    if root is not None and root.kind not in (Kind.OBJECT, Kind.NULL):
        message = f"{_META_ERROR}{root.kind.value} into Go value of type {_META}"
        return DecodeError("wrong-kind", message, FieldPath(), root.location)
    values = {}
    for entry in () if root is None else root.entries:
        name = _META_NAMES.get(entry.key.casefold())
        if name is not None and entry.node.kind not in (Kind.STRING, Kind.NULL):
            message = f"{_META_ERROR}{entry.node.kind.value} into Go struct field .{name} of type string"
            return DecodeError("wrong-kind", message, FieldPath((name,)), entry.node.location)
    for name in ("apiVersion", "kind"):
        node = None if root is None else folded(root, name)
        values[name] = (node, "" if node is None or node.scalar is None else str(node.scalar))
    return _registration_problem(root, version, values)


def _internal(root: Node | None, kind: str, location: Location | None) -> DecodeError:
    """The error for the internal API version, `__internal`, whose field names are those of the Go structs."""
    names = [] if root is None else [entry.key for entry in root.entries]
    names = [name for name in names if name not in ("apiVersion", "kind")]
    unknown = [f"unknown field {quote(name)}" for name in names if name != "JWT"]
    path = FieldPath(("apiVersion",))
    if kind != KIND and not names:
        return DecodeError("wrong-kind", _EXPECTED + kind, path, location)
    if "Anonymous" in names or not unknown or (kind != KIND and any(name[:1].isupper() for name in names)):
        message = "cannot decide: fields of the internal API version aren't supported"
        return DecodeError("cannot-decide", message, path, location)
    return DecodeError("wrong-kind", strictly(", ".join(unknown)), path, location)


def _is_internal(kind: str, version: KubernetesVersion) -> bool:
    """Whether the API server's internal API version has this kind."""
    others = (since for (_, name), since in OTHER_KINDS.items() if name == kind)
    return kind == KIND or any(map(version.has, others))


def _is_registered(api_version: str, kind: str, version: KubernetesVersion) -> bool:
    """Whether this Kubernetes version has the kind in this API version of the group."""
    if kind == KIND:
        return api_version in API_VERSIONS and version.has(API_VERSIONS[api_version])
    return (api_version, kind) in OTHER_KINDS and version.has(OTHER_KINDS[api_version, kind])


def _registration_problem(
    root: Node | None, version: KubernetesVersion, values: dict[str, tuple[Node | None, str]]
) -> DecodeError | None:
    top = None if root is None else root.location
    api_node, api_version = values["apiVersion"]
    kind_node, kind = values["kind"]

    def problem(message: str, name: str, node: Node | None) -> DecodeError:
        return DecodeError("wrong-kind", message, FieldPath((name,)), node.location if node else top)

    if api_version.count("/") > 1:
        return problem(f"unexpected GroupVersion string: {api_version}", "apiVersion", api_node)
    if not kind:
        return problem("Object 'Kind' is missing", "kind", kind_node)
    group, slash, number = api_version.rpartition("/")
    if not number:
        return problem("Object 'apiVersion' is missing", "apiVersion", api_node)
    if group == GROUP and number == _INTERNAL and _is_internal(kind, version):
        return _internal(root, kind, api_node.location if api_node else top)
    if group != GROUP or not _is_registered(number, kind, version):
        shown = f"version {quote(api_version.removeprefix('/') if slash else number)}"
        if number == _INTERNAL:
            shown = f"the internal version of group {quote(group)}"
        message = f"no kind {quote(kind)} is registered for {shown} {_SCHEME}"
        known = kind == KIND
        return problem(message, "apiVersion" if known else "kind", api_node if known else kind_node)
    if kind == KIND:
        return None
    if root is not None and root.get("jwt") is not None:
        return problem(strictly(f"unknown field {quote('jwt')}"), "kind", kind_node)
    return problem(_EXPECTED + kind, "kind", kind_node)
