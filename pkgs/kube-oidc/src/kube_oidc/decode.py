"""Document → AuthenticationConfiguration, strictly, with the API server's own decoding errors.

Unlike the API server, which stops at the first error, this goes on: what could be read is returned beside the
errors, so that the rules behind them can be checked too.

Source: `k8s.io/apimachinery/pkg/runtime/serializer/json` and `sigs.k8s.io/json` (UnmarshalStrict).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc import model
from kube_oidc.diagnostics import Location
from kube_oidc.document import Document, Kind, Node
from kube_oidc.field import FieldPath
from kube_oidc.golang.quote import quote
from kube_oidc.kubernetes_version import KubernetesVersion
from kube_oidc.structures import API_VERSIONS, GROUP, KIND, OTHER_KINDS, STRING_TYPES, Field, fields

_META: Final = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)
_META_ERROR: Final = "couldn't get version/kind; json parse error: json: cannot unmarshal "
_MOST_STRICT: Final = 100
_SCHEME: Final = 'in scheme "pkg/runtime/scheme.go:111"'


@dataclass(frozen=True, slots=True)
class DecodeError:
    """`code` is `wrong-type`, `unknown-field`, `duplicate-field`, `wrong-kind` or `more-errors`."""

    code: str
    message: str
    path: FieldPath
    location: Location | None


@dataclass(slots=True)
class Decoded:
    """What could be read, why the API server refuses to (if it does), and where every field stands.

    Of several values of a wrong type the API server names the first; `unread` has the places of all.
    """

    configuration: model.AuthenticationConfiguration | None
    errors: list[DecodeError] = field(default_factory=list)
    locations: dict[FieldPath, Location] = field(default_factory=dict)
    unread: tuple[FieldPath, ...] = ()

    def location(self, path: FieldPath) -> Location | None:
        """The place of a field, or of the nearest thing around it that the file has."""
        while path.steps and path not in self.locations:
            path = path.parent()
        return self.locations.get(path)


def decode(document: Document, text: str, version: KubernetesVersion) -> Decoded:
    """The configuration in `document` (`text` is its source, which some of the errors show)."""
    root = document.root
    problem = _kind_problem(root, text, version)
    if problem is not None:
        return Decoded(None, [problem])
    assert root is not None
    api_version = str(_scalar(root, "apiVersion"))
    decoder = _Decoder(api_version.partition("/")[2], version)
    configuration = decoder.struct(root, KIND, FieldPath())
    wrong_types = decoder.wrong_types
    strict = [
        DecodeError("duplicate-field", _strict(message), FieldPath(), location)
        for message, location in _joined(document.duplicates)
    ]
    strict += decoder.strict + decoder.more()
    unread = tuple(error.path for error in wrong_types)
    return Decoded(_configuration(configuration), wrong_types[:1] + strict, decoder.locations, unread)


def _joined(duplicates: list[tuple[str, Location]]) -> list[tuple[str, Location]]:
    return [(f"yaml: unmarshal errors:\n  {message}", location) for message, location in duplicates]


def _strict(message: str) -> str:
    return f"strict decoding error: {message}"


def _folded(root: Node, name: str) -> Node | None:
    """The last entry whose name is `name` in any case: version and kind are read without regard to it."""
    for entry in reversed(root.entries):
        if entry.key.casefold() == name.casefold():
            return entry.node
    return None


def _scalar(root: Node, name: str) -> Any:
    node = _folded(root, name)
    return None if node is None else node.scalar


def _kind_problem(root: Node | None, text: str, version: KubernetesVersion) -> DecodeError | None:
    """Why this is no AuthenticationConfiguration that this version knows, else None."""
    if root is not None and root.kind not in (Kind.OBJECT, Kind.NULL):
        message = f"{_META_ERROR}{root.kind.value} into Go value of type {_META}"
        return DecodeError("wrong-kind", message, FieldPath(), root.location)
    values = {}
    for name in ("apiVersion", "kind"):
        node = None if root is None else _folded(root, name)
        if node is not None and node.kind not in (Kind.STRING, Kind.NULL):
            message = f"{_META_ERROR}{node.kind.value} into Go struct field .{name} of type string"
            return DecodeError("wrong-kind", message, FieldPath((name,)), node.location)
        values[name] = (node, "" if node is None or node.scalar is None else str(node.scalar))
    return _registration_problem(root, text, version, values)


def _registration_problem(
    root: Node | None, text: str, version: KubernetesVersion, values: dict[str, tuple[Node | None, str]]
) -> DecodeError | None:
    top = None if root is None else root.location
    api_node, api_version = values["apiVersion"]
    kind_node, kind = values["kind"]

    def problem(message: str, name: str, node: Node | None) -> DecodeError:
        return DecodeError("wrong-kind", message, FieldPath((name,)), node.location if node else top)

    if api_version.count("/") > 1:
        return problem(f"unexpected GroupVersion string: {api_version}", "apiVersion", api_node)
    if not kind:
        return problem(f"Object 'Kind' is missing in '{text}'", "kind", kind_node)
    group, slash, number = api_version.rpartition("/")
    if not number:
        return problem(f"Object 'apiVersion' is missing in '{text}'", "apiVersion", api_node)
    if group == GROUP and number == "__internal" and kind == KIND:
        message = _strict(f"unknown field {quote('jwt')}")
        return problem(message, "apiVersion", api_node)
    ours = API_VERSIONS.get(number) if kind == KIND else OTHER_KINDS.get((number, kind))
    if group != GROUP or ours is None or ours > version:
        shown = api_version.removeprefix("/") if slash else number
        message = f"no kind {quote(kind)} is registered for version {quote(shown)} {_SCHEME}"
        known = kind == KIND
        return problem(message, "apiVersion" if known else "kind", api_node if known else kind_node)
    if kind == KIND:
        return None
    if root is not None and root.get("jwt") is not None:
        return problem(_strict(f"unknown field {quote('jwt')}"), "kind", kind_node)
    return problem(f"expected AuthenticationConfiguration, got *apiserver.{kind}", "kind", kind_node)


class _Decoder:
    """Walks the tree along the structs of one API version."""

    def __init__(self, package: str, version: KubernetesVersion) -> None:
        self.package = package
        self.version = version
        self.wrong_types: list[DecodeError] = []
        self.strict: list[DecodeError] = []
        self._said: set[tuple[str, FieldPath]] = set()
        self.locations: dict[FieldPath, Location] = {}
        self._stack: list[str] = []
        self._struct = ""

    def struct(self, node: Node, name: str, path: FieldPath) -> dict[str, Any]:
        known = fields(name, self.version)
        values: dict[str, Any] = {}
        self.locations.setdefault(path, node.location)
        seen: set[str] = set()
        outer = self._struct
        for entry in node.entries:
            child = path.child(entry.key)
            if entry.key not in known:
                self._strict_error("unknown field", child, entry.location)
                continue
            if entry.key in seen:
                self._strict_error("duplicate field", child, entry.location)
            seen.add(entry.key)
            self.locations[child] = entry.location
            self._struct = name
            self._stack.append(entry.key)
            self._set(values, entry.key, self._value(entry.node, known[entry.key], child), entry.node)
            self._stack.pop()
            self._struct = outer
        return values

    @staticmethod
    def _set(values: dict[str, Any], key: str, value: Any, node: Node) -> None:
        """Null leaves what an earlier duplicate set, unless it can be unset."""
        if node.kind is Kind.NULL and isinstance(values.get(key), str | bool):
            return
        values[key] = value

    def _value(self, node: Node, kind: Field, path: FieldPath) -> Any:
        if node.kind is Kind.NULL:
            return None
        if not kind.many:
            return self._single(node, kind.type, path)
        if node.kind is not Kind.ARRAY:
            return self._wrong_type(node, f"[]{self._go_type(kind.type)}", path)
        items = []
        for position, item in enumerate(node.items):
            child = path.index(position)
            self.locations[child] = item.location
            value = None if item.kind is Kind.NULL else self._single(item, kind.type, child)
            items.append(value)
        return items

    def _single(self, node: Node, kind: str, path: FieldPath) -> Any:
        if kind in STRING_TYPES:
            return (
                node.scalar if node.kind is Kind.STRING else self._wrong_type(node, self._go_type(kind), path)
            )
        if kind == "bool":
            return node.scalar if node.kind is Kind.BOOL else self._wrong_type(node, "bool", path)
        if node.kind is not Kind.OBJECT:
            return self._wrong_type(node, self._go_type(kind), path)
        return self.struct(node, kind, path)

    def _go_type(self, kind: str) -> str:
        return kind if kind in ("string", "bool") else f"{self.package}.{kind}"

    def _wrong_type(self, node: Node, go_type: str, path: FieldPath) -> None:
        where = ".".join(self._stack)
        field = f"{self._struct}.{where} of type {go_type}"
        message = f"json: cannot unmarshal {node.kind.value} into Go struct field {field}"
        self.wrong_types.append(DecodeError("wrong-type", message, path, node.location))

    def _strict_error(self, what: str, path: FieldPath, location: Location) -> None:
        """Says each once, and no more than the API server does: `saveStrictError` in `sigs.k8s.io/json`."""
        if (what, path) in self._said:
            return
        self._said.add((what, path))
        if len(self.strict) < _MOST_STRICT:
            code = what.replace(" ", "-")
            self.strict.append(DecodeError(code, _strict(f"{what} {quote(str(path))}"), path, location))

    def more(self) -> list[DecodeError]:
        """How many strict errors there are that the API server keeps to itself."""
        count = len(self._said) - len(self.strict)
        if not count:
            return []
        text = f"{count} more unknown or duplicate fields: the API server names the first {_MOST_STRICT}"
        return [DecodeError("more-errors", text, FieldPath(), None)]


def _text(values: dict[str, Any] | None, name: str) -> str:
    return (values or {}).get(name) or ""


def _many(values: dict[str, Any] | None, name: str) -> list[Any]:
    return (values or {}).get(name) or []


def _configuration(values: dict[str, Any]) -> model.AuthenticationConfiguration:
    anonymous = values.get("anonymous")
    return model.AuthenticationConfiguration(
        api_version=_text(values, "apiVersion"),
        jwt=tuple(_authenticator(entry or {}) for entry in _many(values, "jwt")),
        anonymous=None
        if anonymous is None
        else model.AnonymousAuthConfig(
            bool(anonymous.get("enabled")),
            tuple(_text(entry, "path") for entry in _many(anonymous, "conditions")),
        ),
    )


def _authenticator(values: dict[str, Any]) -> model.JWTAuthenticator:
    issuer = values.get("issuer") or {}
    mappings = values.get("claimMappings") or {}
    uid = mappings.get("uid")
    return model.JWTAuthenticator(
        issuer=model.Issuer(
            url=_text(issuer, "url"),
            discovery_url=issuer.get("discoveryURL"),
            certificate_authority=_text(issuer, "certificateAuthority"),
            audiences=tuple(audience or "" for audience in _many(issuer, "audiences")),
            audience_match_policy=_text(issuer, "audienceMatchPolicy"),
            egress_selector_type=_text(issuer, "egressSelectorType"),
        ),
        claim_validation_rules=tuple(
            model.ClaimValidationRule(
                _text(rule, "claim"),
                _text(rule, "requiredValue"),
                _text(rule, "expression"),
                _text(rule, "message"),
            )
            for rule in _many(values, "claimValidationRules")
        ),
        claim_mappings=model.ClaimMappings(
            username=_prefixed(mappings.get("username")),
            groups=_prefixed(mappings.get("groups")),
            uid=model.ClaimOrExpression(_text(uid, "claim"), _text(uid, "expression")),
            extra=tuple(
                model.ExtraMapping(_text(entry, "key"), _text(entry, "valueExpression"))
                for entry in _many(mappings, "extra")
            ),
        ),
        user_validation_rules=tuple(
            model.UserValidationRule(_text(rule, "expression"), _text(rule, "message"))
            for rule in _many(values, "userValidationRules")
        ),
    )


def _prefixed(values: dict[str, Any] | None) -> model.PrefixedClaimOrExpression:
    prefix = (values or {}).get("prefix")
    return model.PrefixedClaimOrExpression(_text(values, "claim"), prefix, _text(values, "expression"))
