"""Checks every configuration in a file, with places in the outer file. Other files' content is never shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import CommandError
from kube_oidc.commands.edits import certain_edit
from kube_oidc.diagnostics import Diagnostic, Excerpt, Location, Severity
from kube_oidc.inputs.kinds import looks_like_kind
from kube_oidc.inputs.templates import MARKS, is_template, rendering_command
from kube_oidc.verdict.validate_file import Checked, check

if TYPE_CHECKING:
    from kube_oidc.inputs.find import Configuration, Contents
    from kube_oidc.verdict.validation import Context

TEMPLATE: Final = "unrendered-template"
_TOP: Final = Location(1, 1)
_QUOTED: Final = re.compile(r"'[^']{2,}'|\"[^\"]{2,}\"|`[^`]*`|(?<=map key: ).*", re.S)
_VERSION: Final = re.compile(r"(?:[a-z][a-z0-9.-]{0,80}/)?v\d{1,2}(?:(?:alpha|beta)\d{1,2})?")
_REGISTERED: Final = re.compile(
    r'no kind "(.*)" is registered for (?:the internal )?version (?:of group )?"(.*)" in', re.S
)

_RANCHER_PATH: Final = re.compile(r"(?:^|[/.-])(?:k3s|k3d|rke2|rancher)(?:[/.-][^/]*)?(?:/[^/]*)?$")
_RANCHER_TEXT: Final = re.compile(rb"/etc/rancher|services\.(?:k3s|rke2)\b|\bk3d\.io/|kube-apiserver-arg")
_FLAGS: Final = re.compile(rb"\boidc-issuer-url\b|\boidcIssuerURL\b|\bkube_oidc_url\b")
_SAFE: Final = (
    "Object ",
    "couldn't get version/kind",
    "cannot decide",
    "expected AuthenticationConfiguration",
)


@dataclass(frozen=True, slots=True)
class Input:
    """One configuration: the bytes that were checked, and the result with places in them.

    `inside` is its place in the file, empty for the file itself; `outer` translates places.
    `exact`: the bytes are what the API server reads. `foreign`: nothing in the file is ours.
    """

    data: bytes
    checked: Checked
    inside: str = ""
    outer: tuple[Configuration, Contents] | None = None
    exact: bool = True
    foreign: bool = False
    extra: tuple[Diagnostic, ...] = ()

    def placed(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The diagnostics with their places in the outer file, and the lines that they are about."""
        found = tuple(found)
        shown = self.checked.configuration is not None or any(each.code == "syntax-error" for each in found)
        if not found or self.foreign:
            return found
        lines = self.data.decode("utf-8", "replace").splitlines() if shown else []
        return tuple(self._placed(each, lines) for each in found)

    def _placed(self, found: Diagnostic, lines: list[str]) -> Diagnostic:
        if found.location is None:
            return found
        line, column = found.location
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        excerpt = Excerpt(text, column) if text.strip() and column <= len(text) + 1 else None
        edit = certain_edit(found, text[column - 1 :])
        return replace(found, location=self.place(found.location), excerpt=excerpt, edit=edit)

    def place(self, location: Location) -> Location:
        """The place in the outer file of a place in the configuration."""
        if self.outer is None:
            return location
        configuration, contents = self.outer
        return configuration.text.outer(location, contents.file)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The verdict, with places in the outer file."""
        return (*self.placed(self.checked.diagnostics), *self.extra)


def inputs_of(name: str, data: bytes, context: Context) -> list[Input]:
    """Every configuration in the file; a single foreign input if there is none."""
    found = _inputs_of(name, data, context)
    return [_with_extra(each, _anonymous(name, each)) for each in found]


def _with_extra(given: Input, extra: Iterable[Diagnostic]) -> Input:
    added = tuple(extra)
    return replace(given, extra=(*given.extra, *added)) if added else given


def _inputs_of(name: str, data: bytes, context: Context) -> list[Input]:
    checked = check(data, context)
    codes = {found.code for found in checked.diagnostics}
    if checked.configuration is not None and "second-document" not in codes:
        return [_rendered(name, Input(data, checked))]
    if checked.configuration is None and not codes & {"wrong-kind", "syntax-error"}:
        return [Input(data, _without_content(checked))]
    return list(_wrapped(name, data, checked, context))


def _wrapped(name: str, data: bytes, checked: Checked, context: Context) -> Iterator[Input]:
    from kube_oidc.inputs.find import find, is_bare, mentions

    bare = checked.configuration is not None
    if bare:
        yield _rendered(name, Input(data, checked))
    try:
        contents = find(name, data)
    except ModuleNotFoundError:  # the single file has no PyYAML
        if mentions(data):
            raise
        contents = None
    text = data.decode("utf-8", "replace")
    if not bare and is_bare(text) and not (contents and contents.configurations):
        yield _rendered(name, Input(data, _without_content(checked)))
        return
    found = contents.configurations if contents else ()
    for each in found[1:] if bare else found:
        assert contents is not None
        yield _of(name, each, contents, context)
    if not found and not bare:
        yield Input(data, _foreign(checked, contents, data), foreign=True)


def _of(name: str, found: Configuration, contents: Contents, context: Context) -> Input:
    inner = found.text.text.encode("utf-8", "surrogateescape")
    checked = check(inner, context)
    if checked.configuration is None:
        checked = _without_content(checked)
    wrapper = found.wrapper
    inside = (
        f"{wrapper.name}, {found.inside}" if wrapper and found.inside else wrapper.name if wrapper else ""
    )
    extra: tuple[Diagnostic, ...] = ()
    if wrapper and wrapper.note:
        extra = (Diagnostic("other-kind", Severity.INFO, f"this is {wrapper.name}: {wrapper.note}"),)
    command = wrapper.renders.replace("FILE", name) if wrapper else ""
    given = Input(inner, checked, inside, (found, contents), found.exact, extra=extra)
    return _rendered(name, given, computed=found.computed, command=command)


def _rendered(name: str, given: Input, *, computed: bool = False, command: str = "") -> Input:
    """The input; if it is a template, with one diagnostic about that instead of errors about its variables."""
    if not computed and not any(mark in given.data for mark in MARKS):
        return given
    text = given.data.decode("utf-8", "replace")
    if not computed and not is_template(text):
        return given
    remedy = f"render it and check the result: {command or rendering_command(text, name)}"
    if given.checked.accepted and not computed:
        message = "this looks like a template: the API server would read its variables as they are written"
        found = Diagnostic(TEMPLATE, Severity.WARNING, message, location=given.place(_TOP), remedy=remedy)
        return replace(given, extra=(*given.extra, found))
    message = "cannot decide: this is a template or an expression, not the file that the API server reads"
    found = Diagnostic(TEMPLATE, Severity.ERROR, message, location=_TOP, remedy=remedy)
    return replace(given, checked=Checked((found,)))


def _anonymous(name: str, given: Input) -> Iterator[Diagnostic]:
    """A warning if the file is for k3s or RKE2 and doesn't turn anonymous access off.

    They pass `--anonymous-auth=false` only without a configuration file, and kube-apiserver's default is true.
    """
    configuration = given.checked.configuration
    if configuration is None or configuration.anonymous is not None:
        return
    outer = given.outer[1].file.text.encode("utf-8", "replace") if given.outer else given.data
    if not (_RANCHER_PATH.search(name) or _RANCHER_TEXT.search(outer)):
        return
    message = "on k3s and RKE2, a file without `anonymous` allows requests without a token"
    remedy = "turn them off (health checks need no more):\n  anonymous:\n    enabled: false"
    place = given.place(_TOP)
    yield Diagnostic("anonymous-by-default", Severity.WARNING, message, "anonymous", place, remedy)


def _foreign(checked: Checked, contents: Contents | None, data: bytes) -> Checked:
    """The verdict on a file without a configuration: what it is, what to check instead, nothing of its content."""
    first, *_ = _without_content(checked).diagnostics
    wrapper = contents.wrapper if contents else None
    kind = contents.kind if contents else ""
    if wrapper is not None:
        first = replace(first, remedy=f"this is {wrapper.name}: {wrapper.hint}")
    elif looks_like_kind(kind) and first.code == "wrong-kind" and not first.remedy:
        first = replace(
            first, remedy=f"this is a {kind}, not an AuthenticationConfiguration: check another file"
        )
    return Checked(
        (replace(first, remedy=_about_flags(first.remedy or "", data)) if _FLAGS.search(data) else first,)
    )


def _about_flags(remedy: str, data: bytes) -> str:
    """The remedy for a file with --oidc-* flags, which is what people have before they have a configuration."""
    convert = "it has --oidc-* flags: `kube-oidc migrate --from FILE` converts them to an AuthenticationConfiguration"
    if b"authentication-config" in data:
        convert += ", and the API server doesn't start with both them and --authentication-config"
    return convert if not remedy or remedy.startswith("write ") else f"{remedy}; {convert}"


def _without_content(checked: Checked) -> Checked:
    """The same errors without words from the file, except kinds and versions as Kubernetes writes them."""
    return Checked(tuple(replace(each, message=_cleaned(each.message)) for each in checked.diagnostics))


def _cleaned(message: str) -> str:
    registered = _REGISTERED.match(message)
    if registered:
        kind = f'"{registered[1]}"' if looks_like_kind(registered[1]) else "of this name"
        version = registered[2]
        known = f' is registered for version "{version}"' if _VERSION.fullmatch(version) else " is registered"
        return (
            f"no kind {kind}{known}" if kind.startswith('"') else f"its kind{known.replace(' is', ' is not')}"
        )
    if message.startswith(_SAFE):
        return message
    if message.startswith("unexpected GroupVersion"):
        return "unexpected GroupVersion string"
    return _QUOTED.sub("…", message)


def single(name: str, data: bytes, context: Context) -> Input:
    """The file's only configuration; CommandError if it has several."""
    found = inputs_of(name, data, context)
    if len(found) == 1:
        return found[0]
    shown = "standard input" if name == "-" else name
    places = "".join(
        f"\n  line {each.place(_TOP).line}: {each.inside or 'the document itself'}" for each in found
    )
    raise CommandError(
        f"{shown} has {len(found)} configurations; save the one to use in a file and name that:{places}"
    )
