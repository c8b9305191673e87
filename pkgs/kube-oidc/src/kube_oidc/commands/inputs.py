"""The inputs of `check` and related commands: files, folders, the option map, API server flags."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import read, read_or_stdin
from kube_oidc.inputs.folders import SUFFIXES, files_below
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion, refuse_if_too_old, requested

if TYPE_CHECKING:
    from kube_oidc.verdict.server_flags import Flags
    from kube_oidc.verdict.validation import Context

# Talos' KubeAuthenticationConfig and the authenticators of AKS don't have the kind's full name.
_MARKS: Final = (b"AuthenticationConfig", b"claimMappings")


def context_of(arguments: argparse.Namespace) -> tuple[Context, Flags]:
    """The API server that the flags describe, for the checker and for the binary. CommandError if they conflict."""
    from kube_oidc.verdict.server_flags import Flags
    from kube_oidc.verdict.validation import Context

    version = _version(arguments)
    issuers = tuple(arguments.service_account_issuer)
    egress = True if arguments.egress_selector_config_file else (False if arguments.apiserver else None)
    gates = _gates(arguments.feature_gates)
    context = Context(version, issuers, gates, arguments.anonymous_auth is not None, egress)
    flags = Flags(
        issuers, arguments.anonymous_auth, arguments.feature_gates, arguments.egress_selector_config_file
    )
    return context, flags


def _version(arguments: argparse.Namespace) -> KubernetesVersion:
    if arguments.kubernetes_version:
        try:
            return requested(arguments.kubernetes_version)
        except ValueError as error:
            raise CommandError(str(error)) from None
    if not arguments.apiserver:
        return DEFAULT
    from kube_oidc.verdict.apiserver import BinaryError, version

    try:
        return refuse_if_too_old(version(Path(arguments.apiserver)))
    except (BinaryError, ValueError) as error:
        raise CommandError(str(error)) from None


def _gates(text: str | None) -> frozenset[tuple[str, bool]]:
    from kube_oidc.verdict.feature_gates import parse

    try:
        return frozenset(parse(text or "").items())
    except ValueError as error:
        raise CommandError(f"--feature-gates: {error}") from None


def option_map_of(path: str | None) -> dict[str, str]:
    """Field path → NixOS option, from a JSON file; empty without one."""
    return _texts("--option-map", path, "field path → option")


def acknowledged_of(path: str | None) -> dict[str, str]:
    """Finding ID → why it is acceptable, from a JSON file; empty without one."""
    if path is None:
        return {}
    from kube_oidc.inputs.json_files import InvalidJSONFileError, load

    try:
        found = load(read(path), "acknowledged-findings")
    except InvalidJSONFileError as error:
        raise CommandError(f"--acknowledged {path}: {error}") from None
    reasons = {str(code): str(reason) for code, reason in found.items()}
    if empty := sorted(code for code, why in reasons.items() if not why.strip()):
        raise CommandError(f"--acknowledged {path}: give a reason for {', '.join(empty)}")
    return reasons


def _texts(flag: str, path: str | None, what: str) -> dict[str, str]:
    if path is None:
        return {}
    try:
        texts = json.loads(read(path))
    except (ValueError, RecursionError):
        raise CommandError(f"{flag} {path}: not valid JSON; expected an object mapping {what}") from None
    if not isinstance(texts, dict):
        raise CommandError(f"{flag} {path}: expected an object mapping {what}")
    return {str(name): str(text) for name, text in texts.items()}


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file to check; `named`: by the user, so that it must contain a configuration.

    `unreadable` is the reason why a file in a folder has no data.
    """

    name: str
    data: bytes
    named: bool = True
    unreadable: str = ""


def files_of(names: list[str], *, skip_others: bool = False) -> Iterator[NamedFile]:
    """The files to check; in folders, and everywhere with `skip_others`, only those that may have a configuration."""
    for name in names:
        if name == "-":
            yield NamedFile("<stdin>", read_or_stdin(name))
        elif os.path.isdir(name):  # noqa: PTH112 - False if it can't be accessed
            yield from _folder(Path(name), required=not skip_others)
        elif not skip_others:
            yield NamedFile(name, read(name))
        elif _may_have_configuration(data := read(name)):
            yield NamedFile(name, data, named=False)


def _folder(folder: Path, *, required: bool) -> Iterator[NamedFile]:
    found = False

    def refuse(error: OSError) -> NoReturn:
        raise CommandError(f"cannot read {error.filename}: {error.strerror}") from None

    for path in files_below(folder, refuse):
        try:
            data = read(path)
        except CommandError as error:  # the rest of the folder is checked all the same
            found = True
            yield NamedFile(str(path), b"", unreadable=str(error))
            continue
        if _may_have_configuration(data):
            found = True
            yield NamedFile(str(path), data, named=False)
    if required and not found:
        raise CommandError(
            f"no AuthenticationConfiguration found in the {', '.join(sorted(SUFFIXES))} files of {folder}"
        )


def _may_have_configuration(data: bytes) -> bool:
    if any(mark in data for mark in _MARKS):
        return True
    from kube_oidc.inputs.encoded import is_encoded

    return is_encoded(data)
