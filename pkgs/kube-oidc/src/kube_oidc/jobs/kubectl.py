"""What kubectl and helm lines of a script need to be allowed, as far as the line says it.

Source: the requests that kubectl 1.36 makes, observed with --v=6 (tests/e2e/test_jobs.py).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kube_oidc.jobs.model import Line
from kube_oidc.rbac.model import Request
from kube_oidc.rbac.resources import Resource, named

_VERBS: Final = {
    ("set", "image"): ("get", "patch"),
    ("set", "env"): ("get", "patch"),
    ("set", "resources"): ("get", "patch"),
    ("rollout", "restart"): ("get", "patch"),
    ("rollout", "status"): ("get", "list", "watch"),
    ("annotate",): ("get", "patch"),
    ("label",): ("get", "patch"),
    ("patch",): ("get", "patch"),
    ("delete",): ("delete",),
    ("scale",): ("get", "patch"),
    ("describe",): ("get",),
}
_WITH_VALUE: Final = frozenset(
    {"-n", "--namespace", "-f", "--filename", "-k", "--kustomize", "-l", "--selector", "-o", "--output", "--context",
     "--kubeconfig", "--server", "-s", "--token", "--timeout", "-c", "--container", "-p", "--patch", "--type"}
)  # fmt: skip


class Need(NamedTuple):
    """A request that a line makes."""

    line: Line
    request: Request


class Opaque(NamedTuple):
    """A line whose requests depend on files that aren't read: manifests, charts."""

    line: Line
    what: str


def needs(script: Sequence[Line], namespace: str) -> Iterator[Need | Opaque]:
    """What each kubectl or helm line needs; `namespace` is the kubeconfig's, for lines that name none."""
    for line in _joined(script):
        for words in _commands(line.text):
            if words[0] == "kubectl":
                yield from _of_kubectl(line, words[1:], namespace)
            elif words[0] in ("helm", "kustomize"):
                yield Opaque(line, f"{words[0]} {' '.join(words[1:2])}".strip())


def _joined(script: Sequence[Line]) -> Iterator[Line]:
    """Lines that end in a backslash go on in the next one."""
    started: Line | None = None
    for line in script:
        text = (started.text if started else "") + line.text
        number = started.number if started else line.number
        if text.endswith("\\"):
            started = Line(number, text[:-1] + " ")
            continue
        started = None
        yield Line(number, text)


def _commands(text: str) -> Iterator[list[str]]:
    """The simple commands of a shell line that begin with one of the programs."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    try:
        for word in [*lexer, ";"]:
            if set(word) <= set(";&|()<>"):
                if words and words[0] in ("kubectl", "helm", "kustomize"):
                    yield words
                words = []
            elif words or "=" not in word:
                words.append(word)
    except ValueError:  # an unfinished quote: the script goes on in the next line
        return


def _of_kubectl(line: Line, words: Sequence[str], namespace: str) -> Iterator[Need | Opaque]:
    positional, options = _split(words)
    where = options.get("-n") or options.get("--namespace") or namespace
    if not positional or positional[0] in (
        "auth",
        "config",
        "version",
        "cluster-info",
        "wait",
        "api-resources",
    ):
        return
    if {"-f", "--filename", "-k", "--kustomize"} & options.keys() or positional[0] in (
        "apply",
        "create",
        "replace",
    ):
        yield Opaque(line, f"kubectl {positional[0]}")
        return
    if positional[0] in ("get", "logs", "exec"):
        yield from _of_reading(line, positional, where, is_watch="-w" in words or "--watch" in words)
        return
    for command, verbs in _VERBS.items():
        if tuple(positional[: len(command)]) == command:
            for target, name in _targets(positional[len(command) :]):
                for verb in verbs:
                    subresource = "scale" if command == ("scale",) and verb == "patch" else ""
                    scope = where if target.namespaced else ""
                    only = "" if verb in ("list", "watch") else name
                    yield Need(line, Request(verb, target.group, target.name, subresource, only, scope))
            return


def _of_reading(line: Line, words: Sequence[str], where: str, *, is_watch: bool) -> Iterator[Need]:
    command, rest = words[0], words[1:]
    if command in ("logs", "exec") and rest:
        name = rest[0].rpartition("/")[2]
        verb, subresource = ("get", "log") if command == "logs" else ("create", "exec")
        if "/" not in rest[0]:
            yield Need(line, Request(verb, "", "pods", subresource, name, where))
        return
    for target, name in _targets(rest):
        scope = where if target.namespaced else ""
        for verb in ["get" if name else "list", *(["watch"] if is_watch else [])]:
            yield Need(line, Request(verb, target.group, target.name, "", name, scope))


def _split(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Positional words and options with their values."""
    positional: list[str] = []
    options: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            positional.append(word)
            continue
        name, separator, value = word.partition("=")
        options[name] = value if separator else (left.pop(0) if name in _WITH_VALUE and left else "")
    return positional, options


def _targets(words: Sequence[str]) -> Iterator[tuple[Resource, str]]:
    """Resource and name of TYPE/NAME or TYPE NAME; nothing for a type that isn't known."""
    if not words:
        return
    if "/" in words[0]:
        for word in words:
            kind, _, name = word.partition("/")
            if "=" not in word and (found := _resource(kind)):
                yield found, _known(name)
        return
    if found := _resource(words[0]):
        names = [word for word in words[1:] if "=" not in word and not word.endswith("-")]
        yield found, _known(names[0]) if names else ""


def _resource(word: str) -> Resource | None:
    """The type of TYPE or TYPE.GROUP."""
    name, _, group = word.partition(".")
    return named(name, group or None)


def _known(name: str) -> str:
    """The name, unless the shell or the forge makes it."""
    return "" if "$" in name else name
