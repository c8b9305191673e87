"""`check`, file by file: validation, findings, and the verdict of a kube-apiserver binary."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.commands.configurations import TEMPLATE, Input, inputs_of
from kube_oidc.diagnostics import UNKNOWN_VERSION, Diagnostic, FileReport, Kept, Severity
from kube_oidc.nixos_options import with_options
from kube_oidc.rules.engine.run_rules import CheckOptions, config_diagnostics
from kube_oidc.verdict.server_flags import Flags
from kube_oidc.verdict.validate_file import Checked
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import NEWEST, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.commands.inputs import NamedFile
    from kube_oidc.rbac import Loaded

Audiences = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Checking:
    """The settings of a check: the API server's version and flags, an optional binary, and what to report."""

    context: Context
    flags: Flags
    binary: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    pedantic: bool = False
    grants: Loaded | None = None


def reports(files: Iterable[NamedFile], how: Checking) -> Iterator[FileReport]:
    """One report per configuration. They are compared with each other, as they may belong to different clusters."""
    read = [(file.name, given) for file in files for given in _wanted(file, how)]
    known = _audiences((name, given.checked) for name, given in read)
    for name, given in read:
        check_options = CheckOptions(_elsewhere(given.checked, known), how.pedantic)
        kept = config_diagnostics(given.data, given.checked, how.context.version, time.time(), check_options)
        placed = (*given.placed(kept.diagnostics), *_unknown_version(how.context.version))
        verdict = given.diagnostics if how.binary is None else _with_binary(given, how, Path(how.binary))
        yield FileReport(name, with_options(verdict + placed, how.options), kept.suppressed, given.inside)
    if how.grants is not None:
        yield from _on_grants([given.checked for _, given in read], how.grants, how)


def _wanted(file: NamedFile, how: Checking) -> list[Input]:
    if file.unreadable:
        return [Input(b"", Checked((Diagnostic("cannot-read", Severity.ERROR, file.unreadable),)))]
    found = inputs_of(file.name, file.data, how.context)
    return [given for given in found if file.named or not given.foreign]


def _on_grants(files: Iterable[Checked], loaded: Loaded, how: Checking) -> Iterator[FileReport]:
    """Findings on RBAC, for the users of all valid files."""
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
        kept = found.get(path, Kept())
        yield FileReport(path, with_options(kept.diagnostics, how.options), kept.suppressed)


def _unknown_version(version: KubernetesVersion) -> tuple[Diagnostic, ...]:
    """A warning if the rules of this version are those of an older one."""
    if not version.unknown:
        return ()
    message = f"Kubernetes {version} is newer than this kube-oidc knows: the rules of {NEWEST} were used"
    remedy = "update kube-oidc, or let that kube-apiserver decide: `kube-oidc check --apiserver PATH`"
    return (Diagnostic(UNKNOWN_VERSION, Severity.WARNING, message, remedy=remedy),)


def _with_binary(given: Input, how: Checking, binary: Path) -> tuple[Diagnostic, ...]:
    """Our verdict and the binary's, which decides what we can't and whatever a newer Kubernetes means."""
    own, checked = given.diagnostics, given.checked
    if given.foreign or any(found.code == TEMPLATE for found in checked.diagnostics):
        return own  # the binary would print the whole file
    refused = _refusal(given.data, how.flags, binary)
    unknown = how.context.version.unknown
    if refused is None and (checked.undecided or unknown):
        return _decided(own)
    if refused is not None and checked.accepted and unknown:
        return (*own, Diagnostic("apiserver-refuses", Severity.ERROR, f"{binary.name} says: {refused}"))
    return own + _second_opinion(binary, refused, checked.accepted, how.context.version)


def _decided(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Downgrade errors to infos: the binary accepted a file the checker couldn't decide on."""
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
    """This file's (issuer, audience) pairs that a different file also has, with that file's name."""
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
    """Why the binary rejects the file; None if it accepts it."""
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
    """The binary's verdict, if it adds something; a difference from ours is an error."""
    if refused is None and accepted:
        return ()
    if refused is not None and not accepted:
        return (Diagnostic("apiserver-refuses", Severity.INFO, f"{binary.name} says: {refused}"),)
    verdict = "accepts this file" if refused is None else f"rejects this file: {refused}"
    own = _version(binary)
    remedy = "the API server is right: please report this file as a bug in kube-oidc"
    if own != asked:
        remedy = (
            f"the binary is Kubernetes {own}, but the file was checked for {asked}: "
            "set --kubernetes-version to the version that will run, or use its binary"
        )
    return (Diagnostic("verdicts-differ", Severity.ERROR, f"{binary.name} {verdict}", remedy=remedy),)


def _version(binary: Path) -> KubernetesVersion:
    from kube_oidc.verdict.apiserver import BinaryError, version

    try:
        return version(binary)
    except BinaryError as error:
        raise CommandError(str(error)) from None
