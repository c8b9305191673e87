"""Fixes for files that can't be read or decoded; recognizes wrappers (ConfigMap, Talos, …) and templates."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.decode import DecodeError
from kube_oidc.verdict.document import Document, Kind, Node
from kube_oidc.verdict.structures import GROUP, KIND, STRUCTS
from kube_oidc.verdict.versions import Difference

_V1_SINCE: Final = Difference.FILE_V1.since
_HEADER_REMEDY: Final = (
    f"write `apiVersion: {GROUP}/v1` (v1beta1 before Kubernetes {_V1_SINCE}) and `kind: {KIND}`"
)
_WRAPPERS: Final = {
    "ConfigMap": "a ConfigMap: check only the text below its `data` key",
    "Secret": "a Secret: decode the text below its `data` key, and check only that",
    "KubeadmControlPlane": "a Cluster API object: check only the `content` of its `files` entry",
    "KubeadmConfigTemplate": "a Cluster API object: check only the `content` of its `files` entry",
    "ClusterConfiguration": "kubeadm's configuration: check the file that `authentication-config` names",
    "KubeAuthenticationConfig": "a Talos document: check only its `configuration`",
}
_FIELD_NAMES: Final = sorted({field for struct in STRUCTS.values() for field in struct})
_FIELD_NAMES_BY_CASEFOLD: Final = {field.casefold(): field for field in _FIELD_NAMES}
_MAX_NAME_CHARACTERS: Final = 100  # of an unknown field; a longer name isn't a typo
_TEMPLATES: Final = (b"{{", b"${", b"<%", b"{%")


def syntax_remedy(data: bytes) -> str | None:
    """How to fix a file that isn't valid YAML; None if unknown."""
    if not data:
        return f"an API server doesn't start with an empty file; {_HEADER_REMEDY}"
    if b"\0" in data:
        return "this isn't a text file"
    if any(mark in data for mark in _TEMPLATES):
        return "this looks like a template: render it first, and check the result"
    if b"\t" in data:
        return "replace the tabs: YAML is indented with spaces"
    return None


def decode_remedy(error: DecodeError, document: Document) -> str | None:
    """How to fix one decoding error; None if unknown."""
    match error.code:
        case "wrong-kind":
            return _kind_remedy(document.root)
        case "unknown-field":
            return _unknown_field(error)
        case "duplicate-field":
            return "remove one of the two: keys must be unique"
        case "wrong-type":
            return _wrong_type(error)
    return None


def _kind_remedy(root: Node | None) -> str:
    kind = root.get("kind") if root is not None and root.kind is Kind.OBJECT else None
    name = "" if kind is None or not isinstance(kind.scalar, str) else kind.scalar
    if name in _WRAPPERS:
        return f"this is {_WRAPPERS[name]}"
    if root is not None and (root.get("machine") or root.get("cluster")):
        return "this is a Talos machine configuration: check only the file inside it"
    if name and name != KIND:
        return f"this is a {name}, not an {KIND}: check another file"
    return _HEADER_REMEDY


def _unknown_field(error: DecodeError) -> str:
    name = str(error.path.steps[-1])
    if name in _FIELD_NAMES:
        owners = [struct for struct, fields in STRUCTS.items() if name in fields]
        return f"`{name}` is a field of {_places(owners)}: move it there"
    if name.casefold() in _FIELD_NAMES_BY_CASEFOLD:
        return f"names are case-sensitive: write `{_FIELD_NAMES_BY_CASEFOLD[name.casefold()]}`"
    import difflib  # noqa: PLC0415 - only a wrong file pays for it

    close = difflib.get_close_matches(name[:_MAX_NAME_CHARACTERS], _FIELD_NAMES, n=1)
    return f"did you mean `{close[0]}`?" if close else "remove it: the API server doesn't support this field"


_PLACE: Final = {
    "AuthenticationConfiguration": "the top level",
    "JWTAuthenticator": "an entry of `jwt`",
    "Issuer": "`issuer`",
    "ClaimValidationRule": "`claimValidationRules`",
    "ClaimMappings": "`claimMappings`",
    "PrefixedClaimOrExpression": "`claimMappings.username` and `.groups`",
    "ClaimOrExpression": "`claimMappings.uid`",
    "ExtraMapping": "`claimMappings.extra`",
    "UserValidationRule": "`userValidationRules`",
    "AnonymousAuthConfig": "`anonymous`",
    "AnonymousAuthCondition": "`anonymous.conditions`",
}


_CONTENT: Final = {
    "Issuer": "`url:` and `audiences:`",
    "PrefixedClaimOrExpression": "`claim:` and `prefix:`, or `expression:`,",
    "ClaimOrExpression": "`claim:` or `expression:`",
    "AnonymousAuthConfig": "`enabled:`",
    "AnonymousAuthCondition": "`path:`",
}


def _places(structs: list[str]) -> str:
    return ", ".join(_PLACE[struct] for struct in structs)


def _wrong_type(error: DecodeError) -> str | None:
    if error.message.endswith("of type string"):
        return "put the value in quotation marks"
    if "of type []" in error.message:
        return "write a list: one `- ` per entry"
    if error.message.endswith("of type bool"):
        return "write `true` or `false` without quotation marks"
    struct = error.message.rpartition(".")[2]
    return f"write {_CONTENT.get(struct, '`name: value` pairs')} below it"
