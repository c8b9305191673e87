"""Finds the API server's command line in what people have: a unit, a manifest, a configuration."""

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
    """The words of the API server's command line in a systemd unit, a static pod, kubeadm's or k3s' file.

    MigrateError where it is none of these, or leaves a value to something that is not in the file.
    """
    words = _unit(text) if _UNIT.search(text) else list(_yaml(text))
    return list(distribution_words(words))


def distribution_words(words: Sequence[str]) -> Iterator[str]:
    """The same words, with k3s' and rke2's `--kube-apiserver-arg X` as the flag `--X` that it stands for."""
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
    """The words of ExecStart (systemd.service(5), "Command lines"): the last one, as systemd takes it."""
    joined = re.sub(r"\\\n\s*([#;].*\n\s*)*", " ", text)
    commands = re.findall(r"^[ \t]*ExecStart[ \t]*=[ \t]*(.*)$", joined, re.M)
    try:
        words = shlex.split(commands[-1].replace("%%", "\0").lstrip("@-:+!"))
    except ValueError:
        raise MigrateError("ExecStart: a quote is not closed") from None
    for word in words:
        if "oidc" in word and _VARIABLE.search(word.replace("$$", "")):
            raise MigrateError(f"ExecStart: {word} takes a value from elsewhere; put the value in its place")
    return [word.replace("\0", "%").replace("$$", "$") for word in words]


def _yaml(text: str) -> Iterator[str]:
    import yaml  # noqa: PLC0415 - flags and units do without

    from kube_oidc.inputs.yaml_values import load_all  # noqa: PLC0415

    try:
        documents = [document for document in load_all(text) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        raise MigrateError("neither a systemd unit nor YAML") from None
    for document in documents:
        if isinstance(document, Mapping):
            yield from _document(document)
    if not any(isinstance(document, Mapping) for document in documents):
        raise MigrateError("neither a systemd unit, a Pod, nor a configuration of kubeadm, k3s or rke2")


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
        raise MigrateError(f"{word} takes a value from elsewhere; put the value in its place")
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
