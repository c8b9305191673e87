"""Kubernetes' validation errors, worded like `k8s.io/apimachinery/pkg/util/validation/field`."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.field import FieldPath
from kube_oidc.verdict.golang.quote import quote


@dataclass(frozen=True, slots=True)
class FieldError:
    """One error. `type` is Kubernetes' name for its kind (`FieldValueInvalid`); `message` excludes the path."""

    type: str
    path: FieldPath
    message: str
    remedy: str | None = None


def invalid(path: FieldPath, value: str, detail: str, remedy: str | None = None) -> FieldError:
    """`Invalid value: "value": detail`."""
    return FieldError("FieldValueInvalid", path, f"Invalid value: {quote(value)}: {detail}", remedy)


def invalid_shown(path: FieldPath, shown: str, detail: str, remedy: str | None = None) -> FieldError:
    """Like `invalid`, for a value that isn't a string and is shown unquoted."""
    return FieldError("FieldValueInvalid", path, f"Invalid value: {shown}: {detail}", remedy)


def required(path: FieldPath, detail: str = "", remedy: str | None = None) -> FieldError:
    """`Required value: detail`."""
    return FieldError("FieldValueRequired", path, _with("Required value", detail), remedy)


def duplicate(path: FieldPath, value: str, remedy: str | None = None) -> FieldError:
    """`Duplicate value: "value"`."""
    return FieldError("FieldValueDuplicate", path, f"Duplicate value: {quote(value)}", remedy)


def too_many(path: FieldPath, actual: int, maximum: int, remedy: str | None = None) -> FieldError:
    """`Too many: 65: must have at most 64 items`."""
    message = f"Too many: {actual}: must have at most {maximum} items"
    return FieldError("FieldValueTooMany", path, message, remedy)


def forbidden(path: FieldPath, detail: str, remedy: str | None = None) -> FieldError:
    """`Forbidden: detail`."""
    return FieldError("FieldValueForbidden", path, _with("Forbidden", detail), remedy)


def internal(path: FieldPath, detail: str, remedy: str | None = None) -> FieldError:
    """`Internal error: detail`."""
    return FieldError("InternalError", path, f"Internal error: {detail}", remedy)


def _with(kind: str, detail: str) -> str:
    return f"{kind}: {detail}" if detail else kind


UNDECIDABLE = "Undecidable"
"""The `type` of an error that we can't decide."""
