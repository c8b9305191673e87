"""Finds the API server's OIDC settings in any file that people keep them in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.inputs.embedded import Text
from kube_oidc.inputs.templates import is_template
from kube_oidc.inputs.wrapper import KIND, Source, Wrapper
from kube_oidc.migrate.command_line import distribution_words, shell_words, unit_words
from kube_oidc.migrate.flags import MigrateError
from kube_oidc.migrate.objects import words_in_document
from kube_oidc.migrate.text import words_in_text

__all__ = ["FoundFlags", "distribution_words", "flags_in", "shell_words"]

_UNIT: Final = re.compile(r"^[ \t]*ExecStart[ \t]*=", re.M)
_FORMS: Final = (
    "expected a systemd unit, a Pod, or a configuration of kubeadm, k3s, rke2, Talos, kind, k0s, … or pass the flags "
    "themselves: kube-oidc migrate -- --oidc-issuer-url=…"
)


@dataclass(frozen=True, slots=True)
class FoundFlags:
    """The words with the flags, the tool whose file they are in, and that file's first document that has them.

    `authorities` maps paths in the API server's container to paths on its host; `other_words` are the other arguments
    in the same list.
    """

    words: list[str]
    tool: str = ""
    document: Any = None
    authorities: dict[str, str] = field(default_factory=dict)
    other_words: tuple[str, ...] = ()

    def host_path(self, file: str) -> str:
        """Where a file of the API server's container is on its host."""
        for mount, host in self.authorities.items():
            if file == mount or file.startswith(mount.rstrip("/") + "/"):
                return host + file[len(mount) :]
        return file


def flags_in(text: str, path: str) -> FoundFlags:
    """The flags in a systemd unit, a manifest, a tool's configuration, Nix or Terraform source, or a script.

    MigrateError if none is found, or if a value is a variable. What can't be read is never said to have none.
    """
    if "\0" in text:
        raise MigrateError(f"this isn't a text file: {_FORMS}")
    if _UNIT.search(text):
        words = list(distribution_words(unit_words(text)))
        return FoundFlags(words) if _has_flags(words) else FoundFlags(words_in_text(text))
    nodes, yaml = _documents(text)
    found = _in_documents(nodes, text, path)
    if found is not None and _is_whole(found.words):
        return found
    words = words_in_text(text)
    if found is not None and not _is_whole(words):
        return found
    if words:
        return FoundFlags(words, tool=_tool(Source(path, Text.whole(text))))
    raise MigrateError(_nothing(text, nodes, yaml=yaml))


def _in_documents(nodes: list[Any], text: str, path: str) -> FoundFlags | None:
    for node in nodes:
        source = Source(path, Text.whole(text), node)
        found = words_in_document(node)
        if found.words:
            _refuse_different(found.words)
            tool = _tool(source)
            return FoundFlags(found.words, tool, node, found.authorities, found.other_words)
    return None


def _refuse_different(words: list[str]) -> None:
    """Two machines or clusters in one file have one file each."""
    known: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name in ("--oidc-issuer-url", "--oidc-client-id") and known.setdefault(name, value) != value:
            raise MigrateError(
                f"{name} has two values, {known[name]} and {value}: migrate one cluster at a time, "
                "with its flags after `--`"
            )


def _documents(text: str) -> tuple[list[Any], bool]:
    """The YAML documents, and whether the text is YAML."""
    import yaml  # noqa: PLC0415 - not needed for flags and units

    from kube_oidc.inputs import yaml_nodes  # noqa: PLC0415

    try:
        return [each for each in yaml_nodes.documents(Text.whole(text)) if each.id != "scalar"], True
    except (yaml.YAMLError, ValueError, RecursionError):
        return [], False


def _tool(source: Source) -> str:
    wrapper = _wrapper(source)
    return wrapper.tool if wrapper else ""


def _wrapper(source: Source) -> Wrapper | None:
    from kube_oidc.inputs.find import wrapper_of  # noqa: PLC0415

    return wrapper_of(source)


def _nothing(text: str, nodes: list[Any], *, yaml: bool) -> str:
    """Why nothing was found, without claiming that there is nothing."""
    if KIND in text:
        return "it already has an AuthenticationConfiguration: `kube-oidc check` checks it"
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "oidc" in line.lower()]
    if lines:
        remedy = "render it first" if is_template(text) else "pass the flags themselves after `--`"
        return f"line {lines[0]} is about OIDC, in a form that isn't supported: {remedy}"
    if not yaml:
        return f"expected a systemd unit or YAML: {_FORMS}" if text.strip() else _FORMS
    if any(node.id == "mapping" and _is_known(node) for node in nodes):
        return "found no --oidc-* flag"
    return _FORMS


def _is_known(node: Any) -> bool:
    """Whether this is a kind of file whose flags would have been found."""
    return _wrapper(Source("", Text.whole(""), node)) is not None


def _is_whole(words: list[str]) -> bool:
    """Whether the flags that an API server requires are among the words: otherwise the text may not be YAML at all."""
    names = {word.partition("=")[0] for word in words}
    return {"--oidc-issuer-url", "--oidc-client-id"} <= names


def _has_flags(words: list[str]) -> bool:
    return any(word.replace("_", "-").startswith("--oidc-") for word in words)
