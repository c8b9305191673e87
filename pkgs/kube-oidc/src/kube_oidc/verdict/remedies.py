"""Fixes for files that can't be read or decoded."""

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
_FIELD_NAMES: Final = sorted({field for struct in STRUCTS.values() for field in struct})
_FIELD_NAMES_BY_CASEFOLD: Final = {field.casefold(): field for field in _FIELD_NAMES}
_MAX_NAME_CHARACTERS: Final = 100  # of an unknown field; a longer name isn't a typo


def syntax_remedy(data: bytes) -> str | None:
    """How to fix a file that isn't valid YAML; None if unknown."""
    if not data:
        return f"an API server doesn't start with an empty file; {_HEADER_REMEDY}"
    if b"\0" in data:
        return "this isn't a text file"
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


def _kind_remedy(root: Node | None) -> str | None:
    """None if the file says that it is of another kind: `kube_oidc.inputs` knows what it is."""
    kind = root.get("kind") if root is not None and root.kind is Kind.OBJECT else None
    name = "" if kind is None or not isinstance(kind.scalar, str) else kind.scalar
    return None if name and name != KIND else _HEADER_REMEDY


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
