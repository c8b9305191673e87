"""Kubernetes minors, and the names of all differences between them that change a verdict, a user or a message.

versions.json has the first minor of each difference, what changed, and the file of Kubernetes or one of its libraries
that it comes from; the NixOS module reads it too. The minors of CEL functions are in cel/declarations.txt. No other
module compares minors.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from kube_oidc.data import folder

_DATA: Final[dict[str, Any]] = json.loads((folder("verdict") / "versions.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True, order=True)
class KubernetesVersion:
    """A minor version such as 1.36; ordered numerically."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str) -> KubernetesVersion:
        """The minor of `1.36`, `v1.36.3` or `1.36.3+k3s1`; ValueError says what was expected."""
        match = re.match(r"v?(\d+)\.(\d+)(?:\.|\+|-|$)", text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a Kubernetes version; write it as 1.36 or v1.36.3")
        return cls(int(match[1]), int(match[2]))

    def has(self, difference: Difference | None) -> bool:
        """Whether this minor has what the difference brought; None means what every supported minor has.

        A minor newer than NEWEST has what NEWEST has.
        """
        return difference is None or self >= difference.since

    @property
    def unknown(self) -> bool:
        """Whether this minor is newer than the newest known one, whose rules then apply."""
        return self > NEWEST

    def nearest_known(self) -> KubernetesVersion:
        """This minor, or the nearest one from OLDEST to NEWEST."""
        return min(max(self, OLDEST), NEWEST)


OLDEST: Final = KubernetesVersion.parse(_DATA["oldest"])
DEFAULT: Final = KubernetesVersion.parse(_DATA["default"])
NEWEST: Final = KubernetesVersion.parse(_DATA["newest"])


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The minors from `first` to `last`, which they include; no `last` means that all later ones belong to it."""

    first: KubernetesVersion = OLDEST
    last: KubernetesVersion | None = None

    @classmethod
    def parse(cls, first: str | None, last: str | None) -> VersionRange:
        """The range between two texts such as `1.33`; None leaves that end open."""
        oldest = KubernetesVersion.parse(first) if first else OLDEST
        return cls(oldest, KubernetesVersion.parse(last) if last else None)

    def __contains__(self, version: KubernetesVersion) -> bool:
        return self.first <= version and (self.last is None or version <= self.last)


class Difference(Enum):
    """Something that changed in `since`; its value is its name in versions.json."""

    ANONYMOUS_FIELD = "anonymous-field"
    LOWERCASE_MAP_KEY_ERROR = "lowercase-map-key-error"
    ACCUMULATOR_NOT_SHARED = "accumulator-not-shared"
    OPTIONAL_TYPE_NAME = "optional-type-name"
    PARSE_ERRORS_PLACED_AS_CHECK_ERRORS = "parse-errors-placed-as-check-errors"
    FORMAT_STRINGS_CHECKED = "format-strings-checked"
    FORMAT_EXEMPTS_WHOLE_CALL = "format-exempts-whole-call"
    ANONYMOUS_BY_DEFAULT = "anonymous-by-default"
    EXTRA_KEYS_RESERVED = "extra-keys-reserved"
    NEGATIVE_SERIALS_REFUSED = "negative-serials-refused"
    AUTHORIZATION_V1 = "authorization-v1"
    CREDENTIAL_ID = "credential-id"
    LINE_STARTS_PLACED = "line-starts-placed"
    EMPTY_EXPRESSION_AT_COLUMN_ZERO = "empty-expression-at-column-zero"
    OPTIONAL_MAP_TARGET_COPIED = "optional-map-target-copied"
    TWO_VARIABLE_COMPREHENSIONS = "two-variable-comprehensions"
    FORMAT_OF_COMPUTED_STRING = "format-of-computed-string"
    STRUCT_NAMES_ARE_TYPES = "struct-names-are-types"
    INITIAL_VALUE_LAZY = "initial-value-lazy"
    STRING_SEARCH_FROM_ANY_OFFSET = "string-search-from-any-offset"
    FORMATS_BY_VALUE = "formats-by-value"
    CONTAINS_CIDR_IN_PATCH = "contains-cidr-in-patch"
    OWN_TYPES_EQUAL_FOR_ONE = "own-types-equal-for-one"
    ACCUMULATOR_HIDDEN = "accumulator-hidden"
    BACKQUOTED_NAMES_LEXED = "backquoted-names-lexed"
    INVALID_CODE_POINTS_REFUSED = "invalid-code-points-refused"
    SECOND_VARIABLE_TYPED = "second-variable-typed"
    CONTAINS_CIDR = "contains-cidr"
    SMALL_RSA_KEYS_REFUSED = "small-rsa-keys-refused"
    EXPONENT_WITHOUT_SPACES = "exponent-without-spaces"
    RANGE_ERROR_KEPT = "range-error-kept"
    EQUALITY_COST_UNWRAPS_OPTIONALS = "equality-cost-unwraps-optionals"
    FILE_V1 = "file-v1"
    TRACING_V1 = "tracing-v1"
    EGRESS_SELECTOR_FIELD = "egress-selector-field"
    ERRORS_REWORDED = "errors-reworded"
    CLAIMS_BOUND_LAZILY = "claims-bound-lazily"
    LOADED_HASH_METRIC = "loaded-hash-metric"
    SORT_BY = "sort-by"
    LAST_INDEX_OF_LONGER_TEXT = "last-index-of-longer-text"
    LABEL_KEYS_NAMED = "label-keys-named"
    COLONS_IN_HOSTS_REFUSED = "colons-in-hosts-refused"
    SIGNATURE_CHECKED_FIRST = "signature-checked-first"
    BACKQUOTED_NAMES = "backquoted-names"
    SCOPES_EXACT = "scopes-exact"
    TYPE_NAMES_PARAMETERIZED = "type-names-parameterized"
    SEARCH_OFFSET_LIMITED = "search-offset-limited"
    LISTS_RANGE_LIMITED = "lists-range-limited"
    OPTIONAL_REQUIRED = "optional-required"
    NESTED_OPTIONALS_KEPT = "nested-optionals-kept"
    AFFIX_COST_BY_AFFIX = "affix-cost-by-affix"
    MATCHES_FUNCTION_COST = "matches-function-cost"
    FLATTEN_COST_OF_NEGATIVE_DEPTH = "flatten-cost-of-negative-depth"

    def __init__(self, name: str) -> None:
        """`since` is the first minor that has it."""
        self.since: Final = KubernetesVersion.parse(_DATA["differences"][name]["since"])


def known_versions() -> tuple[KubernetesVersion, ...]:
    """Every supported minor, oldest first."""
    return tuple(KubernetesVersion(OLDEST.major, minor) for minor in range(OLDEST.minor, NEWEST.minor + 1))


def refuse_if_too_old(version: KubernetesVersion) -> KubernetesVersion:
    """Returns the version; ValueError, with the oldest supported one, if it is older than that."""
    if version < OLDEST:
        raise ValueError(
            f"unsupported Kubernetes version {version} (supported: {OLDEST} to {NEWEST}): "
            f"--authentication-config requires Kubernetes {OLDEST} or later"
        )
    return version


def requested(text: str) -> KubernetesVersion:
    """The minor that a user requests; ValueError if the text isn't a version or the version is too old."""
    return refuse_if_too_old(KubernetesVersion.parse(text))
