"""What `check` says of each file: the checker's own verdict, the findings, and a binary's second opinion."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.diagnostics import UNKNOWN_VERSION, Diagnostic, FileReport, Severity
from kube_oidc.nixos_options import with_options
from kube_oidc.rules.engine.run_rules import CheckOptions, config_diagnostics
from kube_oidc.verdict.server_flags import Flags
from kube_oidc.verdict.validate_file import Checked, check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import NEWEST, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.rbac import Loaded

Audiences = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Checking:
    """How files are checked: as which API server has them, by which binary too, and how much is told."""

    context: Context
    flags: Flags
    binary: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    pedantic: bool = False
    grants: Loaded | None = None


def reports(files: Iterable[tuple[str, bytes]], how: Checking) -> Iterator[FileReport]:
    """One report for each file; a file is compared with the others, which may be of other clusters."""
    read = [(name, data, check(data, how.context)) for name, data in files]
    known = _audiences((name, checked) for name, _, checked in read)
    for name, data, checked in read:
        check_options = CheckOptions(_elsewhere(checked, known), how.pedantic)
        found = tuple(config_diagnostics(data, checked, how.context.version, time.time(), check_options))
        found += _unknown_version(how.context.version)
        binary = None if how.binary is None else Path(how.binary)
        verdict = checked.diagnostics if binary is None else _with_binary(data, checked, how, binary)
        yield FileReport(name, with_options(verdict + found, how.options))
    if how.grants is not None:
        yield from _on_grants([checked for _, _, checked in read], how.grants, how)


def _on_grants(files: Iterable[Checked], loaded: Loaded, how: Checking) -> Iterator[FileReport]:
    """What the users of all files that are accepted may do."""
    from kube_oidc.rules.engine.config import ConfigUnderReview
    from kube_oidc.rules.engine.run_grant_rules import grant_diagnostics

    subjects = [
        ConfigUnderReview(checked.configuration, how.context.version)
        for checked in files
        if checked.configuration is not None and checked.accepted
    ]
    entries = tuple(entry for subject in subjects for entry in subject.entries)
    found = dict(grant_diagnostics(loaded, entries, pedantic=how.pedantic))
    read = (binding.place.path for binding in loaded.objects.bindings)
    for path in dict.fromkeys([*read, *found]):
        yield FileReport(path, with_options(found.get(path, ()), how.options))


def _unknown_version(version: KubernetesVersion) -> tuple[Diagnostic, ...]:
    """A warning if the rules of this version are those of an older one."""
    if not version.unknown:
        return ()
    message = f"Kubernetes {version} is newer than this kube-oidc knows: the rules of {NEWEST} were used"
    remedy = "update kube-oidc, or let that kube-apiserver decide: `kube-oidc check --apiserver PATH`"
    return (Diagnostic(UNKNOWN_VERSION, Severity.WARNING, message, remedy=remedy),)


def _with_binary(data: bytes, checked: Checked, how: Checking, binary: Path) -> tuple[Diagnostic, ...]:
    """Our verdict and the binary's, which decides what we can't and whatever a newer Kubernetes means."""
    refused = _refusal(data, how.flags, binary)
    unknown, own = how.context.version.unknown, checked.diagnostics
    if refused is None and (checked.undecided or unknown):
        return _decided(own)
    if refused is not None and checked.accepted and unknown:
        return (*own, Diagnostic("apiserver-refuses", Severity.ERROR, f"{binary.name} says: {refused}"))
    return own + _second_opinion(binary, refused, checked.accepted, how.context.version)


def _decided(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same where a binary took what the checker could not decide: its word counts."""
    return tuple(
        replace(found, severity=Severity.INFO) if found.severity is Severity.ERROR else found
        for found in diagnostics
    )


def _audiences(files: Iterable[tuple[str, Checked]]) -> dict[tuple[str, str], list[tuple[str, Checked]]]:
    """Issuer URL and audience → the files that have them."""
    known: dict[tuple[str, str], list[tuple[str, Checked]]] = {}
    for name, checked in files:
        for key in _keys(checked):
            known.setdefault(key, []).append((name, checked))
    return known


def _elsewhere(checked: Checked, known: dict[tuple[str, str], list[tuple[str, Checked]]]) -> Audiences:
    """Of this file's issuers and audiences, those that a file of other content has too, and which one."""
    found = {}
    for key in _keys(checked):
        others = (name for name, other in known[key] if other.configuration != checked.configuration)
        name = next(others, None)
        if name is not None:
            found[key] = name
    return found


def _keys(checked: Checked) -> list[tuple[str, str]]:
    entries = checked.configuration.jwt if checked.configuration is not None else ()
    return [(entry.issuer.url, audience) for entry in entries for audience in entry.issuer.audiences]


def _refusal(data: bytes, flags: Flags, binary: Path) -> str | None:
    """Why the binary does not take the file; None where it does."""
    import tempfile

    from kube_oidc.verdict.apiserver import BinaryError, refusal

    try:
        with tempfile.NamedTemporaryFile(suffix=".yaml") as copy:
            copy.write(data)
            copy.flush()
            refused = refusal(binary, Path(copy.name), flags)
            return refused and refused.replace(copy.name, "FILE")
    except BinaryError as error:
        raise CommandError(str(error)) from None


def _second_opinion(
    binary: Path, refused: str | None, accepted: bool, asked: KubernetesVersion
) -> tuple[Diagnostic, ...]:
    """The binary's own verdict; where it differs from ours, that is an error by itself."""
    if refused is None and accepted:
        return ()
    if refused is not None and not accepted:
        return (Diagnostic("apiserver-refuses", Severity.INFO, f"{binary.name} says: {refused}"),)
    verdict = "accepts this file" if refused is None else f"refuses this file: {refused}"
    own = _version(binary)
    remedy = "believe the API server, and please report this file as a bug of kube-oidc"
    if own != asked:
        remedy = (
            f"it is Kubernetes {own}, and the file was checked for {asked}: "
            "name the version that will run (--kubernetes-version), or its binary"
        )
    return (Diagnostic("verdicts-differ", Severity.ERROR, f"{binary.name} {verdict}", remedy=remedy),)


def _version(binary: Path) -> KubernetesVersion:
    from kube_oidc.verdict.apiserver import BinaryError, version

    try:
        return version(binary)
    except BinaryError as error:
        raise CommandError(str(error)) from None
