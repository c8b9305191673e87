"""Named formats (Kubernetes' `pkg/cel/library/format.go`).

The checks come from apimachinery's `validation` and `content`, and kube-openapi's `strfmt`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from kube_oidc.verdict.cel.functions import Changed
from kube_oidc.verdict.cel.values import NONE, Opaque, Optional, StringList
from kube_oidc.verdict.golang import url as go_url
from kube_oidc.verdict.golang.escaping import URLError
from kube_oidc.verdict.versions import Difference


@dataclass(frozen=True, slots=True)
class NamedFormat(Opaque):
    """A format's check, and the size that Kubernetes assumes for its pattern (`MaxRegexSize`)."""

    name: str
    pattern_size: int
    check: Callable[[str], list[str]]
    type_name = "kubernetes.NamedFormat"
    go_type = "cel.Format"
    hashable = False


@dataclass(frozen=True, slots=True)
class _PointedFormat(NamedFormat):
    """A format that is a pointer in Go, which can be looked up in a map."""

    go_type = "*cel.Format"
    hashable = True


_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035: Final = "[a-z]([-a-z0-9]*[a-z0-9])?"
_KEY: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_UUID: Final = re.compile("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.I | re.A)
_BASE64: Final = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
_DATE: Final = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile("([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})")


def _lower_case(kind: str, signs: str, ends: str) -> str:
    return f"a {kind} must consist of lower case alphanumeric characters{signs}, {ends}"


_BOTH_ENDS: Final = "and must start and end with an alphanumeric character"
_LABEL_RULE: Final = _lower_case("lowercase RFC 1123 label", " or '-'", _BOTH_ENDS)
_SUBDOMAIN_RULE: Final = _lower_case("lowercase RFC 1123 subdomain", ", '-' or '.'", _BOTH_ENDS)
_LABEL_1035_RULE: Final = _lower_case(
    "DNS-1035 label",
    " or '-'",
    "start with an alphabetic character, and end with an alphanumeric character",
)
_KEY_RULE: Final = f"must consist of alphanumeric characters, '-', '_' or '.', {_BOTH_ENDS}"
_VALUE_RULE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',"
    f" {_BOTH_ENDS}"
)


def _mismatch(rule: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{rule} (e.g. {shown}regex used for validation is '{pattern}')"


def _too_long(text: str, limit: int, unit: str) -> list[str]:
    length = len(text.encode("utf-8", "surrogateescape"))
    return [f"must be no more than {limit} {unit}"] if length > limit else []


def _dns_label(text: str) -> list[str]:
    errors = _too_long(text, 63, "characters")
    if re.fullmatch(_LABEL, text):
        return errors
    if re.fullmatch(_SUBDOMAIN, text):
        return [*errors, "must not contain dots"]
    return [*errors, _mismatch(_LABEL_RULE, _LABEL, "my-name", "123-abc")]


def _dns_subdomain(text: str, unit: str = "characters") -> list[str]:
    errors = _too_long(text, 253, unit)
    if not re.fullmatch(_SUBDOMAIN, text):
        errors.append(_mismatch(_SUBDOMAIN_RULE, _SUBDOMAIN, "example.com"))
    return errors


def _dns_1035_label(text: str) -> list[str]:
    errors = _too_long(text, 63, "characters")
    if not re.fullmatch(_LABEL_1035, text):
        errors.append(_mismatch(_LABEL_1035_RULE, _LABEL_1035, "my-name", "abc-123"))
    return errors


def _qualified_name(text: str) -> list[str]:
    mismatch = _mismatch(_KEY_RULE, _KEY, "MyName", "my.name", "123-abc")
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return [
            f"a valid label key {mismatch} with an optional DNS subdomain prefix and '/'"
            " (e.g. 'example.com/MyName')"
        ]
    errors = []
    if slash:
        errors = [f"prefix part {error}" for error in _dns_subdomain(prefix, "bytes")]
        errors = errors if prefix else ["prefix part must be non-empty"]
    errors += [f"name part {error}" for error in _too_long(name, 63, "bytes")]
    if not name:
        errors.append("name part must be non-empty")
    if not re.fullmatch(_KEY, name):
        errors.append(f"name part {mismatch}")
    return errors


def _label_value(text: str) -> list[str]:
    errors = _too_long(text, 63, "bytes")
    pattern = f"({_KEY})?"
    if not re.fullmatch(pattern, text):
        errors.append(_mismatch(_VALUE_RULE, pattern, "MyValue", "my_value", "12345"))
    return errors


def _as_prefix(text: str) -> str:
    """The name as a prefix of another: a trailing dash is allowed."""
    return text[:-2] + "a" if len(text) > 1 and text.endswith("-") else text


def _uri(text: str) -> list[str]:
    try:
        go_url.parse_request_uri(text)
    except URLError as error:
        return [str(error)]
    return []


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = (int(part) for part in found.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (0, 31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= days[month]


def _is_datetime(text: str) -> bool:
    parts = text.replace("T", "t").replace("Z", "z").split("t")
    if len(parts) < 2 or not _is_date(parts[0]):
        return False
    time = _TIME.fullmatch(parts[1])
    return time is not None and time[1] <= "23" and time[2] <= "59" and time[3] <= "59"


def _unless(valid: bool, message: str) -> list[str]:
    return [] if valid else [message]


def _is_uuid(text: str) -> list[str]:
    return _unless(bool(_UUID.fullmatch(text)), "does not match the UUID format")


_FORMATS: Final = {
    "dns1123Label": NamedFormat("DNS1123Label", 30, _dns_label),
    "dns1123Subdomain": NamedFormat("DNS1123Subdomain", 60, _dns_subdomain),
    "dns1035Label": NamedFormat("DNS1035Label", 30, _dns_1035_label),
    "qualifiedName": NamedFormat("QualifiedName", 60, _qualified_name),
    "dns1123LabelPrefix": NamedFormat("DNS1123LabelPrefix", 30, lambda text: _dns_label(_as_prefix(text))),
    "dns1123SubdomainPrefix": NamedFormat(
        "DNS1123SubdomainPrefix", 60, lambda text: _dns_subdomain(_as_prefix(text))
    ),
    "dns1035LabelPrefix": NamedFormat(
        "DNS1035LabelPrefix", 30, lambda text: _dns_1035_label(_as_prefix(text))
    ),
    "labelValue": NamedFormat("LabelValue", 40, _label_value),
    "uri": NamedFormat("URI", 1103, _uri),
    "uuid": NamedFormat("uuid", 70, _is_uuid),
    "byte": NamedFormat("byte", 84, lambda text: _unless(bool(_BASE64.fullmatch(text)), "invalid base64")),
    "date": NamedFormat("date", 71, lambda text: _unless(_is_date(text), "invalid date")),
    "datetime": NamedFormat("datetime", 71, lambda text: _unless(_is_datetime(text), "invalid datetime")),
}


_POINTED: Final = {
    name: _PointedFormat(each.name, each.pattern_size, each.check) for name, each in _FORMATS.items()
}


def _named(name: str) -> Optional:
    return Optional(_FORMATS[name]) if name in _FORMATS else NONE


def _named_pointed(name: str) -> Optional:
    return Optional(_POINTED[name]) if name in _POINTED else NONE


def _validate(form: NamedFormat, text: str) -> Optional:
    """One message per problem with the text; an empty optional if it is valid."""
    errors = form.check(text)
    return Optional(StringList(errors)) if errors else NONE


def _validate_qualified_names(form: NamedFormat, text: str) -> Optional:
    """The old wording: label keys were called qualified names, and their bytes characters."""
    errors = [
        error.replace("a valid label key must", "a qualified name must").replace(" bytes", " characters")
        for error in form.check(text)
    ]
    return Optional(StringList(errors)) if errors else NONE


_BY_VALUE: Final = Difference.FORMATS_BY_VALUE
FUNCTIONS: Final = {
    "format-named": Changed(_BY_VALUE, _named_pointed, _named),
    "format-validate": Changed(Difference.LABEL_KEYS_NAMED, _validate_qualified_names, _validate),
    **{
        f"format.{name}": Changed(
            _BY_VALUE, partial(_POINTED.__getitem__, name), partial(_FORMATS.__getitem__, name)
        )
        for name in _FORMATS
    },
}
