"""Parses kube-apiserver's `--oidc-*` flags like its own flag library.

Sources: github.com/spf13/pflag (values, repetition), k8s.io/component-base/cli/flag (WordSepNormalizeFunc:
`_` is `-`; MapStringString), k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go (names, defaults).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_PREFIX: Final = "--oidc-"
_ALGORITHMS: Final = frozenset(f"{family}{bits}" for family in ("RS", "ES", "PS") for bits in (256, 384, 512))
_TEXT_FLAGS: Final = {
    "--oidc-issuer-url": "issuer_url",
    "--oidc-client-id": "client_id",
    "--oidc-ca-file": "ca_file",
    "--oidc-username-claim": "username_claim",
    "--oidc-username-prefix": "username_prefix",
    "--oidc-groups-claim": "groups_claim",
    "--oidc-groups-prefix": "groups_prefix",
}
_REQUIRED_CLAIM: Final = "--oidc-required-claim"
_SIGNING_ALGORITHMS: Final = "--oidc-signing-algs"

FLAG_NAMES: Final = frozenset(
    name.removeprefix("--") for name in (*_TEXT_FLAGS, _REQUIRED_CLAIM, _SIGNING_ALGORITHMS)
)


class MigrateError(Exception):
    """An API server doesn't start with these flags, or they can't be found; the message says why."""


@dataclass(frozen=True, slots=True)
class OidcFlags:
    """The flags with their defaults; `names` are the given ones, each once."""

    names: tuple[str, ...]
    issuer_url: str = ""
    client_id: str = ""
    ca_file: str = ""
    username_claim: str = "sub"
    username_prefix: str = ""
    groups_claim: str = ""
    groups_prefix: str = ""
    signing_algorithms: tuple[str, ...] = ("RS256",)
    required_claims: Mapping[str, str] = field(default_factory=dict)


def parse(words: Sequence[str]) -> OidcFlags:
    """The `--oidc-*` flags among these words; MigrateError if the API server refuses them."""
    texts: dict[str, str] = {}
    claims: dict[str, str] = {}
    algorithms: list[str] = []
    names: dict[str, None] = {}
    for name, value in _flags(words):
        names[name] = None
        if name in _TEXT_FLAGS:
            texts[_TEXT_FLAGS[name]] = value
        elif name == _REQUIRED_CLAIM:
            claim, equals, required = value.partition("=")
            if not equals:
                raise MigrateError(f"{name}={value}: expected CLAIM=VALUE")
            claims[claim.strip()] = required.strip()
        elif name == _SIGNING_ALGORITHMS:
            algorithms += next(csv.reader([value]), [])
        else:
            raise MigrateError(f"unknown flag {name}")
    flags = OidcFlags(
        tuple(names), **texts, signing_algorithms=tuple(algorithms) or ("RS256",), required_claims=claims
    )
    _check(flags)
    return flags


def _check(flags: OidcFlags) -> None:
    if not flags.names:
        raise MigrateError("found no --oidc-* flag")
    if not (flags.issuer_url and flags.client_id):
        raise MigrateError("--oidc-issuer-url and --oidc-client-id are required")
    for algorithm in flags.signing_algorithms:
        if algorithm not in _ALGORITHMS:
            supported = ", ".join(sorted(_ALGORITHMS))
            raise MigrateError(
                f"{_SIGNING_ALGORITHMS}: unsupported algorithm {algorithm!r} (supported: {supported})"
            )


def _flags(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The name and value of every `--oidc-*` flag, in both forms: `--flag=value` and `--flag value`."""
    following = iter(words)
    for word in following:
        if word == "--":
            return
        name, equals, value = word.partition("=")
        name = name.replace("_", "-")
        if not name.startswith(_PREFIX):
            continue
        if not equals:
            try:
                value = next(following)
            except StopIteration:
                raise MigrateError(f"{name} has no value") from None
        yield name, value
