"""Our verdict against the reference's: valid or not, the fields, the kind of each error, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from kube_oidc.diagnostics import Diagnostic, Severity
from kube_oidc.verdict.validate_file import Checked, check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import KubernetesVersion

CODES: Final = {
    "FieldValueInvalid": "invalid-value",
    "FieldValueRequired": "required-value",
    "FieldValueDuplicate": "duplicate-value",
    "FieldValueTooMany": "too-many",
    "FieldValueForbidden": "forbidden",
    "InternalError": "internal-error",
}
STRICT: Final = "strict decoding error: "
DUPLICATES: Final = "yaml: unmarshal errors:\n  "
# What begins so is read as protobuf: nobody writes that by hand, and the verdict alone is compared.
PROTOBUF: Final = b"k8s\0"
# The API server quotes the whole file, which may be full of secrets; we never do.
WHOLE_FILE: Final = re.compile(r"(Object .(?:Kind|apiVersion). is missing) in .*", re.S)
COMPILATION: Final = "compilation failed: "
UNDECIDED: Final = frozenset({"cannot-decide", "cannot-read"})


@dataclass(frozen=True, slots=True)
class Case:
    """A file to validate; `issuers` are the API server's own."""

    name: str
    config: bytes
    issuers: tuple[str, ...] = ()


class Agreement(Enum):
    """What a comparison came to."""

    SAME = "same"
    UNDECIDED = "undecided"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One case under one minor; `ours` and `theirs` are what to show a person."""

    case: Case
    minor: str
    agreement: Agreement
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.case.name} (Kubernetes {self.minor})"]
        lines += [f"  API server: {text}" for text in self.theirs or ("valid",)]
        lines += [f"  kube-oidc:  {text}" for text in self.ours or ("valid",)]
        return "\n".join(lines)


def context(minor: str, issuers: Iterable[str] = ()) -> Context:
    """The checker's view of a default API server of this minor."""
    return Context(KubernetesVersion.parse(minor), tuple(issuers))


def compare(case: Case, minor: str, answer: dict[str, Any]) -> Comparison:
    """The checker's verdict on the case beside the reference's answer to it."""
    checked = check(case.config, context(minor, case.issuers))
    if "panic" in answer:  # kube-apiserver itself would crash: whatever we say but "valid" is right
        agreement = Agreement.DIFFERENT if checked.accepted else Agreement.SAME
        return Comparison(case, minor, agreement, tuple(our_words(checked)), (f"panic: {answer['panic']}",))
    ours, theirs = tuple(our_words(checked)), tuple(their_words(answer))
    if case.config.startswith(PROTOBUF):
        agreement = Agreement.SAME if checked.accepted == answer["valid"] else Agreement.DIFFERENT
    else:
        agreement = _agreement(checked, answer, ours, theirs)
    return Comparison(case, minor, agreement, ours, theirs)


def _agreement(
    checked: Checked, answer: dict[str, Any], ours: tuple[str, ...], theirs: tuple[str, ...]
) -> Agreement:
    if any(diagnostic.code in UNDECIDED for diagnostic in checked.diagnostics):
        return Agreement.UNDECIDED
    if answer["decodeError"] is None:
        same = checked.accepted == answer["valid"] and sorted(set(ours)) == sorted(set(theirs))
    else:
        # The API server stops at the first error of decoding; the checker goes on and says more.
        same = not checked.accepted and first_words(checked) == theirs[0]
    return Agreement.SAME if same else Agreement.DIFFERENT


def our_words(checked: Checked) -> list[str]:
    """Each error as `code field: text`."""
    return [
        f"{found.code} {_text(found)}" for found in checked.diagnostics if found.severity is Severity.ERROR
    ]


def their_words(answer: dict[str, Any]) -> list[str]:
    """Each error of the reference in the same form."""
    if answer["decodeError"] is not None:
        return [stable(WHOLE_FILE.sub(r"\1", answer["decodeError"]))]
    return [f"{CODES[error['type']]} {stable(error['text'])}" for error in answer["errors"]]


def first_words(checked: Checked) -> str:
    """What the API server would say where decoding fails: all strict errors in one, or the first alone."""
    errors = [found.message for found in checked.diagnostics if found.severity is Severity.ERROR]
    if not errors or not errors[0].startswith(STRICT):
        return stable(errors[0]) if errors else ""
    parts = [message.removeprefix(STRICT) for message in errors if message.startswith(STRICT)]
    duplicates = [part.removeprefix(DUPLICATES) for part in parts if part.startswith(DUPLICATES)]
    others = [part for part in parts if not part.startswith(DUPLICATES)]
    joined = [DUPLICATES + "\n  ".join(duplicates)] if duplicates else []
    return stable(STRICT + ", ".join(joined + others))


def _text(found: Diagnostic) -> str:
    return stable(f"{found.field}: {found.message}" if found.field else found.message)


def stable(text: str) -> str:
    """The parts of `text` that must be equal on both sides.

    Removes what depends on the build, not the version: the source file that the scheme was made in, and protobuf's
    text of an expression, which protobuf changes from build to build on purpose. Of an expression with syntax errors,
    only the place of the first one remains: the wording is ours, and what else cel-go reports depends on how it
    recovers.
    """
    text = re.sub(r'in scheme "[^"]*"', 'in scheme "..."', text)
    text = re.sub(r"(already exists for expression: ).*( old:)", r"\1...\2", text)
    head, compiled, errors = text.partition(COMPILATION)
    if not compiled or ": Syntax error: " not in errors:
        return text
    place = errors.partition(": Syntax error: ")[0].rpartition("\n")[2]
    return f"{head}{compiled}{place}: Syntax error"
