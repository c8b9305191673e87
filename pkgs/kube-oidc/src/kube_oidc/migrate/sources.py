"""Finds the API server's flags in a systemd unit, a manifest or a distribution's configuration."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kube_oidc.migrate.flags import MigrateError

_ARGUMENT: Final = "kube-apiserver-arg"
_UNIT: Final = re.compile(r"^[ \t]*ExecStart[ \t]*=", re.M)
_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]|%[A-Za-z]")


def words_of(text: str) -> list[str]:
    """The words of the API server's command line in a systemd unit, a Pod, or a file of kubeadm, k3s or rke2.

    MigrateError if the text is none of these, or if a value comes from a variable.
    """
    words = _unit(text) if _UNIT.search(text) else list(_yaml(text))
    return list(distribution_words(words))


def distribution_words(words: Sequence[str]) -> Iterator[str]:
    """The same words, with `--kube-apiserver-arg X` (k3s, rke2) replaced by `--X`."""
    following = iter(words)
    for word in following:
        name, equals, value = word.partition("=")
        if name != f"--{_ARGUMENT}":
            yield word
        elif equals:
            yield _flag(value)
        else:
            yield _flag(next(following, ""))


def _flag(text: str) -> str:
    return f"--{text.lstrip('-')}"


def _unit(text: str) -> list[str]:
    """The words of the last ExecStart, which systemd uses (systemd.service(5), "Command lines")."""
    joined = re.sub(r"\\\n\s*([#;].*\n\s*)*", " ", text)
    commands = re.findall(r"^[ \t]*ExecStart[ \t]*=[ \t]*(.*)$", joined, re.M)
    try:
        words = shlex.split(commands[-1].replace("%%", "\0").lstrip("@-:+!"))
    except ValueError:
        raise MigrateError("ExecStart: unclosed quote") from None
    for word in words:
        if "oidc" in word and _VARIABLE.search(word.replace("$$", "")):
            raise MigrateError(f"ExecStart: {word} contains a variable; replace it with the value")
    return [word.replace("\0", "%").replace("$$", "$") for word in words]


def _yaml(text: str) -> Iterator[str]:
    import yaml  # noqa: PLC0415 - not needed for flags and units

    from kube_oidc.inputs.yaml_values import load_all  # noqa: PLC0415

    try:
        documents = [document for document in load_all(text) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        raise MigrateError("expected a systemd unit or YAML") from None
    for document in documents:
        if isinstance(document, Mapping):
            yield from _document(document)
    if not any(isinstance(document, Mapping) for document in documents):
        raise MigrateError("expected a systemd unit, a Pod, or a configuration of kubeadm, k3s or rke2")


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    match document.get("kind"):
        case "Pod":
            for container in map(_map, _list(_map(document.get("spec")).get("containers"))):
                yield from map(_whole, [*_list(container.get("command")), *_list(container.get("args"))])
        case "ClusterConfiguration":
            yield from _kubeadm(_map(document.get("apiServer")).get("extraArgs"))
        case _:
            for key in (_ARGUMENT, f"{_ARGUMENT}+"):
                value = document.get(key, [])
                yield from (_flag(str(word)) for word in (value if isinstance(value, list) else [value]))


def _whole(word: object) -> str:
    if "oidc" in str(word) and "$(" in str(word):
        raise MigrateError(f"{word} contains a variable; replace it with the value")
    return str(word)


def _kubeadm(arguments: object) -> Iterator[str]:
    """`extraArgs`: a map until kubeadm.k8s.io/v1beta3, a list of name and value since v1beta4."""
    if isinstance(arguments, Mapping):
        yield from (f"--{name}={value}" for name, value in arguments.items())
    for argument in map(_map, _list(arguments)):
        yield f"--{argument.get('name')}={argument.get('value')}"


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
