"""Command lines: systemd units, shells, and the forms in which distributions pass arguments to kube-apiserver."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from kube_oidc.migrate.flags import MigrateError

_ARGUMENTS: Final = ("--kube-apiserver-arg", "--kube-apiserver-arg+")
_OUTER: Final = ("--k3s-arg", "--k3s-server-arg", "--extra-config")  # k3d, k3d before 5, minikube
_MINIKUBE: Final = re.compile(r"^apiserver\.")
_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]|%[A-Za-z]")
# k3d: `--k3s-arg ARG@FILTER`, with filters such as server:0, servers:*, all; several are separated by `;`
_NODE = r"(?:server|agent|all|loadbalancer)s?(?::[\d*,\[\]-]+)?"
_NODE_FILTER: Final = re.compile(rf"@{_NODE}(?:;{_NODE})*$")


def distribution_words(words: Sequence[str]) -> Iterator[str]:
    """The API server's own words in those of k3s, rke2, k3d and minikube."""
    following = iter(words)
    for word in following:
        name, equals, value = word.partition("=")
        if name in _OUTER:
            yield from distribution_words([_inner(value if equals else next(following, ""))])
        elif name in _ARGUMENTS:
            yield flag(value if equals else next(following, ""))
        else:
            yield word


def _inner(text: str) -> str:
    """`--kube-apiserver-arg=X` from k3d's argument, without its node filter; `--X` from minikube's `apiserver.X`."""
    text = _NODE_FILTER.sub("", text)
    return flag(_MINIKUBE.sub("", text)) if _MINIKUBE.match(text) else text


def flag(text: str) -> str:
    """The argument with the dashes that some distributions leave out, and without k3d's node filter."""
    return f"--{_NODE_FILTER.sub('', text).lstrip('-')}"


def shell_words(text: str) -> list[str]:
    """The words of a command as a shell separates them; MigrateError if a quote isn't closed."""
    try:
        return shlex.split(text, comments=False)
    except ValueError:
        raise MigrateError("unclosed quote") from None


def unit_words(text: str) -> list[str]:
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
