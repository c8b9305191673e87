"""Validates one file: decodes it, applies Kubernetes' rules, and adds a remedy to each error. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.diagnostics import Diagnostic, Location, Severity
from kube_oidc.field import FieldPath
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.verdict.decode import Decoded, DecodeError, decode
from kube_oidc.verdict.document import Document, LimitExceeded, SyntaxProblem, read
from kube_oidc.verdict.remedies import decode_remedy, syntax_remedy
from kube_oidc.verdict.validation import Context, FieldError, validate
from kube_oidc.verdict.validation.errors import UNDECIDABLE
from kube_oidc.verdict.versions import Difference

_CODES: Final = {
    "FieldValueInvalid": "invalid-value",
    "FieldValueRequired": "required-value",
    "FieldValueDuplicate": "duplicate-value",
    "FieldValueTooMany": "too-many",
    "FieldValueForbidden": "forbidden",
    "InternalError": "internal-error",
    UNDECIDABLE: "cannot-decide",
}

_UNDECIDED: Final = frozenset({"cannot-decide", "cannot-read", "unrendered-template"})
_ASK_APISERVER_REMEDY: Final = (
    "let the API server decide: `kube-oidc check --apiserver PATH`, or services.kube-oidc.checkConfig = true"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """The result for one file. `configuration` is None if the file couldn't be decoded."""

    diagnostics: tuple[Diagnostic, ...]
    configuration: AuthenticationConfiguration | None = None
    locations: Mapping[FieldPath, Location] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the API server accepts this file; False if the checker can't decide."""
        return not any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)

    @property
    def undecided(self) -> bool:
        """Whether the only errors are that the checker can't decide."""
        errors = [found.code for found in self.diagnostics if found.severity is Severity.ERROR]
        return bool(errors) and _UNDECIDED.issuperset(errors)


def check(data: bytes, context: Context) -> Checked:
    """Every problem of one file; the error that the API server reports first comes first.

    `data` are the bytes of the file; `context` is the API server that will read it.
    """
    try:
        document = read(data)
    except LimitExceeded as problem:
        remedy = (
            "the checker reads at most 1 MiB, 64 levels and 250,000 values; no real configuration needs more"
        )
        return Checked((_error("cannot-read", f"cannot decide: {problem}", problem.location, remedy),))
    except SyntaxProblem as problem:
        message = str(problem)
        if not context.version.has(Difference.LOWERCASE_MAP_KEY_ERROR):
            message = message.replace("unsupported map key", "Unsupported map key")
        return Checked((_error("syntax-error", message, problem.location, syntax_remedy(data)),))
    decoded = decode(document, context.version)
    return _checked(document, decoded, context)


def _checked(document: Document, decoded: Decoded, context: Context) -> Checked:
    diagnostics = [_from_decode(error, document) for error in decoded.errors]
    if decoded.configuration is None:
        return Checked(tuple(diagnostics))
    if document.second_document is not None:
        diagnostics.append(_second_document(document.second_document))
    if not _gate(context):
        diagnostics.append(_gate_diagnostic())
    diagnostics += _egress(decoded, context)
    for error in validate(decoded.configuration, context):
        if not any(_touches(error, path) for path in decoded.unread):
            diagnostics.append(_from_validation(error, decoded))
    return Checked(tuple(diagnostics), decoded.configuration, decoded.locations)


def _egress(decoded: Decoded, context: Context) -> Iterator[Diagnostic]:
    """Egress selectors that stop an API server without --egress-selector-config-file.

    An error if we know that the flag is absent, a warning if we don't know.
    """
    configuration = decoded.configuration
    if configuration is None or context.egress_selector_configured:
        return
    known = context.egress_selector_configured is False
    for position, authenticator in enumerate(configuration.jwt):
        selector = authenticator.issuer.egress_selector_type
        if selector in ("controlplane", "cluster"):
            path = FieldPath(("jwt", position, "issuer", "egressSelectorType"))
            yield Diagnostic(
                code="egress-selector",
                severity=Severity.ERROR if known else Severity.WARNING,
                message=f'oidc: egress lookup required with egress selector type "{selector}"',
                field=str(path),
                location=decoded.location(path),
                remedy="start the API server with --egress-selector-config-file, and pass the flag to this command too",
            )


def _second_document(place: Location) -> Diagnostic:
    message = "the API server reads only the first document: everything from here on has no effect"
    remedy = "a file has one AuthenticationConfiguration: merge the entries and remove the second document"
    return Diagnostic("second-document", Severity.WARNING, message, location=place, remedy=remedy)


def _touches(error: FieldError, unread: FieldPath) -> bool:
    """Whether the error is about a value that couldn't be decoded, about something inside it, or about it missing."""
    inside = error.path.steps[: len(unread.steps)] == unread.steps
    return inside or (error.type == "FieldValueRequired" and error.path == unread.parent())


def _gate(context: Context) -> bool:
    return context.gate("StructuredAuthenticationConfiguration", default=True)


def _gate_diagnostic() -> Diagnostic:
    gate = "StructuredAuthenticationConfiguration"
    message = f"set --feature-gates={gate}=true to use authentication-config file"
    remedy = f"set --feature-gates={gate}=true for the API server and for this command"
    return _error("feature-gate", message, None, remedy)


def _error(code: str, message: str, location: Location | None, remedy: str | None) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, location=location, remedy=remedy)


def _from_decode(error: DecodeError, document: Document) -> Diagnostic:
    return Diagnostic(
        code=error.code,
        severity=Severity.ERROR,
        message=error.message,
        field=str(error.path),
        location=error.location,
        remedy=decode_remedy(error, document),
    )


def _from_validation(error: FieldError, decoded: Decoded) -> Diagnostic:
    return Diagnostic(
        code=_CODES[error.type],
        severity=Severity.ERROR,
        message=error.message,
        field=str(error.path),
        location=decoded.location(error.path),
        remedy=_ASK_APISERVER_REMEDY if error.type == UNDECIDABLE else error.remedy,
    )
