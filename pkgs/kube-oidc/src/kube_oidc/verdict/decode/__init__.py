"""Document → AuthenticationConfiguration, strictly, with the API server's own decoding errors.

The API server stops at the first error. This continues and returns what could be read along with the errors, so that
the validation rules can be checked too.

Source: `k8s.io/apimachinery/pkg/runtime/serializer/json` and `sigs.k8s.io/json` (UnmarshalStrict).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kube_oidc import model
from kube_oidc.diagnostics import Location
from kube_oidc.field import FieldPath
from kube_oidc.verdict.decode.errors import DecodeError, strictly
from kube_oidc.verdict.decode.kind import folded, kind_problem
from kube_oidc.verdict.decode.structs import Decoder
from kube_oidc.verdict.decode.values import configuration_of
from kube_oidc.verdict.document import Document
from kube_oidc.verdict.structures import KIND
from kube_oidc.verdict.versions import KubernetesVersion

__all__ = ["DecodeError", "Decoded", "decode"]


@dataclass(slots=True)
class Decoded:
    """The configuration as far as it could be read, the errors, and the location of every field.

    The first error is the API server's. It stops there; the errors after it have the same wording and are those it
    would report next. `unread` lists the paths of all values of a wrong type.
    """

    configuration: model.AuthenticationConfiguration | None
    errors: list[DecodeError] = field(default_factory=list)
    locations: dict[FieldPath, Location] = field(default_factory=dict)
    unread: tuple[FieldPath, ...] = ()

    def location(self, path: FieldPath) -> Location | None:
        """The location of a field, or of its nearest ancestor that is in the file."""
        while path.steps and path not in self.locations:
            path = path.parent()
        return self.locations.get(path)


def decode(document: Document, version: KubernetesVersion) -> Decoded:
    """Decodes `document` as this version of the API server does.

    Where the API server's message quotes the whole file ("Object 'Kind' is missing in '…'"), ours doesn't.
    """
    root = document.root
    problem = kind_problem(root, version)
    if problem is not None:
        return Decoded(None, [problem])
    assert root is not None
    api_version = folded(root, "apiVersion")
    assert api_version is not None
    decoder = Decoder(str(api_version.scalar).partition("/")[2], version)
    configuration = decoder.struct(root, KIND, FieldPath())
    wrong_types = decoder.wrong_types
    strict = [
        DecodeError("duplicate-field", strictly(message), FieldPath(), location)
        for message, location in _joined(document.duplicates)
    ]
    strict += decoder.strict + decoder.more()
    unread = tuple(error.path for error in wrong_types)
    return Decoded(configuration_of(configuration), wrong_types + strict, decoder.locations, unread)


def _joined(duplicates: list[tuple[str, Location]]) -> list[tuple[str, Location]]:
    return [(f"yaml: unmarshal errors:\n  {message}", location) for message, location in duplicates]
